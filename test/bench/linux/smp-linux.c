/* smp-linux.c - what Linux and OpenMP take for what smp-bench.c measures.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Static, for a guest with two CPUs: the main thread on CPU 0, a worker on
 * CPU 1. Prints the lines that smp-bench.c does.
 *
 *     smp-linux threads      semaphore, condition variable, create, barrier,
 *                            locks
 *     smp-linux openmp NAME  an empty parallel for, a barrier; whether idle
 *                            threads spin says OMP_WAIT_POLICY
 *     smp-linux compute      10^9 instructions on both CPUs, for the plugin
 *     smp-linux pause        PAUSE for ever: see linux.py
 */
#define _GNU_SOURCE
#include "../programs/measure.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t overhead;

/* One line a series: name, minimum, median, number of samples. */
static void series_print(const char *name, struct series *series)
{
    series_sort(series);
    if (!series->count)
        return;
    printf("figure %s %lu %lu %u\n", name, series->values[0] - overhead,
           series->values[series->count / 2] - overhead, series->count);
    fflush(stdout);
    memset(series, 0, sizeof *series);
}

static void check(int error, const char *what)
{
    if (error) {
        printf("failed: %s: %s\n", what, strerror(error));
        exit(1);
    }
}

static void stay_on(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    check(pthread_setaffinity_np(pthread_self(), sizeof set, &set),
          "affinity");
}

static pthread_t start(void *(*function)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(1, &set);
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    check(pthread_create(&thread, &attributes, function, argument), "thread");
    pthread_attr_destroy(&attributes);
    return thread;
}

/* ---- work given to a thread that waits for it */

/* A way to say that there is something to do, or that it is done. */
struct bell {
    sem_t semaphore;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int rung;
};

static void semaphore_ring(struct bell *bell)
{
    sem_post(&bell->semaphore);
}

static void semaphore_await(struct bell *bell)
{
    sem_wait(&bell->semaphore);
}

static void condition_ring(struct bell *bell)
{
    pthread_mutex_lock(&bell->mutex);
    bell->rung = 1;
    pthread_cond_signal(&bell->condition);
    pthread_mutex_unlock(&bell->mutex);
}

static void condition_await(struct bell *bell)
{
    pthread_mutex_lock(&bell->mutex);
    while (!bell->rung)
        pthread_cond_wait(&bell->condition, &bell->mutex);
    bell->rung = 0;
    pthread_mutex_unlock(&bell->mutex);
}

static void spin_ring(struct bell *bell)
{
    __atomic_store_n(&bell->rung, 1, __ATOMIC_RELEASE);
}

static void spin_await(struct bell *bell)
{
    while (!__atomic_load_n(&bell->rung, __ATOMIC_ACQUIRE))
        measure_pause();
    bell->rung = 0;
}

struct hand_off {
    const char *name;
    void (*ring)(struct bell *bell);
    void (*await)(struct bell *bell);
    struct bell go, done;
    volatile uint64_t begun; /* by the worker */
};

static void *hand_off_worker(void *argument)
{
    struct hand_off *hand_off = argument;

    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        hand_off->await(&hand_off->go);
        hand_off->begun = measure_tsc();
        hand_off->ring(&hand_off->done);
    }
    return 0;
}

static void bell_init(struct bell *bell)
{
    sem_init(&bell->semaphore, 0, 0);
    pthread_mutex_init(&bell->mutex, 0);
    pthread_cond_init(&bell->condition, 0);
}

static void print_named(const char *name, const char *what,
                        struct series *series)
{
    char text[64];

    snprintf(text, sizeof text, "%s.%s", name, what);
    series_print(text, series);
}

static void measure_hand_off(struct hand_off *hand_off)
{
    static struct series dispatch, wake_up, round_trip;
    pthread_t worker;

    bell_init(&hand_off->go);
    bell_init(&hand_off->done);
    worker = start(hand_off_worker, hand_off);
    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin, given;

        measure_delay(MEASURE_ASLEEP);
        begin = measure_tsc();
        hand_off->ring(&hand_off->go);
        given = measure_tsc();
        hand_off->await(&hand_off->done);
        series_add(&round_trip, measure_tsc() - begin);
        series_add(&dispatch, given - begin);
        series_add(&wake_up, hand_off->begun - begin);
    }
    check(pthread_join(worker, 0), "join");
    print_named(hand_off->name, "dispatch", &dispatch);
    print_named(hand_off->name, "first", &wake_up);
    print_named(hand_off->name, "round", &round_trip);
}

/* ---- a thread for each piece of work */

static void *created_worker(void *argument)
{
    *(volatile uint64_t *)argument = measure_tsc();
    return 0;
}

