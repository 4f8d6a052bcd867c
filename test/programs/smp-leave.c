/* smp-leave.c - returns while every other CPU still spins.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The odd CPUs spin with interrupts off: only an NMI reaches them. The
 * status it returns is 7.
 */
#include <baremetal.h>

#define STATUS 7

static volatile uint32_t started;

static void spin(void *interrupts_off)
{
    if (interrupts_off)
        __asm__ volatile("cli");
    __atomic_fetch_add(&started, 1, __ATOMIC_RELAXED);
    for (;;)
        __asm__ volatile("pause");
}

int main(int argc, char **argv, const struct baremetal *os)
{
    static char yes;

    (void)argc;
    (void)argv;
    for (unsigned cpu = 1; cpu < os->cpu_count(); cpu++)
        if (os->cpu_run(cpu, spin, cpu % 2 ? &yes : 0))
            return 1;
    while (started < os->cpu_count() - 1)
        __asm__ volatile("pause");
    return STATUS;
}
