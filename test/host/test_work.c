/* test_work.c - mailboxes, queue, parallel loops, barrier and lock, with
 * threads of the PC as CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/work.c os/work_queue.c os/parallel.c os/sync.c
#include "check.h"
#include <parallel.h>
#include <sync.h>
#include <work.h>
#include <work_queue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#define CPUS 8

/* ---- The machine: what the kernel does. */
static struct kernel_cpu cpu_memory[CPUS];
static struct kernel_cpu *cpu_table[CPUS];
static unsigned cpus;
static _Thread_local unsigned this_cpu;
static pthread_t threads[CPUS];
static sem_t alarm_clock[CPUS];
static uint32_t halted[CPUS], power_off, wakes, checks;

static unsigned mock_cpu_count(void)
{
    return cpus;
}

static unsigned mock_cpu_number(void)
{
    return this_cpu;
}

static struct kernel_cpu *const *mock_cpus(void)
{
    return cpu_table;
}

static void mock_wake(unsigned cpu)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&halted[cpu], __ATOMIC_RELAXED)) {
        __atomic_fetch_add(&wakes, 1, __ATOMIC_RELAXED);
        sem_post(&alarm_clock[cpu]);
    }
}

static void mock_stop_check(void)
{
    __atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
    sched_yield();
}

static const struct baremetal os = {
    .cpu_count = mock_cpu_count, .cpu_number = mock_cpu_number,
};
/* So that loops that wait call it in each turn. */
static const uint8_t stopping = 1;
static const struct kernel_services kernel = {
    .cpus = mock_cpus, .cpu_wake = mock_wake, .stop_check = mock_stop_check,
    .stopping = &stopping,
};

static struct os_work halt(unsigned cpu)
{
    struct os_work work;

