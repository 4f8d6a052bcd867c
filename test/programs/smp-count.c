/* smp-count.c - all CPUs take work, each item of a queue runs once.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * smp-count [ITEMS], else 100,000. General registers only, unlike smp-check:
 * for machines that cannot run anything else in ring 0. Prints
 * "smp-count: N CPUs, ITEMS items, all is well", or what is wrong.
 */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("general-regs-only"))), \
                             apply_to = function)
#else
#pragma GCC target("general-regs-only")
#endif
#include "../../programs/text.h"

#define ITEMS_MAX 100000
#define CPUS_MAX 4096

static const struct baremetal *system;
static uint8_t answered[CPUS_MAX];
static uint8_t runs[ITEMS_MAX];

static void count(void *counter)
{
    __atomic_fetch_add((uint8_t *)counter, 1, __ATOMIC_RELAXED);
}

/* On the CPU that the argument belongs to. */
static void answer(void *argument)
{
    if (argument == &answered[system->cpu_number()])
        count(argument);
}

/* How many CPUs, the boot CPU too, ran what they were given. */
static unsigned check_cpus(unsigned cpus)
{
    unsigned good = 1;

    for (unsigned cpu = 1; cpu < cpus; cpu++)
        if (system->cpu_run(cpu, answer, &answered[cpu]))
            return 0;
    system->cpu_wait_all();
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        good += answered[cpu] == 1;
    return good;
}

/* How many items ran once. */
static unsigned check_queue(unsigned items)
{
    unsigned good = 0;

    for (unsigned i = 0; i < items; i++)
        while (system->queue_add(count, &runs[i]))
            system->queue_run();
    system->cpu_wait_all();
    for (unsigned i = 0; i < items; i++)
        good += runs[i] == 1;
    return good;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    unsigned items = argc > 1 ? (unsigned)text_to_number(argv[1]) : ITEMS_MAX;
    unsigned cpus, queued, wrong;
    struct text line = { 0 };

    if (items > ITEMS_MAX)
        items = ITEMS_MAX;
    system = os;
    cpus = check_cpus(os->cpu_count());
    queued = check_queue(items);
    wrong = cpus != os->cpu_count() || queued != items;
    text_add(&line, "smp-count: ");
    text_number(&line, cpus, 0);
    text_add(&line, " CPUs, ");
    text_number(&line, queued, 0);
    text_add(&line, wrong ? " items only: WRONG" : " items, all is well");
    text_print(&line, os);
    return (int)wrong;
}
#ifdef __clang__
#pragma clang attribute pop
#endif
