/* fault_report.c - tells the user about exceptions the kernel recorded.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Names and error code: Intel SDM volume 3, "Protected-Mode Exceptions and
 * Interrupts" and "Page-Fault Exceptions".
 */
#include "fault_report.h"
#include "print.h"
#include "system.h"
#include <pure64/cpu.h>
#include <pure64/layout.h>

#define PAGE_SIZE 4096
#define VECTOR_PAGE_FAULT 14
#define ERROR_PRESENT 1
#define ERROR_WRITE 2

/* Below the first stack and above the last: what a program may reach with
 * variables as large as these on its stack. */
#define STACK_REACH (1ull << 30)

static const char *const names[] = {
    "Divide error", "Debug", "NMI interrupt", "Breakpoint", "Overflow",
    "BOUND range exceeded", "Invalid opcode", "Device not available",
    "Double fault", "Coprocessor segment overrun", "Invalid TSS",
    "Segment not present", "Stack-segment fault", "General protection",
    "Page fault", "reserved", "x87 floating-point error", "Alignment check",
    "Machine check", "SIMD floating-point", "Virtualization",
    "Control protection",
};
#define NAMES (sizeof names / sizeof names[0])

/* In the order of kernel_fault.registers. */
static const char registers[][4] = {
    "RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "R8 ",
    "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
};
#define REGISTERS (sizeof registers / sizeof registers[0])

static int near_stacks(uint64_t address)
{
    return address - (LAYOUT_STACKS - STACK_REACH) < 2 * STACK_REACH;
}

/* What a page fault at that address usually comes from; 0 if nobody knows. */
static const char *hint(const struct kernel_fault *fault)
{
    uint64_t page = fault->cr2 / PAGE_SIZE;

    if (page == 0)
        return fault->rip == fault->cr2 ? "a null pointer was called"
                                        : "a null pointer was used";
    if (near_stacks(fault->cr2))
        return "the stack is too small for what is on it";
    if (page == LAYOUT_KERNEL_LOW / PAGE_SIZE)
        return "the system's own stack is full";
    if (near_stacks(fault->rip))
        return "data on the stack was called";
    if ((fault->error & (ERROR_PRESENT | ERROR_WRITE)) ==
        (ERROR_PRESENT | ERROR_WRITE))
        return "that memory is the system's and cannot be written";
    return 0;
}

/* The last one that was reported; state is not 0 if there was one. */
static struct kernel_fault last;

static const char *name_of(const struct kernel_fault *fault)
{
    return fault->vector < NAMES ? names[fault->vector] : "reserved";
}

static void print_registers(const struct baremetal *os,
                            const struct kernel_fault *fault)
{
    const char *why = fault->vector == VECTOR_PAGE_FAULT ? hint(fault) : 0;

    if (fault->vector == VECTOR_PAGE_FAULT)
        print(os, "CR2 %016lx%s%s\n", fault->cr2, why ? ": " : "",
              why ? why : "");
    print(os, "RIP %016lx RSP %016lx RFLAGS %lx\n", fault->rip, fault->rsp,
          fault->rflags);
    for (unsigned i = 0; i < REGISTERS; i++)
        print(os, "%s %016lx%c", registers[i], fault->registers[i],
              i % 3 < 2 ? ' ' : '\n');
}

static void print_fault(const struct baremetal *os,
                        const struct kernel_fault *fault, const char *program)
{
    print(os, "\nException %lu (%s), error code %lx, CPU %u, in %s%s\n",
          fault->vector, name_of(fault), fault->error, fault->cpu,
          program ? "program " : "the system", program ? program : "");
    print_registers(os, fault);
}
void fault_report(const struct baremetal *os,
                  const struct kernel_services *kernel, const char *program)
{
    for (unsigned i = 0; i < KERNEL_FAULTS; i++) {
        struct kernel_fault *fault = &kernel->faults[i];

        if (__atomic_load_n(&fault->state, __ATOMIC_ACQUIRE) !=
            KERNEL_FAULT_READY)
            continue;
        print_fault(os, fault, program);
        last = *fault;
        __atomic_store_n(&fault->state, KERNEL_FAULT_NONE, __ATOMIC_RELEASE);
    }
}

int fault_report_last(const struct baremetal *os)
{
    if (!last.state)
        return 0;
    print(os, "Exception %lu (%s), error code %lx, CPU %u\n", last.vector,
          name_of(&last), last.error, last.cpu);
    print_registers(os, &last);
    return 1;
}

void fault_panic(uint64_t rip)
{
    static int tried;

    /* Writing may be what fails. */
    if (!tried++)
        print(os_system.os,
              "\nStopped: one exception after another, RIP %016lx\n", rip);
    for (;;) {
        cpu_interrupts_off();
        cpu_halt();
    }
}
