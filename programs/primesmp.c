/* primesmp.c - counts primes on one CPU and on all, and compares the times.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * primesmp [LIMIT]   primes below LIMIT, else below a million
 */
#include "text.h"

#define LIMIT 1000000
#define CHUNK 500       /* small enough for all CPUs to end together */

static int is_prime(uint32_t number)
{
    if (number < 4 || number % 2 == 0)
        return number == 2 || number == 3;
    for (uint32_t divisor = 3; divisor <= number / divisor; divisor += 2)
        if (number % divisor == 0)
            return 0;
    return 1;
}

static void count_primes(uint64_t begin, uint64_t end, void *argument)
{
    uint64_t *total = argument, count = 0;

    for (uint64_t number = begin; number < end; number++)
        count += (uint64_t)is_prime((uint32_t)number);
    /* One instruction, which no other CPU can come between. */
    __atomic_fetch_add(total, count, __ATOMIC_RELAXED);
}

/* value / by, with two digits behind the point. */
static void add_ratio(struct text *line, uint64_t value, uint64_t by)
{
    uint64_t hundredths = by ? value * 100 / by : 0;

    text_number(line, hundredths / 100, 0);
    text_add(line, hundredths % 100 < 10 ? ".0" : ".");
    text_number(line, hundredths % 100, 0);
}

static void report(const struct baremetal *os, unsigned cpus, uint64_t primes,
                   uint64_t ns)
{
    struct text line = { 0 };

    text_number(&line, cpus, 4);
    text_add(&line, cpus == 1 ? " CPU:  " : " CPUs: ");
    text_number(&line, primes, 0);
    text_add(&line, " primes in ");
    text_number(&line, ns / 1000000, 0);
    text_add(&line, " ms");
    text_print(&line, os);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    uint64_t limit = argc > 1 ? text_to_number(argv[1]) : LIMIT;
    uint64_t start, middle, end, alone = 0, together = 0;
    unsigned cpus = os->cpu_count();
    struct text line = { 0 };

    if (limit < 1 || limit > UINT32_MAX) {
        text_add(&line, "usage: primesmp [LIMIT], LIMIT below 2^32");
        text_print(&line, os);
        return 1;
    }
    if (os->time_ns(&start)) {
        text_add(&line, "primesmp: this machine has no clock");
        text_print(&line, os);
        return 1;
    }
    os->time_ns(&start); /* again: the first call may have taken a while */
    count_primes(0, limit, &alone);
    os->time_ns(&middle);
    os->parallel_for(0, limit, CHUNK, count_primes, &together);
    os->time_ns(&end);

    report(os, 1, alone, middle - start);
    report(os, cpus, together, end - middle);
    text_add(&line, "speed-up ");
    add_ratio(&line, middle - start, end - middle);
    text_add(&line, ", for each CPU ");
    add_ratio(&line, middle - start, (end - middle) * cpus);
    text_print(&line, os);
    return alone != together;
}
