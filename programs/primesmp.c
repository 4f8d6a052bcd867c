/* primesmp.c - counts primes on one CPU and on all, and compares the times.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * primesmp [LIMIT]   primes below LIMIT, else below a million
 */
#include <baremetal.h>
#include <stdio.h>
#include <stdlib.h>

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

static void report(unsigned cpus, uint64_t primes, uint64_t ns)
{
    printf("%4u %-5s %llu primes in %llu ms\n", cpus,
           cpus == 1 ? "CPU:" : "CPUs:", (unsigned long long)primes,
           (unsigned long long)ns / 1000000);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    uint64_t limit = argc > 1 ? strtoul(argv[1], 0, 10) : LIMIT;
    uint64_t start, middle, end, alone = 0, together = 0;
    unsigned cpus = os->cpu_count();
    double times;

    if (limit < 1 || limit > UINT32_MAX) {
        puts("usage: primesmp [LIMIT], LIMIT below 2^32");
        return 1;
    }
    if (os->time_ns(&start)) {
        puts("primesmp: this machine has no clock");
        return 1;
    }
    os->time_ns(&start); /* again: the first call may have taken a while */
    count_primes(0, limit, &alone);
    os->time_ns(&middle);
    os->parallel_for(0, limit, CHUNK, count_primes, &together);
    os->time_ns(&end);

    report(1, alone, middle - start);
    report(cpus, together, end - middle);
    times = (double)(middle - start) / (double)(end - middle + 1);
    printf("speed-up %.2f, for each CPU %.2f\n", times, times / cpus);
    return alone != together;
}
