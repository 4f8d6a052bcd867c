/* exception.c - what happens on an exception: a record of it, then as good
 * an end as there is.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/exception.h>
#include <kernel/block.h>
#include <kernel/cpu.h>
#include <kernel/program.h>
#include <pure64/cpu.h>
#include <pure64/string.h>

/* Exceptions outside a program, with no key typed in between, until os is
 * not started again. */
#define RESTARTS_MAX 3

struct kernel_fault exception_faults[KERNEL_FAULTS];

static uint8_t restarts;

_Static_assert(offsetof(struct kernel_fault, cr2) ==
                   sizeof(struct interrupt_frame),
               "a record starts with the frame");

void exception_forgive(void)
{
    restarts = 0;
}

void exception_settle(void)
{
    struct kernel_fault *fault = &exception_faults[1];

    if (fault->state == KERNEL_FAULT_WRITING)
        fault->state = KERNEL_FAULT_NONE;
}

void exception_handle(struct interrupt_frame *frame)
{
    uint64_t cr2 = cpu_read_cr2();
    unsigned cpu = cpu_number();
    struct kernel_fault *fault = &exception_faults[cpu != 0];
    uint32_t free = KERNEL_FAULT_NONE;

    /* It may have come while an interrupt was handled, or text written. */
    interrupt_leave();
    /* Another CPU waits until the record is free: no fault is lost. */
    while (!__atomic_compare_exchange_n(&fault->state, &free,
                                        KERNEL_FAULT_WRITING, 0,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (!cpu)
            OS_HEAD->panic(frame->rip);
        free = KERNEL_FAULT_NONE;
        cpu_pause();
    }
    memcpy(fault, frame, sizeof *frame);
    fault->cr2 = cr2;
    fault->cpu = cpu;
    __atomic_store_n(&fault->state, KERNEL_FAULT_READY, __ATOMIC_RELEASE);

    if (cpu) {
        cpu_abandon(frame);
        program_ask(PROGRAM_FAULTED);
        /* A driver or block.c faulted with a pointer of the program. */
        if (block_held())
            block_release();
        return;
    }
    if (program_current())
        program_leave(PROGRAM_FAULTED);
    if (++restarts == RESTARTS_MAX)
        OS_HEAD->panic(frame->rip);
    system_start();
}