static void measure_create(void)
{
    static struct series dispatch, wake_up, round_trip;

    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin, given;
        volatile uint64_t begun = 0;
        pthread_t worker;

        measure_delay(MEASURE_ASLEEP);
        begin = measure_tsc();
        worker = start(created_worker, (void *)&begun);
        given = measure_tsc();
        check(pthread_join(worker, 0), "join");
        series_add(&round_trip, measure_tsc() - begin);
        series_add(&dispatch, given - begin);
        series_add(&wake_up, begun - begin);
    }
    print_named("create", "dispatch", &dispatch);
    print_named("create", "first", &wake_up);
    print_named("create", "round", &round_trip);
}

/* ---- locks and barriers */

static void mutex_take(void *lock)
{
    pthread_mutex_lock(lock);
}

static void mutex_release(void *lock)
{
    pthread_mutex_unlock(lock);
}

static void spin_take(void *lock)
{
    pthread_spin_lock(lock);
}

static void spin_release(void *lock)
{
    pthread_spin_unlock(lock);
}

static struct handover mutex_turns, spin_turns;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin;

static void *mutex_worker(void *unused)
{
    measure_handover(&mutex_turns, 1, &mutex, mutex_take, mutex_release);
    return unused;
}

static void *spin_worker(void *unused)
{
    measure_handover(&spin_turns, 1, (void *)&spin, spin_take, spin_release);
    return unused;
}

static void measure_locks(void)
{
    pthread_t worker = start(mutex_worker, 0);

    measure_handover(&mutex_turns, 0, &mutex, mutex_take, mutex_release);
    check(pthread_join(worker, 0), "join");
    series_print("mutex.handover", &mutex_turns.series);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    worker = start(spin_worker, 0);
    measure_handover(&spin_turns, 0, (void *)&spin, spin_take, spin_release);
    check(pthread_join(worker, 0), "join");
    series_print("spin.handover", &spin_turns.series);
}

static pthread_barrier_t barrier;

static void barrier_wait(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&barrier);
}

static void *barrier_worker(void *unused)
{
    measure_barrier(0, 1, 0, barrier_wait);
    return unused;
}

static void measure_pthread_barrier(void)
{
    static struct series series;
    pthread_t worker;

    pthread_barrier_init(&barrier, 0, 2);
    worker = start(barrier_worker, 0);
    measure_barrier(&series, 0, 0, barrier_wait);
    check(pthread_join(worker, 0), "join");
    series_print("pthread.barrier", &series);
}

static void threads(void)
{
    static struct hand_off ways[] = {
        { .name = "semaphore", .ring = semaphore_ring,
          .await = semaphore_await },
        { .name = "condition", .ring = condition_ring,
          .await = condition_await },
        { .name = "spin", .ring = spin_ring, .await = spin_await },
    };

    stay_on(0);
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
        measure_hand_off(&ways[i]);
    measure_create();
    measure_pthread_barrier();
    measure_locks();
}

/* ---- computing, for plugin/count.c */

static void *compute_worker(void *unused)
{
    pthread_barrier_wait(&barrier);
    measure_compute();
    return unused;
}

static void compute(void)
{
    pthread_t worker;

    pthread_barrier_init(&barrier, 0, 2);
    stay_on(0);
    worker = start(compute_worker, 0);
    compute_worker(0);
    check(pthread_join(worker, 0), "join");
}

/* ---- OpenMP; OMP_PROC_BIND keeps its threads on their CPUs */

static void omp_barrier(void *unused)
{
    (void)unused;
#pragma omp barrier
}

static void openmp(const char *name)
{
    static struct series series;

    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t begin;

        measure_delay(MEASURE_ASLEEP);
        begin = measure_tsc();
#pragma omp parallel for schedule(static) num_threads(2)
        for (int part = 0; part < 2; part++)
            __asm__ volatile("" : : "r"(part));
        series_add(&series, measure_tsc() - begin);
    }
    print_named(name, "loop", &series);
#pragma omp parallel num_threads(2)
    {
        int me = 0;

#pragma omp master
        me = 1;
        measure_barrier(&series, !me, 0, omp_barrier);
    }
    print_named(name, "barrier", &series);
}

int main(int argc, char **argv)
{
    while (argc == 2 && !strcmp(argv[1], "pause"))
        measure_pause();
    overhead = measure_overhead();
    if (argc == 2 && !strcmp(argv[1], "threads"))
        threads();
    else if (argc == 2 && !strcmp(argv[1], "compute"))
        compute();
    else if (argc == 3 && !strcmp(argv[1], "openmp"))
        openmp(argv[2]);
    else
        return 2;
    return 0;
}
