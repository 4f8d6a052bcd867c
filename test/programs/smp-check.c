/* smp-check.c - do all CPUs work, and does what they share hold?
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints "smp-check: N CPUs, all is well", or what is wrong. The exit status
 * is the number of things that are.
 */
#include "../../programs/text.h"

#define ITEMS 100000
#define NUMBERS 1000000ull
#define CPUS_MAX 4096
/* CPUs that ask for the same lock at once: virtual ones may have to take
 * turns on few real ones, and then wait for those who are not running. */
#define GROUP 8
#define LOCKED 100      /* times that a CPU takes the lock */
#define PATTERN 64      /* bytes of a block that are checked */

static const struct baremetal *system;
static unsigned cpus, wrong;

static void expect(int holds, const char *what)
{
    struct text line = { 0 };

    if (holds)
        return;
    wrong++;
    text_add(&line, "smp-check: wrong: ");
    text_add(&line, what);
    text_print(&line, system);
}

/* A CPU that had a look at the queue just now may be busy for a moment. */
static void start_on(unsigned cpu, baremetal_work *work, void *argument)
{
    int error;

    while ((error = system->cpu_run(cpu, work, argument)) ==
           BAREMETAL_EBUSY)
        system->cpu_wait(cpu);
    expect(error == 0, "cpu_run");
}

/* On all CPUs, some of them at the same time as this one. */
static void on_all_cpus(baremetal_work *work)
{
    unsigned cpu = 1;

    do {
        for (unsigned i = 0; i < GROUP && cpu < cpus; i++)
            start_on(cpu++, work, 0);
        work(0);
        system->cpu_wait_all();
    } while (cpu < cpus);
}

/* ---- Each CPU runs what it is given, in the state that is promised. */
static uint8_t answered[CPUS_MAX];
static uint32_t bad_states;

static void answer(void *argument)
{
    uint64_t flags;
    uint32_t mxcsr;
    uint16_t control;

    __asm__ volatile("pushfq; popq %0; stmxcsr %1; fnstcw %2"
                     : "=r"(flags), "=m"(mxcsr), "=m"(control));
    /* IF set, DF clear; everything masked; the frame, which starts with the
     * caller's RBP, below the return address at 8 mod 16. */
    if (!(flags & 0x200) || flags & 0x400 || mxcsr != 0x1F80 ||
        control != 0x37F || (uint64_t)__builtin_frame_address(0) % 16)
        __atomic_fetch_add(&bad_states, 1, __ATOMIC_RELAXED);
    if (argument == &answered[system->cpu_number()])
        __atomic_fetch_add((uint8_t *)argument, 1, __ATOMIC_RELAXED);
    /* Nothing of this may be left to the next work. */
    mxcsr = 0x1F80 | 0x6000;
    control = 0x27F;
    __asm__ volatile("std; ldmxcsr %0; fldcw %1; fldpi; cld"
                     : : "m"(mxcsr), "m"(control));
}

static void check_run(void)
{
    unsigned good = 0;
    struct baremetal_cpu info;

    for (unsigned round = 0; round < 2; round++)
        for (unsigned cpu = 1; cpu < cpus; cpu++) {
            start_on(cpu, answer, &answered[cpu]);
            if (round)
                system->cpu_wait(cpu);
        }
    system->cpu_wait_all();
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        good += answered[cpu] == 2;
    expect(good == cpus - 1, "a CPU did not run its work just once");
    expect(!bad_states, "the state in which work starts");

    good = 0;
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        good += system->cpu_info(cpu, &info) == 0 &&
                info.state == (cpu ? BAREMETAL_CPU_IDLE
                                   : BAREMETAL_CPU_WORKING);
    expect(good == cpus, "cpu_info");
    expect(system->cpu_info(cpus, &info) == BAREMETAL_ENODEV &&
           system->cpu_run(cpus, answer, 0) == BAREMETAL_ENODEV &&
           system->cpu_wait(cpus) == BAREMETAL_ENODEV &&
           system->cpu_run(0, answer, 0) == BAREMETAL_EINVAL &&
           system->cpu_wait(0) == BAREMETAL_EINVAL, "errors");
}

/* ---- The queue. */
static uint8_t runs[ITEMS];

static void run_item(void *argument)
{
    __atomic_fetch_add((uint8_t *)argument, 1, __ATOMIC_RELAXED);
}

static void check_queue(void)
{
    unsigned good = 0;

    for (unsigned i = 0; i < ITEMS; i++)
        while (system->queue_add(run_item, &runs[i]) == BAREMETAL_ENOMEM)
            system->queue_run();
    system->cpu_wait_all();
    for (unsigned i = 0; i < ITEMS; i++)
        good += runs[i] == 1;
    expect(good == ITEMS, "an item of the queue did not run just once");
    expect(system->queue_length() == 0 && system->queue_run() == 0,
           "the queue is not empty");
}