    __atomic_store_n(&halted[cpu], 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    work = work_next(cpu);
    if (!work.function && !__atomic_load_n(&power_off, __ATOMIC_ACQUIRE))
        sem_wait(&alarm_clock[cpu]);
    __atomic_store_n(&halted[cpu], 0, __ATOMIC_RELAXED);
    return work;
}

static void *idle_loop(void *number)
{
    this_cpu = (unsigned)(uintptr_t)number;
    while (!__atomic_load_n(&power_off, __ATOMIC_ACQUIRE)) {
        struct os_work work = work_next(this_cpu);

        if (!work.function)
            work = halt(this_cpu);
        if (work.function) {
            work.function(work.argument);
            work_done(this_cpu);
        }
    }
    return 0;
}

/* The first `running` CPUs have a thread; cpu_count is `count`. */
static void machine_start(unsigned count, unsigned running)
{
    cpus = count;
    memset(cpu_memory, 0, sizeof cpu_memory);
    __atomic_store_n(&power_off, 0, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < CPUS; i++) {
        cpu_memory[i].apic_id = 2 * i;
        cpu_table[i] = &cpu_memory[i];
        halted[i] = 0;
        sem_init(&alarm_clock[i], 0, 0);
    }
    work_init(&os, &kernel);
    for (uintptr_t i = 1; i < running; i++)
        pthread_create(&threads[i], 0, idle_loop, (void *)i);
}

static void machine_stop(unsigned running)
{
    __atomic_store_n(&power_off, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 1; i < running; i++)
        sem_post(&alarm_clock[i]);
    for (unsigned i = 1; i < running; i++)
        pthread_join(threads[i], 0);
}

static uint64_t get(uint64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static void add(uint64_t *value, uint64_t more)
{
    __atomic_fetch_add(value, more, __ATOMIC_RELAXED);
}

/* ---- One CPU. */
static uint64_t gate, ran_on[CPUS];

static void note_cpu(void *argument)
{
    *(unsigned *)argument = this_cpu;
    ran_on[this_cpu]++;
}

static void wait_for_gate(void *argument)
{
    (void)argument;
    while (!get(&gate))
        sched_yield();
}

static int self_answers[3];

static void ask_about_self(void *argument)
{
    (void)argument;
    self_answers[0] = work_run(this_cpu, note_cpu, 0);
    self_answers[1] = work_wait(this_cpu);
    self_answers[2] = work_run(0, note_cpu, 0);
}

static void test_run(void)
{
    unsigned good = 0, place;

    for (unsigned round = 0; round < 5000; round++)
        for (unsigned cpu = 1; cpu < CPUS; cpu++) {
            place = 0;
            good += work_run(cpu, note_cpu, &place) == 0;
            good += work_wait(cpu) == 0;
            good += place == cpu;
        }
    CHECK(good == 5000 * 3 * (CPUS - 1));
    CHECK(ran_on[CPUS - 1] == 5000);

    gate = 0;
    CHECK(work_run(3, wait_for_gate, 0) == 0);
    CHECK(work_is_busy(3));
    CHECK(work_run(3, note_cpu, &place) == BAREMETAL_EBUSY);
    __atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
    CHECK(work_wait(3) == 0);
    CHECK(!work_is_busy(3));

    CHECK(work_run(0, note_cpu, &place) == BAREMETAL_EINVAL);
    CHECK(work_run(1, 0, &place) == BAREMETAL_EINVAL);
    CHECK(work_run(CPUS, note_cpu, &place) == BAREMETAL_ENODEV);
    CHECK(work_wait(0) == BAREMETAL_EINVAL);
    CHECK(work_wait(CPUS) == BAREMETAL_ENODEV);
    CHECK(work_run(2, ask_about_self, 0) == 0 && work_wait(2) == 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK(self_answers[i] == BAREMETAL_EINVAL);
}

/* ---- The queue. */
#define ITEMS 100000
static uint8_t runs[ITEMS];
static uint32_t order[ITEMS];
static uint64_t ordered;

static void count_run(void *argument)
{
    __atomic_fetch_add((uint8_t *)argument, 1, __ATOMIC_RELAXED);
}

static void note_order(void *argument)
{
    order[ordered++] = (uint32_t)(uintptr_t)argument;
}

static void add_item(baremetal_work *work, void *argument)
{
    while (work_queue_add(work, argument) == BAREMETAL_ENOMEM)
        if (!work_queue_run())
            sched_yield();
}

/* Adds every CPUS-th item, from argument on. */
static void add_share(void *argument)
{
    for (uint8_t *run = argument; run < runs + ITEMS; run += CPUS)
        add_item(count_run, run);
}

static int each_ran(unsigned times)
{
    unsigned good = 0;

    for (unsigned i = 0; i < ITEMS; i++)
        good += runs[i] == times;
    return good == ITEMS;
}

static void test_queue(void)
{
    memset(runs, 0, sizeof runs);
    for (unsigned i = 0; i < ITEMS; i++)
        add_item(count_run, &runs[i]);
    work_wait_all();
    CHECK(each_ran(1));
    CHECK(work_queue_length() == 0);

    for (unsigned cpu = 1; cpu < CPUS; cpu++)
        while (work_run(cpu, add_share, &runs[cpu]))
            sched_yield(); /* it may look at the queue just now */
    add_share(&runs[0]);
    work_wait_all();
    CHECK(each_ran(2));
    CHECK(work_queue_add(0, 0) == BAREMETAL_EINVAL);
    CHECK(work_queue_add((baremetal_work *)(1ull << 48), 0) ==
          BAREMETAL_EINVAL);
}

/* Without other CPUs: order and limit can be told. */
static void test_queue_alone(void)
{
    unsigned good = 0;

    ordered = 0;
    for (uintptr_t i = 0; i < WORK_QUEUE_ITEMS; i++)
        good += work_queue_add(note_order, (void *)i) == 0;
    CHECK(good == WORK_QUEUE_ITEMS);
    CHECK(work_queue_add(note_order, 0) == BAREMETAL_ENOMEM);
    CHECK(work_queue_length() == WORK_QUEUE_ITEMS);
    CHECK(work_queue_run() == 1);
    CHECK(work_queue_length() == WORK_QUEUE_ITEMS - 1);
    CHECK(work_queue_add(note_order, (void *)WORK_QUEUE_ITEMS) == 0);
    work_wait_all();
    CHECK(ordered == WORK_QUEUE_ITEMS + 1);
    CHECK(work_queue_run() == 0);
    good = 0;
    for (unsigned i = 0; i <= WORK_QUEUE_ITEMS; i++)
        good += order[i] == i;
    CHECK(good == WORK_QUEUE_ITEMS + 1);

    CHECK(work_queue_add(note_order, 0) == 0);
    work_reset();
    CHECK(work_queue_length() == 0 && work_queue_run() == 0);
    CHECK(ordered == WORK_QUEUE_ITEMS + 1);
}

/* ---- wait_all: work that makes more work, until its argument is 0. */
static uint64_t begun, finished;

static void grow(void *argument)
{
    uintptr_t left = (uintptr_t)argument;

    add(&begun, 1);
    if (left) {
        unsigned cpu = 1 + (unsigned)(left * 7 + this_cpu) % (CPUS - 1);

        if (work_run(cpu, grow, (void *)(left - 1)))
            add_item(grow, (void *)(left - 1));
        if (left % 3 == 0)
            add_item(grow, (void *)(left - 1));
    }
    add(&finished, 1);
}

static uint64_t grown(uintptr_t left)
{
    return left ? 1 + (left % 3 == 0 ? 2 : 1) * grown(left - 1) : 1;
}

static void test_wait_all(void)
{
    unsigned good = 0;

    for (unsigned round = 0; round < 2000; round++) {
        begun = finished = 0;
        while (work_run(1 + round % (CPUS - 1), grow,
                        (void *)(uintptr_t)(round % 12)))
            sched_yield();
        work_wait_all();
        good += get(&finished) == grown(round % 12) &&
                get(&begun) == get(&finished);
    }
    CHECK(good == 2000);
}

/* ---- Loops. */
static uint64_t loop_sum, loop_calls, longest;

static void sum_up(uint64_t begin, uint64_t end, void *argument)
{
    uint64_t sum = 0, most = get(&longest);

    for (uint64_t i = begin; i != end; i++)
        sum += i;
    add(argument, sum);
    add(&loop_calls, 1);
    while (end - begin > most &&
           !__atomic_compare_exchange_n(&longest, &most, end - begin, 1,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static void count_each(uint64_t begin, uint64_t end, void *argument)
{
    (void)argument;
    for (uint64_t i = begin; i < end; i++)
        runs[i]++;
}

static void nest(uint64_t begin, uint64_t end, void *argument)
{
    for (uint64_t i = begin; i < end; i++)
        parallel_for(0, 100, 7, sum_up, argument);
}

static int sums_to(uint64_t begin, uint64_t end, uint64_t chunk)
{
    uint64_t length = end - begin;

    loop_sum = loop_calls = longest = 0;
    parallel_for(begin, end, chunk, sum_up, &loop_sum);
    if (chunk && length && loop_calls != (length - 1) / chunk + 1)
        return 0;
    /* The halves are multiplied so that nothing is lost at 2^64. */
    return loop_sum == (length % 2 ? length * (begin + length / 2)
                                   : length / 2 * (begin + end - 1)) &&
           longest <= (chunk ? chunk : length) && loop_calls <= length;
}

static void test_loops(void)
{
    unsigned good = 0;

    for (uint64_t length = 0; length < 100; length++)
        for (uint64_t chunk = 0; chunk < 12; chunk++)
            good += sums_to(17, 17 + length, chunk);
    CHECK(good == 1200);
    for (good = 0; good < 3000 && sums_to(0, good, 1 + good % 3); good++)
        ;
    CHECK(good == 3000);
    CHECK(sums_to(0, 1000000, 0));
    CHECK(loop_calls == CPUS && longest == 1000000 / CPUS);
    CHECK(sums_to(0, 1000000, 1000));
    CHECK(sums_to(UINT64_MAX - 1000, UINT64_MAX, 7));
    CHECK(sums_to(UINT64_MAX - 1000, UINT64_MAX, UINT64_MAX));
    CHECK(sums_to(0, 100, UINT64_MAX));
    loop_calls = 0;
    parallel_for(5, 5, 1, sum_up, &loop_sum);
    parallel_for(6, 5, 1, sum_up, &loop_sum);
    CHECK(loop_calls == 0);

    memset(runs, 0, sizeof runs);
    parallel_for(0, ITEMS, 13, count_each, 0);
    parallel_for(0, ITEMS, 0, count_each, 0);
    CHECK(each_ran(2));

    loop_sum = 0;
    parallel_for(0, 1000, 3, nest, &loop_sum);
    CHECK(loop_sum == 1000 * 4950);
    loop_sum = 0;
    parallel_for(0, 1000, 0, nest, &loop_sum);
    CHECK(loop_sum == 1000 * 4950);
}

/* Each part waits until all CPUs have one. */
static void meet_in_loop(uint64_t begin, uint64_t end, void *argument)
{
    (void)end;
    runs[begin]++;
    sync_barrier_wait(argument);
}

/* Helpers of a loop that has ended are free for the next one at once: with
 * too few this hangs. */
static void test_helpers_come_back(void)
{
    struct baremetal_barrier all = BAREMETAL_BARRIER(CPUS);
    unsigned good = 0;

    memset(runs, 0, sizeof runs);
    work_wait_all();
    for (unsigned round = 0; round < 200; round++)
        parallel_for(0, CPUS, 1, meet_in_loop, &all);
    for (unsigned i = 0; i < CPUS; i++)
        good += runs[i] == 200;
    CHECK(good == CPUS);
}

/* ---- Barrier and lock. */
static struct baremetal_barrier barrier = BAREMETAL_BARRIER(CPUS);
static uint64_t arrived, early;
static struct baremetal_lock lock;
static uint64_t guarded, turn[CPUS], turns;

static void meet(void *argument)
{
    (void)argument;
    for (uint64_t round = 1; round <= 2000; round++) {
        add(&arrived, 1);
        sync_barrier_wait(&barrier);
        add(&early, get(&arrived) < round * CPUS);
        sync_barrier_wait(&barrier);
    }
}

static void increment(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 5000; i++) {
        sync_lock(&lock);
        guarded++;
        sync_unlock(&lock);
    }
}

static void take_turn(void *argument)
{
    (void)argument;
    sync_lock(&lock);
    turn[turns++] = this_cpu;
    sync_unlock(&lock);
}

static void on_all_cpus(baremetal_work *work)
{
    for (unsigned cpu = 1; cpu < CPUS; cpu++)
        while (work_run(cpu, work, 0))
            sched_yield();
    work(0);
    work_wait_all();
}

static void test_sync(void)
{
    uint16_t waiting;

    on_all_cpus(meet);
    CHECK(arrived == 2000 * CPUS && early == 0);
    on_all_cpus(increment);
    CHECK(guarded == 5000 * CPUS);
    CHECK(checks > 0);

    /* They ask one after the other, from the last CPU down. */
    sync_lock(&lock);
    for (unsigned cpu = CPUS - 1; cpu; cpu--) {
        waiting = lock.next;
        CHECK(work_run(cpu, take_turn, 0) == 0);
        while (__atomic_load_n(&lock.next, __ATOMIC_RELAXED) == waiting)
            sched_yield();
    }
    CHECK(turns == 0);
    sync_unlock(&lock);
    work_wait_all();
    CHECK(turns == CPUS - 1);
    for (unsigned i = 0; i < CPUS - 1; i++)
        CHECK(turn[i] == CPUS - 1 - i);

    /* The numbers wrap around. */
    lock.next = lock.owner = UINT16_MAX;
    sync_lock(&lock);
    CHECK(lock.next == 0 && lock.owner == UINT16_MAX);
    sync_unlock(&lock);
    CHECK(lock.owner == 0);
}

/* ---- A machine of one CPU, and one with a CPU that was lost. */
static void test_alone(void)
{
    machine_start(1, 1);
    test_queue_alone();
    loop_sum = loop_calls = 0;
    parallel_for(0, 100, 0, sum_up, &loop_sum);
    CHECK(loop_sum == 4950 && loop_calls == 1);
    parallel_for(0, 100, 9, sum_up, &loop_sum);
    CHECK(loop_sum == 2 * 4950 && loop_calls == 1 + 12);
    CHECK(work_run(1, note_cpu, 0) == BAREMETAL_ENODEV);
    work_wait_all();
    machine_stop(1);
}

static void test_lost(void)
{
    /* The last has no thread: what it gets is never begun. */
    machine_start(CPUS, CPUS - 1);
    CHECK(work_run(CPUS - 1, note_cpu, 0) == 0);
    cpu_memory[CPUS - 1].lost = 1;
    work_reset();
    CHECK(work_run(CPUS - 1, note_cpu, 0) == BAREMETAL_ENODEV);
    CHECK(work_wait(CPUS - 1) == BAREMETAL_ENODEV);
    CHECK(sums_to(0, 1000, 0) && loop_calls == CPUS - 1);
    memset(runs, 0, sizeof runs);
    for (unsigned i = 0; i < ITEMS; i++)
        add_item(count_run, &runs[i]);
    work_wait_all();
    CHECK(each_ran(1));
    machine_stop(CPUS - 1);

    /* A helper that does not come does not delay a loop. */
    machine_start(CPUS, CPUS - 1);
    CHECK(sums_to(0, 1000, 10));
    CHECK(!work_is_busy(CPUS - 1));
    /* Nobody may call before os has set the machine up. */
    work_system.count = 0;
    CHECK(!work_next(1).function);
    machine_stop(CPUS - 1);
}

int main(void)
{
    machine_start(CPUS, CPUS);
    test_run();
    test_queue();
    test_wait_all();
    test_loops();
    test_helpers_come_back();
    test_sync();
    machine_stop(CPUS);
    CHECK(wakes > 0);
    test_alone();
    test_lost();
    return check_report("test_work");
}
