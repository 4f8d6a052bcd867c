/* program.c - running one program, and starting os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/program.h>
#include <kernel/console.h>
#include <kernel/legacy.h>
#include <kernel/memory.h>
#include <kernel/native.h>
#include <pure64/cpu.h>

/* program.asm */
int program_enter(int argc, char **argv, const struct baremetal *os,
                  uint64_t entry, uint64_t stack);
void system_enter(const struct baremetal *os,
                  const struct kernel_services *kernel, uint64_t entry,
                  uint64_t stack) __attribute__((noreturn));

extern char kernel_bss[]; /* kernel.ld: the system's stack ends there */

static struct kernel_program *current;

const struct kernel_program *program_current(void)
{
    return current;
}

int program_run(struct kernel_program *program)
{
    /* C code expects RSP to be a multiple of 16 before the call that enters
     * it, flat programs behind that call. */
    uint64_t stack = LAYOUT_STACKS + MEMORY_STACK_SLOT;
    if (program->entry == LAYOUT_HIGH_RAM)
        stack -= 8;
    current = program;
    int end = program_enter(program->argc, program->argv, &baremetal,
                            program->entry, stack);
    current = 0;
    /* Nothing of the program is left to the next one. */
    cpu_write_msr(MSR_FS_BASE, 0);
    cpu_write_msr(MSR_GS_BASE, 0);
    legacy_reset();
    return end;
}

__attribute__((used)) void program_exit(int status)
{
    if (!current)
        system_start();
    current->status = status;
    program_leave(PROGRAM_RETURNED);
}

void system_start(void)
{
    const struct os_head *os = (const struct os_head *)LAYOUT_OS;
    if (os->magic == OS_MAGIC)
        /* As if called: a return address, never used, on an aligned stack. */
        system_enter(&baremetal, &kernel_services, (uint64_t)os->entry,
                     (uint64_t)kernel_bss - 8);
    static const char text[] = "no os behind the kernel\n";
    console_write(text, sizeof text - 1);
    for (;;)
        cpu_wait_for_interrupt();
}