/* ---- Loops. */
static void add_up(uint64_t begin, uint64_t end, void *argument)
{
    uint64_t sum = 0;

    for (uint64_t i = begin; i < end; i++)
        sum += i;
    __atomic_fetch_add((uint64_t *)argument, sum, __ATOMIC_RELAXED);
}

static void add_up_nested(uint64_t begin, uint64_t end, void *argument)
{
    system->parallel_for(begin, end, 100, add_up, argument);
}

static void check_loops(void)
{
    static const uint64_t chunks[] = { 0, 1000, 1 + NUMBERS / 3 };
    const uint64_t right = NUMBERS * (NUMBERS - 1) / 2;
    uint64_t sum;

    for (unsigned i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        sum = 0;
        system->parallel_for(0, NUMBERS, chunks[i], add_up, &sum);
        expect(sum == right, "the sum of a parallel loop");
    }
    sum = 0;
    system->parallel_for(0, NUMBERS, 10000, add_up_nested, &sum);
    expect(sum == right, "the sum of loops in a loop");
}

/* ---- Barrier and lock. */
static struct baremetal_barrier barrier;
static struct baremetal_lock lock;
static uint32_t meetings, arrived, too_early, locked, lockers;

static void meet(void *argument)
{
    (void)argument;
    for (uint32_t round = 1; round <= meetings; round++) {
        __atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED);
        system->barrier_wait(&barrier);
        if (__atomic_load_n(&arrived, __ATOMIC_RELAXED) <
            round * barrier.count)
            __atomic_fetch_add(&too_early, 1, __ATOMIC_RELAXED);
    }
}

/* With the others of the CPUs 0 .. count - 1. */
static void check_barrier(unsigned count, unsigned rounds)
{
    meetings = rounds;
    barrier.count = count;
    arrived = 0;
    for (unsigned cpu = 1; cpu < count; cpu++)
        start_on(cpu, meet, 0);
    meet(0);
    system->cpu_wait_all();
    expect(arrived == rounds * count && !too_early, "a barrier");
}

static void count_locked(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < LOCKED; i++) {
        system->lock(&lock);
        locked++;
        system->unlock(&lock);
    }
    __atomic_fetch_add(&lockers, 1, __ATOMIC_RELAXED);
}

static void check_sync(void)
{
    check_barrier(cpus < GROUP ? cpus : GROUP, 10);
    check_barrier(cpus, 1);
    on_all_cpus(count_locked);
    expect(locked == LOCKED * lockers && lockers >= cpus, "a lock");
}

/* ---- Memory. */
static uint32_t bad_blocks;

static int block_is_good(uint8_t *block, uint8_t mark)
{
    for (unsigned i = 0; i < PATTERN; i++)
        if (block[i] != mark)
            return 0;
    return system->memory_release(block) == 0;
}

static void use_memory(void *argument)
{
    uint8_t mark = (uint8_t)system->cpu_number();
    void *blocks[8];

    (void)argument;
    for (unsigned i = 0; i < 8; i++) {
        if (system->memory_allocate(PATTERN + 100 * i, PATTERN, &blocks[i]) ||
            (uint64_t)blocks[i] % PATTERN) {
            __atomic_fetch_add(&bad_blocks, 1, __ATOMIC_RELAXED);
            return;
        }
        for (unsigned byte = 0; byte < PATTERN; byte++)
            ((uint8_t *)blocks[i])[byte] = mark;
    }
    for (unsigned i = 0; i < 8; i++)
        if (!block_is_good(blocks[i], mark))
            __atomic_fetch_add(&bad_blocks, 1, __ATOMIC_RELAXED);
}

static void check_memory(void)
{
    uint64_t before = system->memory_free(), after;
    void *pages = 0;

    on_all_cpus(use_memory);
    expect(!bad_blocks, "blocks of memory");
    expect(system->memory_allocate_pages(1, &pages) == 0 &&
           (uint64_t)pages % 0x200000 == 0 &&
           system->memory_release(pages) == 0 &&
           system->memory_release(pages) == BAREMETAL_EINVAL,
           "a page of 2 MiB");
    /* Some of it keeps the books. */
    after = system->memory_free();
    expect(after <= before && before - after < 0x100000, "memory was lost");
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct text line = { 0 };

    (void)argc;
    (void)argv;
    system = os;
    cpus = os->cpu_count();
    check_run();
    check_queue();
    check_loops();
    check_sync();
    check_memory();
    if (wrong)
        return (int)wrong;
    text_add(&line, "smp-check: ");
    text_number(&line, cpus, 0);
    text_add(&line, " CPUs, all is well");
    text_print(&line, os);
    return 0;
}
