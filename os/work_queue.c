/* work_queue.c - the queue from which idle CPUs take.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A ring without a lock. A position is claimed by counting tail (to add) or
 * head (to take) up; the claimer then waits for the few instructions that
 * the last user of its place may be behind. So a CPU that is held up, say by
 * its hypervisor, holds up those who want its place, and no others.
 */
#include "work_queue.h"
#include "work.h"
#include <pure64/string.h>

/* The address of the function in the upper 48 bits (those it had above only
 * repeat the last of them), 0 in a free place, and below it the lap: which
 * of the positions that share the place may use it, to add when it is free,
 * else to take. */
struct item {
    uint64_t entry;
    void *argument;
};

#define LAP_BITS 16

/* Positions run on; apart, as they are written by different CPUs. */
static struct {
    uint64_t tail __attribute__((aligned(64))); /* to be added next */
    uint64_t head __attribute__((aligned(64))); /* to be taken next */
    struct item items[WORK_QUEUE_ITEMS] __attribute__((aligned(64)));
} queue;

WORK_INLINE struct item *place(uint64_t position)
{
    return &queue.items[position % WORK_QUEUE_ITEMS];
}

WORK_INLINE uint16_t lap(uint64_t position)
{
    return (uint16_t)(position / WORK_QUEUE_ITEMS);
}

WORK_INLINE uint64_t entry_of(baremetal_work *function)
{
    return (uint64_t)function << LAP_BITS;
}

WORK_INLINE baremetal_work *function_of(uint64_t entry)
{
    return (baremetal_work *)((int64_t)entry >> LAP_BITS);
}

int work_queue_add(baremetal_work *function, void *argument)
{
    uint64_t tail = __atomic_load_n(&queue.tail, __ATOMIC_RELAXED);
    struct item *item;

    if (!function || function_of(entry_of(function)) != function)
        return BAREMETAL_EINVAL;
    do {
        uint64_t head = __atomic_load_n(&queue.head, __ATOMIC_RELAXED);

        /* An outdated tail may be behind head: less than none. */
        if ((int64_t)(tail - head) >= WORK_QUEUE_ITEMS)
            return BAREMETAL_ENOMEM;
    } while (!__atomic_compare_exchange_n(&queue.tail, &tail, tail + 1, 1,
                                          __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    item = place(tail);
    /* Acquire: its last user has read the argument. */
    while (__atomic_load_n(&item->entry, __ATOMIC_ACQUIRE) != lap(tail))
        cpu_pause();
    item->argument = argument;
    /* Release: argument, and what the caller prepared, before the entry. */
    __atomic_store_n(&item->entry, entry_of(function) | lap(tail),
                     __ATOMIC_RELEASE);
    work_wake_one();
    return 0;
}

/* Takes the oldest item; function 0 if there is none. */
static struct os_work take(void)
{
    uint64_t head = __atomic_load_n(&queue.head, __ATOMIC_RELAXED);
    uint64_t entry;
    struct os_work work = { 0, 0 };
    struct item *item;

    do {
        uint64_t tail = __atomic_load_n(&queue.tail, __ATOMIC_RELAXED);

        if ((int64_t)(tail - head) <= 0)
            return work;
    } while (!__atomic_compare_exchange_n(&queue.head, &head, head + 1, 1,
                                          __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    item = place(head);
    /* Acquire and release: the counterparts of work_queue_add's. */
    for (;;) {
        entry = __atomic_load_n(&item->entry, __ATOMIC_ACQUIRE);
        if (function_of(entry) && (uint16_t)entry == lap(head))
            break;
        cpu_pause();
    }
    work.function = function_of(entry);
    work.argument = item->argument;
    __atomic_store_n(&item->entry, lap(head + WORK_QUEUE_ITEMS),
                     __ATOMIC_RELEASE);
    return work;
}

int work_queue_run(void)
{
    struct os_work work = take();

    if (!work.function)
        return 0;
    work.function(work.argument);
    return 1;
}

void work_queue_drain(void *unused)
{
    (void)unused;
    while (work_queue_run())
        ;
}

size_t work_queue_length(void)
{
    /* In this order, so that no item is missed that was added before. */
    uint64_t head = __atomic_load_n(&queue.head, __ATOMIC_ACQUIRE);
    uint64_t tail = __atomic_load_n(&queue.tail, __ATOMIC_ACQUIRE);

    return tail - head < INT64_MAX ? tail - head : 0;
}

void work_queue_reset(void)
{
    if (queue.tail)
        memset(&queue, 0, sizeof queue);
}
