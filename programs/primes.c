/* primes.c - counts primes on one CPU: bits in memory, and measuring time.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     primes [LIMIT]     primes below LIMIT, else below ten million
 *
 * The sieve of Eratosthenes: one bit for each odd number, in memory from
 * calloc, which is the machine's own; nothing else runs while it counts, so
 * the time is the same each time. primesmp.c does such work on all CPUs.
 */
#include <baremetal.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT 10000000
#define LIMIT_MAX 4000000000u
#define LAST 5          /* so many of the largest primes are shown */

/* Bit n stands for the number 2 * n + 1; set: not a prime. */
static int is_crossed(const uint64_t *sieve, uint64_t bit)
{
    return sieve[bit / 64] >> bit % 64 & 1;
}

static void cross_out(uint64_t *sieve, uint64_t bits)
{
    sieve[0] |= 1; /* 1 is none */
    for (uint64_t bit = 1; 2 * bit * (bit + 1) < bits; bit++) {
        if (is_crossed(sieve, bit))
            continue;
        /* From the prime's square on, in steps of twice the prime. */
        for (uint64_t at = 2 * bit * (bit + 1); at < bits; at += 2 * bit + 1)
            sieve[at / 64] |= 1ull << at % 64;
    }
}

static uint64_t count_primes(const uint64_t *sieve, uint64_t bits)
{
    uint64_t count = 1; /* 2, which is not odd */

    for (uint64_t bit = 0; bit < bits; bit++)
        count += !is_crossed(sieve, bit);
    return count;
}

static void print_last(const uint64_t *sieve, uint64_t bits)
{
    unsigned shown = 0;

    printf("the last ones:");
    while (bits-- > 0 && shown < LAST)
        if (!is_crossed(sieve, bits)) {
            printf(" %llu", (unsigned long long)(2 * bits + 1));
            shown++;
        }
    puts("");
}

int main(int argc, char **argv, const struct baremetal *os)
{
    uint64_t limit = argc > 1 ? strtoull(argv[1], 0, 10) : LIMIT;
    uint64_t bits = limit / 2, start = 0, end = 0, count;
    uint64_t *sieve;

    if (limit < 3 || limit > LIMIT_MAX) {
        printf("usage: primes [LIMIT], LIMIT from 3 to %u\n", LIMIT_MAX);
        return 1;
    }
    sieve = calloc(bits / 64 + 1, sizeof *sieve);
    if (!sieve) {
        puts("primes: not enough memory; try a smaller LIMIT");
        return 1;
    }
    /* The first call may take a while; without a clock both stay 0. */
    os->time_ns(&start);
    os->time_ns(&start);
    cross_out(sieve, bits);
    count = count_primes(sieve, bits);
    os->time_ns(&end);
    printf("%llu primes below %llu in %llu ms\n", (unsigned long long)count,
           (unsigned long long)limit,
           (unsigned long long)(end - start) / 1000000);
    print_last(sieve, bits);
    free(sieve);
    return 0;
}
