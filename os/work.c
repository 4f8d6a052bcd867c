/* work.c - mailboxes: who is idle, who has work, who waits for whom.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * No wake-up is lost: whoever has work to give stores it and looks then who
 * is idle; whoever becomes idle stores that and looks then for work, with a
 * full fence between store and look on both sides. So at least one of them
 * sees the other. For the work of one CPU the state of its mailbox is that
 * store, for the queue the bit in idle_hints, and its state, too. A CPU woken
 * for the queue may be claimed for something else before it looks: whoever
 * claims one wakes another if there are items.
 */
#include "work.h"
#include "parallel.h"
#include "work_queue.h"

#define WORD_BITS 64

struct work_system work_system;

/* A bit for each CPU, set by itself when it finds nothing to do, cleared by
 * whoever wakes it for the queue. As only those two write it, a bit may be
 * set for a CPU that has got work of its own since. */
static uint64_t idle_hints[WORK_CPUS_MAX / WORD_BITS];

_Static_assert(sizeof(struct mailbox) <=
                   sizeof(((struct kernel_cpu *)0)->work),
               "what os has of a CPU's cache line");

void work_init(const struct baremetal *os,
               const struct kernel_services *kernel)
{
    unsigned count = os->cpu_count();

    work_system.os = os;
    work_system.kernel = kernel;
    work_system.stopping = kernel->stopping;
    work_system.cpus = kernel->cpus();
    /* Release: CPUs that idle see the rest once they see this. */
    __atomic_store_n(&work_system.count,
                     count < WORK_CPUS_MAX ? count : WORK_CPUS_MAX,
                     __ATOMIC_RELEASE);
    work_reset();
}

/* A CPU that is lost stays busy for ever. The hint of each other one is set,
 * as a CPU whose hint was cleared may not have been woken any more. */
void work_reset(void)
{
    work_queue_reset();
    for (unsigned cpu = 1; cpu < work_system.count; cpu++) {
        struct mailbox *box = work_mailbox(cpu);

        box->released = 0;
        __atomic_store_n(&box->state, work_system.cpus[cpu]->lost ? WORK_BUSY
                                                                  : WORK_IDLE,
                         __ATOMIC_RELAXED);
        __atomic_fetch_or(&idle_hints[cpu / WORD_BITS],
                          1ull << cpu % WORD_BITS, __ATOMIC_RELAXED);
    }
}

int work_run(unsigned cpu, baremetal_work *function, void *argument)
{
    struct mailbox *box;

    if (cpu >= work_system.count)
        return BAREMETAL_ENODEV;
    if (!cpu || !function)
        return BAREMETAL_EINVAL;
    box = work_mailbox(cpu);
    if (!work_claim(box)) {
        if (work_system.cpus[cpu]->lost)
            return BAREMETAL_ENODEV;
        return cpu == work_system.os->cpu_number() ? BAREMETAL_EINVAL
                                                   : BAREMETAL_EBUSY;
    }
    box->function = function;
    box->argument = argument;
    /* Release: that, and what the caller prepared, before the state. */
    __atomic_store_n(&box->state, WORK_GIVEN, __ATOMIC_RELEASE);
    work_system.kernel->cpu_wake(cpu);
    work_wake_others(1);
    return 0;
}

