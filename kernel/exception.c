/* exception.c - what happens on an exception: a report, then as good an end
 * as there is.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/exception.h>
#include <kernel/console.h>
#include <kernel/cpu.h>
#include <kernel/program.h>
#include <pure64/cpu.h>

#define VECTOR_PAGE_FAULT 14
/* Exceptions outside a program, with no key typed in between, until os is
 * not started again. */
#define RESTARTS_MAX 3

/* Intel SDM volume 3, "Protected-Mode Exceptions and Interrupts", in the
 * order of vectors, each ended by a NUL. */
static const char names[] =
    "divide error\0debug\0NMI\0breakpoint\0overflow\0bound range\0"
    "invalid opcode\0no math unit\0double fault\0\0invalid TSS\0"
    "no segment\0stack fault\0general protection\0page fault\0\0"
    "x87 error\0alignment check\0machine check\0SIMD error";
#define NAMED 20

/* In the order of interrupt_frame.registers, 3 characters each. */
static const char registers[] = "RAXRBXRCXRDXRSIRDIRBPR8 R9 "
                                "R10R11R12R13R14R15";

static unsigned reporter;   /* number of the CPU that reports, plus 1 */
static unsigned restarts;

void exception_forgive(void)
{
    restarts = 0;
}

static const char *name_of(unsigned vector)
{
    const char *name = names;
    if (vector >= NAMED)
        return "";
    while (vector)
        vector -= !*name++;
    return name;
}

static void __attribute__((noreturn)) park(void)
{
    for (;;) {
        cpu_interrupts_off();
        cpu_halt();
    }
}

static void report(const struct interrupt_frame *frame, uint64_t cr2)
{
    unsigned vector = frame->vector;
    unsigned number = cpu_number();
    const struct kernel_program *program = number ? 0 : program_current();

    console_print("\nException %u (%s), error code %lx, CPU %u, in %s%s\n",
                  vector, name_of(vector), frame->error, number,
                  program ? "program " : "the system",
                  program ? program->name : "");
    if (vector == VECTOR_PAGE_FAULT)
        console_print("CR2 %016lx\n", cr2);
    console_print("RIP %016lx RSP %016lx RFLAGS %lx\n", frame->rip,
                  frame->rsp, frame->rflags);
    for (unsigned i = 0; i < 15; i++)
        console_print("%c%c%c %016lx%c", registers[3 * i],
                      registers[3 * i + 1], registers[3 * i + 2],
                      frame->registers[i], i % 3 < 2 ? ' ' : '\n');
}

void exception_handle(const struct interrupt_frame *frame)
{
    uint64_t cr2 = cpu_read_cr2();
    cpu_bases_reset();
    unsigned self = cpu_number() + 1, idle = 0;

    console_unlock_for_panic();
    while (!__atomic_compare_exchange_n(&reporter, &idle, self, 0,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (idle == self) {
            console_print("\nException while reporting one: stopped\n");
            park();
        }
        idle = 0;
        cpu_pause();
    }
    report(frame, cr2);
    __atomic_store_n(&reporter, 0, __ATOMIC_RELEASE);

    if (self > 1)
        park();
    if (program_current())
        program_leave(PROGRAM_FAULTED);
    if (++restarts == RESTARTS_MAX) {
        console_print("%u exceptions in a row: stopped\n", restarts);
        park();
    }
    system_start();
}
