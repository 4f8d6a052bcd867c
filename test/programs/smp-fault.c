/* smp-fault.c - a page fault on the CPU of that number, 0 without one.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "../../programs/text.h"

static void fault(void *argument)
{
    *(volatile char *)argument = 0;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    unsigned cpu = argc > 1 ? (unsigned)text_to_number(argv[1]) : 0;
    void *nothing = (void *)0x123456789000;

    if (!cpu)
        fault(nothing);
    if (os->cpu_run(cpu, fault, nothing))
        return 1;
    /* The fault ends this, wherever the boot CPU is. */
    if (argc > 2)
        os->cpu_wait(cpu);
    for (;;)
        __asm__ volatile("pause");
}
