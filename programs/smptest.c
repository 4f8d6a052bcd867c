/* smptest.c - every CPU says hello, then all of them add up numbers.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "text.h"

#define NUMBERS 10000000ull

static const struct baremetal *system;

/* Work for a CPU. */
static void hello(void *argument)
{
    struct text line = { 0 };

    (void)argument;
    text_add(&line, "Hello from CPU ");
    text_number(&line, system->cpu_number(), 0);
    text_print(&line, system);
}

/* A part of the sum: as many CPUs add to the total, that takes a lock. */
static struct baremetal_lock lock;

static void add_up(uint64_t begin, uint64_t end, void *argument)
{
    uint64_t *total = argument, sum = 0;

    for (uint64_t number = begin; number < end; number++)
        sum += number;
    system->lock(&lock);
    *total += sum;
    system->unlock(&lock);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    unsigned count = os->cpu_count();
    uint64_t total = 0, right = NUMBERS * (NUMBERS - 1) / 2;
    struct text line = { 0 };

    (void)argc;
    (void)argv;
    system = os;
    /* One after the other: without the wait they would all talk at once. */
    hello(0);
    for (unsigned cpu = 1; cpu < count; cpu++) {
        os->cpu_run(cpu, hello, 0);
        os->cpu_wait(cpu);
    }

    os->parallel_for(0, NUMBERS, 0, add_up, &total);
    text_add(&line, "Sum by ");
    text_number(&line, count, 0);
    text_add(&line, count == 1 ? " CPU: " : " CPUs: ");
    text_number(&line, total, 0);
    text_add(&line, total == right ? ", which is right" : ", WRONG");
    text_print(&line, os);
    return total != right;
}
