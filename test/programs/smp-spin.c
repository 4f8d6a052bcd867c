/* smp-spin.c - spins on all CPUs, interrupts on, until it is stopped.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * smp-spin         in loops of the program itself
 * smp-spin call    in calls of the system that wait
 */
#include "../../programs/text.h"

static const struct baremetal *system;
static struct baremetal_lock lock;

static void spin(void *argument)
{
    (void)argument;
    for (;;)
        __asm__ volatile("");
}

static void spin_in_call(void *argument)
{
    (void)argument;
    system->lock(&lock); /* the second one waits for ever */
    system->lock(&lock);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    baremetal_work *work = argc > 1 ? spin_in_call : spin;
    unsigned cpus = os->cpu_count();
    struct text line = { 0 };

    (void)argv;
    system = os;
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        if (os->cpu_run(cpu, work, 0))
            return 1;
    text_add(&line, "smp-spin: ");
    text_number(&line, cpus, 0);
    text_add(&line, " CPUs spin");
    text_print(&line, os);
    work(0);
    return 1;
}
