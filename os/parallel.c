/* parallel.c - one loop on many CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The loop stands on the stack of the CPU that called. Helpers are asked by
 * the state of their mailbox, which is the loop's address, and all CPUs take
 * the number of the next part from one counter. Helpers that have not begun
 * when the parts are gone are not waited for: their mailbox is taken back.
 */
#include "parallel.h"

struct parallel_loop {
    uint64_t next __attribute__((aligned(64))); /* part to be taken */
    uint64_t left;          /* helpers that are through with the loop */

    /* Constant while it runs; not on the line of the counters. */
    uint64_t begin __attribute__((aligned(64)));
    uint64_t end, chunk, parts;
    baremetal_loop *body;
    void *argument;
};

static void run_parts(struct parallel_loop *loop)
{
    uint64_t part;

    /* Relaxed: the loop itself came with the mailbox, the results go with
     * the count of those who left. */
    while ((part = __atomic_fetch_add(&loop->next, 1, __ATOMIC_RELAXED)) <
           loop->parts) {
        uint64_t begin = loop->begin + part * loop->chunk;
        uint64_t end = part == loop->parts - 1 ? loop->end
                                               : begin + loop->chunk;

        loop->body(begin, end, loop->argument);
    }
}

/* The mailbox is free before the loop's owner goes on, so that its next loop
 * finds all helpers idle; work_done has nothing left to do then. */
void parallel_help(void *mailbox)
{
    struct mailbox *box = mailbox;
    struct parallel_loop *loop = box->argument;

    run_parts(loop);
    box->released = 1;
    __atomic_store_n(&box->state, WORK_IDLE, __ATOMIC_RELEASE);
    /* Release: the body's results. The loop is gone from here on. */
    __atomic_fetch_add(&loop->left, 1, __ATOMIC_RELEASE);
}

/* Asks at most that many idle CPUs to help; returns how many it were. */
static uint64_t ask_helpers(struct parallel_loop *loop, uint64_t most)
{
    uint64_t asked = 0;

    for (unsigned cpu = 1; cpu < work_system.count && asked < most; cpu++) {
        struct mailbox *box = work_mailbox(cpu);

        if (work_is_busy(cpu) || !work_claim(box))
            continue;
        /* Release: the loop, and what the caller prepared for it. */
        __atomic_store_n(&box->state, (uint64_t)loop, __ATOMIC_RELEASE);
        work_system.kernel->cpu_wake(cpu);
        asked++;
    }
    if (asked)
        work_wake_others(asked);
    return asked;
}

/* Takes the loop back from helpers that have not begun; how many it were. */
static uint64_t dismiss_helpers(struct parallel_loop *loop)
{
    uint64_t dismissed = 0;

    for (unsigned cpu = 1; cpu < work_system.count; cpu++) {
        uint64_t *state = &work_mailbox(cpu)->state;
        uint64_t mine = (uint64_t)loop;

        if (__atomic_load_n(state, __ATOMIC_RELAXED) == mine &&
            __atomic_compare_exchange_n(state, &mine, WORK_IDLE, 0,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            dismissed++;
    }
    return dismissed;
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
    return value / by + (value % by != 0);
}

/* The chunk that gives each CPU without work, and the caller, one part. */
static uint64_t equal_chunk(uint64_t length)
{
    uint64_t parts = 1;

    for (unsigned cpu = 1; cpu < work_system.count; cpu++)
        parts += !work_is_busy(cpu);
    return divide_up(length, parts);
}

void parallel_for(uint64_t begin, uint64_t end, uint64_t chunk,
                  baremetal_loop *body, void *argument)
{
    struct parallel_loop loop = {
        .begin = begin, .end = end, .body = body, .argument = argument,
    };
    uint64_t helpers;

    if (begin >= end)
        return;
    loop.chunk = chunk ? chunk : equal_chunk(end - begin);
    loop.parts = divide_up(end - begin, loop.chunk);
    helpers = ask_helpers(&loop, loop.parts - 1);
    run_parts(&loop);
    /* Acquire: the counterpart of parallel_help's release. */
    if (__atomic_load_n(&loop.left, __ATOMIC_ACQUIRE) == helpers)
        return;
    helpers -= dismiss_helpers(&loop);
    while (__atomic_load_n(&loop.left, __ATOMIC_ACQUIRE) != helpers)
        work_pause();
}
