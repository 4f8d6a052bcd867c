/* compute.c - computes on all CPUs, for plugin/count.c.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>
#include "measure.h"

struct start {
    const struct baremetal *os;
    struct baremetal_barrier barrier;
};

static void compute(void *argument)
{
    struct start *start = argument;

    start->os->barrier_wait(&start->barrier);
    measure_compute();
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct start start = { os, BAREMETAL_BARRIER(os->cpu_count()) };

    (void)argc;
    (void)argv;
    for (unsigned cpu = 1; cpu < os->cpu_count(); cpu++)
        if (os->cpu_run(cpu, compute, &start))
            return 1;
    compute(&start);
    os->cpu_wait_all();
    return 0;
}