void work_wake_one(void)
{
    /* Work was stored before this, hints and states are read behind it. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (unsigned first = 0; first < work_system.count; first += WORD_BITS) {
        uint64_t *word = &idle_hints[first / WORD_BITS];
        uint64_t hints;

        while ((hints = __atomic_load_n(word, __ATOMIC_RELAXED))) {
            uint64_t bit = hints & -hints;
            unsigned cpu = first + (unsigned)__builtin_ctzll(hints);

            if (__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED) & bit &&
                __atomic_load_n(&work_mailbox(cpu)->state,
                                __ATOMIC_RELAXED) == WORK_IDLE) {
                work_system.kernel->cpu_wake(cpu);
                return;
            }
        }
    }
}

void work_wake_others(uint64_t claimed)
{
    uint64_t items = work_queue_length();

    for (; items && claimed; items--, claimed--)
        work_wake_one();
}

/* What a CPU finds when it looks once. */
WORK_INLINE struct os_work find_work(struct mailbox *box)
{
    uint64_t state = __atomic_load_n(&box->state, __ATOMIC_ACQUIRE);

    if (state == WORK_GIVEN)
        return (struct os_work){ box->function, box->argument };
    if (state > WORK_GIVEN) {
        void *loop = (void *)state;

        /* Unless the loop came to its end and took it back. Acquire: what
         * its owner stored in it is seen. */
        if (__atomic_compare_exchange_n(&box->state, &state, WORK_BUSY, 0,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            box->argument = loop;
            return (struct os_work){ parallel_help, box };
        }
    } else if (state == WORK_IDLE && work_queue_length() && work_claim(box)) {
        return (struct os_work){ work_queue_drain, 0 };
    }
    return (struct os_work){ 0, 0 };
}

/* A CPU that stays idle writes nothing that others read. */
static void hint_idle(unsigned cpu)
{
    uint64_t *word = &idle_hints[cpu / WORD_BITS];
    uint64_t bit = 1ull << cpu % WORD_BITS;

    /* A full fence either way: state and hint are stored before this, work
     * is looked for behind it. */
    if (__atomic_load_n(word, __ATOMIC_RELAXED) & bit)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    else
        __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST);
}

struct os_work work_next(unsigned cpu)
{
    struct os_work work = { 0, 0 };

    if (cpu >= __atomic_load_n(&work_system.count, __ATOMIC_ACQUIRE))
        return work;
    work = find_work(work_mailbox(cpu));
    if (!work.function) {
        hint_idle(cpu);
        work = find_work(work_mailbox(cpu));
    }
    return work;
}

void work_done(unsigned cpu)
{
    struct mailbox *box = work_mailbox(cpu);

    if (box->released) {
        box->released = 0;
        return;
    }
    /* Release: what the work did is seen by whoever sees the CPU idle. */
    __atomic_store_n(&box->state, WORK_IDLE, __ATOMIC_RELEASE);
}

int work_wait(unsigned cpu)
{
    if (cpu >= work_system.count || work_system.cpus[cpu]->lost)
        return BAREMETAL_ENODEV;
    if (!cpu || cpu == work_system.os->cpu_number())
        return BAREMETAL_EINVAL;
    while (work_is_busy(cpu))
        work_pause();
    return 0;
}

static int waits_for(unsigned cpu, unsigned self)
{
    return cpu != self && !work_system.cpus[cpu]->lost;
}

/* Waits until each CPU was idle once; returns how often they had work up to
 * then, or earlier. */
static uint64_t wait_for_each(unsigned self)
{
    uint64_t sum = 0;

    for (unsigned cpu = 1; cpu < work_system.count; cpu++) {
        uint64_t given;

        if (!waits_for(cpu, self))
            continue;
        for (;;) {
            given = __atomic_load_n(&work_mailbox(cpu)->given,
                                    __ATOMIC_ACQUIRE);
            if (!work_is_busy(cpu))
                break;
            if (!work_queue_run())
                work_pause();
        }
        sum += given;
    }
    return sum;
}

/* 1 if each CPU is idle when it is looked at, and they had work that often
 * up to then, or later. */
static int were_idle(unsigned self, uint64_t given)
{
    for (unsigned cpu = 1; cpu < work_system.count; cpu++) {
        if (!waits_for(cpu, self))
            continue;
        if (work_is_busy(cpu))
            return 0;
        given -= __atomic_load_n(&work_mailbox(cpu)->given,
                                 __ATOMIC_ACQUIRE);
    }
    return !given;
}

/* A CPU that works may give work to one that was seen idle before. But if
 * each is idle twice, and got nothing between, all were at once. */
void work_wait_all(void)
{
    unsigned self = work_system.os->cpu_number();
    uint64_t given;

    do {
        while (work_queue_run())
            ;
        given = wait_for_each(self);
    } while (work_queue_length() || !were_idle(self, given));
}
