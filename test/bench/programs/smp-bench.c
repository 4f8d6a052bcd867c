/* smp-bench.c - what work for another CPU costs: each figure by the TSC.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For two CPUs or more; uses 0 and 1. Prints for each policy, and each
 * figure: "figure", its name, minimum, median, number of samples.
 */
#include <baremetal.h>
#include "measure.h"

static const struct baremetal *os;
static uint64_t overhead;

/* ---- output */

static void print(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    os->write(text, length);
}

static void print_number(uint64_t value)
{
    char text[24], *p = text + sizeof text;

    *--p = 0;
    do
        *--p = (char)('0' + value % 10);
    while (value /= 10);
    print(" ");
    print(p);
}

static void series_print(const char *policy, const char *name,
                         struct series *series)
{
    series_sort(series);
    if (!series->count)
        return;
    print("figure ");
    print(policy);
    print(".");
    print(name);
    print_number(series->values[0] - overhead);
    print_number(series->values[series->count / 2] - overhead);
    print_number(series->count);
    print("\n");
    series->count = 0;
}

/* ---- work given to a CPU */

static void say_begun(void *begun)
{
    *(volatile uint64_t *)begun = measure_tsc();
}

static void measure_run(const char *policy)
{
    static struct series dispatch, wake_up, round_trip;

    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        volatile uint64_t begun = 0;
        uint64_t begin, given;

        measure_delay(MEASURE_ASLEEP);
        begin = measure_tsc();
        if (os->cpu_run(1, say_begun, (void *)&begun))
            print("failed: cpu_run\n");
        given = measure_tsc();
        if (os->cpu_wait(1))
            print("failed: cpu_wait\n");
        series_add(&round_trip, measure_tsc() - begin);
        series_add(&dispatch, given - begin);
        series_add(&wake_up, begun - begin);
    }
    series_print(policy, "dispatch", &dispatch);
    series_print(policy, "first", &wake_up);
    series_print(policy, "round", &round_trip);
}

/* ---- a loop without contents */

static void nothing(uint64_t begin, uint64_t end, void *argument)
{
    (void)argument;
    __asm__ volatile("" : : "r"(begin), "r"(end));
}

static void measure_loop(const char *policy)
{
    static struct series series;

    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin;

        measure_delay(MEASURE_ASLEEP);
        begin = measure_tsc();
        os->parallel_for(0, 2, 1, nothing, 0);
        series_add(&series, measure_tsc() - begin);
    }
    series_print(policy, "loop", &series);
}

/* ---- barrier and lock */

static struct baremetal_barrier barrier = BAREMETAL_BARRIER(2);
static struct baremetal_lock lock;
static struct handover turns;

static void barrier_wait(void *unused)
{
    (void)unused;
    os->barrier_wait(&barrier);
}

static void barrier_worker(void *unused)
{
    (void)unused;
    measure_barrier(0, 1, 0, barrier_wait);
}

static void lock_take(void *unused)
{
    (void)unused;
    os->lock(&lock);
}

static void lock_release(void *unused)
{
    (void)unused;
    os->unlock(&lock);
}

static void lock_worker(void *unused)
{
    (void)unused;
    measure_handover(&turns, 1, 0, lock_take, lock_release);
}

static void measure_waits(const char *policy)
{
    static struct series series;

    os->cpu_run(1, barrier_worker, 0);
    measure_barrier(&series, 0, 0, barrier_wait);
    os->cpu_wait(1);
    series_print(policy, "barrier", &series);

    turns.turns = 0;
    os->cpu_run(1, lock_worker, 0);
    measure_handover(&turns, 0, 0, lock_take, lock_release);
    os->cpu_wait(1);
    series_print(policy, "handover", &turns.series);
}

int main(int argc, char **argv, const struct baremetal *system)
{
    static const struct {
        const char *name;
        enum baremetal_policy policy;
    } policies[] = {
        { "power", BAREMETAL_POWER },
        { "latency", BAREMETAL_LATENCY },
    };

    (void)argc;
    (void)argv;
    os = system;
    if (os->cpu_count() < 2) {
        print("smp-bench: needs two CPUs\n");
        return 1;
    }
    overhead = measure_overhead();
    for (unsigned i = 0; i < sizeof policies / sizeof *policies; i++) {
        /* Awake for longer than anything here lasts. */
        os->cpu_policy(policies[i].policy, 1000000);
        measure_run(policies[i].name);
        measure_loop(policies[i].name);
        measure_waits(policies[i].name);
    }
    return 0;
}
