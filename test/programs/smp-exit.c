/* smp-exit.c - ends by a call of exit on another CPU, with the status 5.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * smp-exit         on CPU 1, while the boot CPU spins, interrupts off
 * smp-exit all     on all others at once, while the boot CPU waits for them
 * smp-exit loop    on all CPUs, from the body of a parallel loop
 */
#include <baremetal.h>

#define STATUS 5

static const struct baremetal *system;
static volatile uint32_t started;

static void leave(void *unused)
{
    (void)unused;
    system->exit(STATUS);
}

static void leave_together(void *unused)
{
    __atomic_fetch_add(&started, 1, __ATOMIC_RELAXED);
    while (started < system->cpu_count() - 1)
        __asm__ volatile("pause");
    leave(unused);
}

static void leave_loop(uint64_t begin, uint64_t end, void *unused)
{
    (void)begin;
    (void)end;
    leave(unused);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    system = os;
    if (argc > 1 && argv[1][0] == 'l')
        os->parallel_for(0, os->cpu_count(), 1, leave_loop, 0);
    if (argc > 1) {
        for (unsigned cpu = 1; cpu < os->cpu_count(); cpu++)
            if (os->cpu_run(cpu, leave_together, 0))
                return 1;
        os->cpu_wait_all();
    }
    if (os->cpu_run(1, leave, 0))
        return 1;
    __asm__ volatile("cli");
    for (;;)
        __asm__ volatile("pause");
}
