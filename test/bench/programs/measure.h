/* measure.h - how times are taken, here and on Linux alike.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Everything is inline and takes the calls under test as arguments that are
 * constant, so that nothing but them lies between two readings of the clock.
 * The clock is the TSC; see README.md for what it counts.
 */
#pragma once
#include <stdint.h>

#define MEASURE_SAMPLES 400
/* The first ones fill caches and translations, and are left out. */
#define MEASURE_WARM_UP 20
/* Ticks in which a CPU that waits has surely gone to sleep. */
#define MEASURE_ASLEEP 60000
/* Ticks in which a CPU that asks for a lock has surely begun to wait. */
#define MEASURE_WAITING 60000

struct series {
    uint64_t values[MEASURE_SAMPLES];
    unsigned count;
};

static inline uint64_t measure_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* The plugins count from one to the other: marks that they know. */
static inline void measure_begin(void)
{
    __asm__ volatile(".byte 0x0F, 0x1F, 0x84, 0x00; .ascii \"BGIN\""
                     : : : "memory");
}

static inline void measure_end(void)
{
    __asm__ volatile(".byte 0x0F, 0x1F, 0x84, 0x00; .ascii \"QUIT\""
                     : : : "memory");
}

static inline void measure_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

/* Awake, but lets other CPUs of an emulated machine have their turns. */
static inline void measure_delay(uint64_t ticks)
{
    uint64_t begin = measure_tsc();

    while (measure_tsc() - begin < ticks)
        measure_pause();
}

static inline void series_add(struct series *series, uint64_t value)
{
    if (series->count < MEASURE_SAMPLES)
        series->values[series->count++] = value;
}

/* In ascending order, without those of the warm-up. Insertion sort: there
 * are few. */
static inline void series_sort(struct series *series)
{
    uint64_t *values = series->values;
    unsigned skipped = MEASURE_WARM_UP < series->count ? MEASURE_WARM_UP : 0;

    series->count -= skipped;
    for (unsigned i = 0; i < series->count; i++)
        values[i] = values[i + skipped];
    for (unsigned i = 1; i < series->count; i++) {
        uint64_t value = values[i];
        unsigned j = i;

        for (; j > 0 && values[j - 1] > value; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
}

/* What the reading of the clock itself adds to a value. */
static inline uint64_t measure_overhead(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin = measure_tsc();
        uint64_t value = measure_tsc() - begin;

        if (value < least)
            least = value;
    }
    return least;
}

/* ---- a lock that goes to and fro between two CPUs */

struct handover {
    volatile uint64_t released; /* when, by the last owner */
    volatile uint32_t turns;    /* how often it was taken */
    volatile uint32_t asking[2];
    struct series series;       /* from there to the next owner */
};

/* Both CPUs run this, `me` 0 and 1, until all turns were taken. The owner
 * lets go when the other one waits already, and does not ask again before
 * that one has it. Only the owner touches the series. */
static inline __attribute__((always_inline)) void
measure_handover(struct handover *shared, unsigned me, void *lock,
                 void (*take)(void *lock), void (*release)(void *lock))
{
    for (;;) {
        uint64_t now;
        uint32_t turn;

        shared->asking[me] = 1;
        take(lock);
        now = measure_tsc();
        shared->asking[me] = 0;
        turn = shared->turns + 1;
        if (turn > 1)
            series_add(&shared->series, now - shared->released);
        __atomic_store_n(&shared->turns, turn, __ATOMIC_RELEASE);
        if (turn > MEASURE_SAMPLES) {
            release(lock);
            return;
        }
        while (!shared->asking[1 - me])
            measure_pause();
        measure_delay(MEASURE_WAITING);
        shared->released = measure_tsc();
        release(lock);
        while (__atomic_load_n(&shared->turns, __ATOMIC_ACQUIRE) == turn)
            measure_pause();
        if (shared->turns > MEASURE_SAMPLES)
            return;
    }
}

/* ---- two CPUs that wait for each other */

/* Both run this, again as soon as they are through; the series is of the one
 * that is `me` 0: from its arrival until it may go on. */
static inline __attribute__((always_inline)) void
measure_barrier(struct series *series, unsigned me, void *barrier,
                void (*wait)(void *barrier))
{
    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin = measure_tsc();

        wait(barrier);
        if (me == 0)
            series_add(series, measure_tsc() - begin);
    }
}

/* ---- a program that only computes */

#define MEASURE_COMPUTE 1000000000 /* instructions, in these parts: */
#define MEASURE_PART 64000

/* 10^9 instructions between the two marks. A PAUSE
 * after each part gives the next CPU of an emulated machine its turn. The loop
 * lies within a page: QEMU counts an instruction across two pages twice. */
static inline void measure_compute(void)
{
    uint64_t value = 1;

    measure_begin();
    for (unsigned part = 0; part < MEASURE_COMPUTE / MEASURE_PART; part++) {
        uint64_t turns = MEASURE_PART / 64;

        __asm__ volatile(".p2align 8; 0:"
                         ".rept 31; add %1, %0; rol $7, %0; .endr;"
                         "dec %1; jnz 0b"
                         : "+r"(value), "+r"(turns) : : "cc");
        measure_pause();
    }
    measure_end();
}
