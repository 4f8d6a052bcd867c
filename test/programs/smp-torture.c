/* smp-torture.c - everything that CPUs share, at random, from all of them.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * smp-torture [SECONDS [SEED]]
 *
 * Prints "smp-torture: N CPUs, N operations, all is well", or what is wrong;
 * the exit status is the number of things that are.
 */
#include "../../programs/text.h"

#define NS_PER_S 1000000000u
#define CPUS_MAX 4096
#define BLOCKS 8            /* that a CPU has at once */
#define BLOCK_BYTES 5000    /* at most */
#define OPERATIONS 200      /* in a row, before a CPU may become idle */

struct block {
    uint64_t *words;        /* each holds the number of words */
    uint64_t count;
};

/* A CPU's own; only it writes there. */
struct worker {
    uint64_t random, operations;
    struct block blocks[BLOCKS];
} __attribute__((aligned(64)));

static const struct baremetal *system;
static unsigned cpus;
static uint64_t end_ns;
static struct worker workers[CPUS_MAX];
static uint64_t added, ran;         /* items of the queue */
static struct baremetal_lock lock;
static uint64_t twin_a, twin_b;     /* equal when nobody holds the lock */
static uint64_t wrong_sums, wrong_twins, wrong_blocks, wrong_errors;

static void count(uint64_t *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Marsaglia, "Xorshift RNGs": below `limit`. */
static uint64_t random_below(struct worker *worker, uint64_t limit)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (worker->random >> 11) % limit;
}

static void add_up(uint64_t begin, uint64_t end, void *argument)
{
    uint64_t sum = 0;

    for (uint64_t i = begin; i < end; i++)
        sum += i;
    __atomic_fetch_add((uint64_t *)argument, sum, __ATOMIC_RELAXED);
}

static void use_loop(struct worker *worker)
{
    uint64_t length = random_below(worker, 2000), sum = 0;

    system->parallel_for(0, length, random_below(worker, 50), add_up, &sum);
    if (sum != (length ? length * (length - 1) / 2 : 0))
        count(&wrong_sums);
}

/* An item of the queue; each fourth has a loop in it. */
static void run_item(void *argument)
{
    uint64_t sum = 0;

    if ((uint64_t)argument % 4 == 0) {
        system->parallel_for(0, 100, 10, add_up, &sum);
        if (sum != 4950)
            count(&wrong_sums);
    }
    count(&ran);
}

static void use_queue(struct worker *worker)
{
    uint64_t items = random_below(worker, 20);

    for (uint64_t i = 0; i < items; i++) {
        int error = system->queue_add(run_item, (void *)i);

        if (!error)
            count(&added);
        else if (error != BAREMETAL_ENOMEM)
            count(&wrong_errors);
    }
    if (items % 2)
        system->queue_run();
}

static void use_lock(void)
{
    system->lock(&lock);
    if (twin_a != twin_b)
        count(&wrong_twins);
    twin_a++;
    __asm__ volatile("" : : : "memory");
    twin_b++;
    system->unlock(&lock);
}

static void release(struct block *block)
{
    for (uint64_t i = 0; i < block->count; i++)
        if (block->words[i] != block->count) {
            count(&wrong_blocks);
            break;
        }
    if (system->memory_release(block->words))
        count(&wrong_errors);
    block->words = 0;
}

static void use_memory(struct worker *worker)
{
    struct block *block = &worker->blocks[random_below(worker, BLOCKS)];
    uint64_t alignment = 1ull << random_below(worker, 13);
    uint64_t bytes = 8 + random_below(worker, BLOCK_BYTES);
    void *memory;

    if (block->words) {
        release(block);
        return;
    }
    if (system->memory_allocate(bytes, alignment, &memory))
        return; /* there may be none left */
    if ((uint64_t)memory % alignment)
        count(&wrong_blocks);
    block->words = memory;
    block->count = bytes / 8;
    for (uint64_t i = 0; i < block->count; i++)
        block->words[i] = block->count;
}

static int time_is_up(void)
{
    uint64_t now;

    return system->time_ns(&now) || now >= end_ns;
}

/* Some operations; an idle CPU is started anew by whoever finds it. */
static void work(void *argument)
{
    struct worker *worker = &workers[system->cpu_number()];

    (void)argument;
    for (unsigned i = 0; i < OPERATIONS && !time_is_up(); i++) {
        switch (random_below(worker, 5)) {
        case 0:
            use_queue(worker);
            break;
        case 1:
            use_loop(worker);
            break;
        case 2:
            use_lock();
            break;
        case 3:
            use_memory(worker);
            break;
        case 4: /* busy ones, the boot CPU and its own say no */
            system->cpu_run((unsigned)random_below(worker, cpus), work, 0);
            break;
        }
        worker->operations++;
    }
}

static unsigned report(const char *what, uint64_t times)
{
    struct text line = { 0 };

    if (!times)
        return 0;
    text_add(&line, "smp-torture: wrong: ");
    text_add(&line, what);
    text_add(&line, ", times ");
    text_number(&line, times, 0);
    text_print(&line, system);
    return 1;
}

static uint64_t clean_up(void)
{
    uint64_t operations = 0;

    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        operations += workers[cpu].operations;
        for (unsigned i = 0; i < BLOCKS; i++)
            if (workers[cpu].blocks[i].words)
                release(&workers[cpu].blocks[i]);
    }
    return operations;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    uint64_t seconds = argc > 1 ? text_to_number(argv[1]) : 10;
    uint64_t seed = argc > 2 ? text_to_number(argv[2]) : 1;
    uint64_t operations;
    unsigned wrong;
    struct text line = { 0 };

    system = os;
    cpus = os->cpu_count();
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        workers[cpu].random = (seed + cpu + 1) * 0x9E3779B97F4A7C15;
    if (os->time_ns(&end_ns))
        return (int)report("there is no clock", 1);
    end_ns += seconds * NS_PER_S;
    while (!time_is_up())
        work(0);
    os->cpu_wait_all();
    operations = clean_up();
    wrong = report("items of the queue that did not run once",
                   ran > added ? ran - added : added - ran) +
            report("sums", wrong_sums) + report("a lock", wrong_twins) +
            report("blocks of memory", wrong_blocks) +
            report("errors that cannot be", wrong_errors);
    if (wrong)
        return (int)wrong;
    text_add(&line, "smp-torture: ");
    text_number(&line, cpus, 0);
    text_add(&line, " CPUs, ");
    text_number(&line, operations, 0);
    text_add(&line, " operations, all is well");
    text_print(&line, os);
    return 0;
}
