/* smptest.c - every CPU says hello, then all of them add up numbers.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>
#include <stdio.h>

#define NUMBERS 10000000ull

static const struct baremetal *system;

/* Work for a CPU. */
static void hello(void *argument)
{
    (void)argument;
    printf("Hello from CPU %u\n", system->cpu_number());
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

    (void)argc;
    (void)argv;
    system = os;
    /* One after the other: without the wait their order would be anyone's. */
    hello(0);
    for (unsigned cpu = 1; cpu < count; cpu++) {
        os->cpu_run(cpu, hello, 0);
        os->cpu_wait(cpu);
    }

    os->parallel_for(0, NUMBERS, 0, add_up, &total);
    printf("Sum by %u %s %llu, %s\n", count, count == 1 ? "CPU:" : "CPUs:",
           (unsigned long long)total,
           total == right ? "which is right" : "WRONG");
    return total != right;
}
