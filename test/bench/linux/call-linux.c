/* call-linux.c - what a system call of Linux costs that does next to nothing.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints the lines that bench-calls.c does: from the SYSCALL instruction to
 * the one behind it.
 */
#define _GNU_SOURCE
#include "../programs/measure.h"
#include <stdio.h>
#include <sys/syscall.h>

static uint64_t overhead;

static inline void call(long number)
{
    long result = number;

    __asm__ volatile("syscall" : "+a"(result)
                     : : "rcx", "r11", "memory");
}

static void measure(const char *name, long number)
{
    static struct series series;

    series.count = 0;
    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin = measure_tsc();

        call(number);
        series_add(&series, measure_tsc() - begin);
    }
    series_sort(&series);
    printf("figure %s %lu %lu %u\n", name, series.values[0] - overhead,
           series.values[series.count / 2] - overhead, series.count);
}

int main(void)
{
    overhead = measure_overhead() + 1; /* the number into RAX */
    measure("linux.getppid", SYS_getppid);
    measure("linux.getpid", SYS_getpid);
    return 0;
}
