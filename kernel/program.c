/* program.c - running one program, and starting os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/program.h>
#include <kernel/apic.h>
#include <kernel/block.h>
#include <kernel/cpu.h>
#include <kernel/memory.h>
#include <kernel/net.h>
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/io.h>

/* program.asm */
int program_enter(int argc, char **argv, const struct baremetal *os,
                  uint64_t entry, uint64_t stack);
void system_enter(uint64_t entry, uint64_t stack) __attribute__((noreturn));

#define COM1 0x3F8

/* For each CPU that tells the boot CPU: all together, about once in that. */
#define TELL_US 1000u

extern char kernel_bss[]; /* kernel.ld: the system's stack ends there */

static struct kernel_program *current;
volatile uint8_t program_attention;

const struct kernel_program *program_current(void)
{
    return current;
}

int program_run(struct kernel_program *program)
{
    /* C code expects RSP to be a multiple of 16 before the call that enters
     * it, flat programs behind that call. */
    uint64_t stack = memory_stack(0);
    if (program->entry == LAYOUT_HIGH_RAM)
        stack -= 8;
    /* On only inside the program: nothing ends it before it is entered, or
     * once more when it has ended. */
    cpu_interrupts_off();
    program_attention = 0;
    current = program;
    cpu_release();
    /* Typed while it was loaded? From here on Ctrl-C is no key. */
    int end = PROGRAM_STOPPED;
    if (!OS_HEAD->stopped_early())
        end = program_enter(program->argc, program->argv, OS_HEAD->calls,
                            program->entry, stack);
    current = 0;
    cpu_stop();
    block_drain();
    net_drain();
    /* Nothing of the program is left to the next one. */
    cpu_reset_bases();
    cpu_interrupts_on();
    return end;
}

__attribute__((used)) void program_exit(int status)
{
    struct kernel_program *program = __atomic_load_n(&current,
                                                     __ATOMIC_RELAXED);

    if (program)
        program->status = status;
    do {
        program_ask(PROGRAM_RETURNED);
        program_check();
        cpu_pause();
    } while (cpu_number()); /* another CPU is about to be stopped */
    system_start();
}

int program_ask(enum program_end end)
{
    if (!current)
        return 0;
    __atomic_fetch_or(&program_attention, (uint8_t)end, __ATOMIC_RELAXED);
    return 1;
}

void program_check(void)
{
    while (program_attention && __atomic_load_n(&current, __ATOMIC_RELAXED)) {
        unsigned end = program_attention & ~KERNEL_CALLBACK;
        struct time_limit limit;

        if (!cpu_number()) {
            if (!end)
                OS_HEAD->callbacks();
            if (!end || block_held())
                return;
            apic_end_of_interrupt();
            /* Of several the first in the list. */
            program_leave(end & -end);
        }
        if (!end)
            return;
        /* It may be in the system with interrupts off, again and again, and
         * look at nothing there: it is told until it does. */
        limit = time_limit_us(TELL_US * cpu_count());
        cpu_tell_boot();
        while (!time_limit_passed(limit))
            ;
    }
}

void program_reset_cpus(void)
{
    if (cpu_number())
        return;
    /* Requests are on the stacks of those that wait for them. */
    cpu_close();
    block_finish();
    cpu_stop();
    program_check(); /* a CPU may have been about to tell */
    cpu_release();
}

void program_check_os(void)
{
    if (OS_HEAD->magic == OS_MAGIC)
        return;
    /* As many bytes as a UART's FIFO takes without a wait. */
    for (const char *c = "\r\nNo os!\r\n"; *c; c++)
        io_out8(COM1, (uint8_t)*c);
    for (;;)
        cpu_wait_for_interrupt();
}

void system_start(void)
{
    /* As if called: a return address, never used, on an aligned stack. */
    system_enter((uint64_t)OS_HEAD->entry, (uint64_t)kernel_bss - 8);
}
