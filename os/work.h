/* work.h - work for all CPUs: who has some, and who gets some.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The program's calls that baremetal.h describes from cpu_info to unlock, and
 * what the kernel's idle loop asks. Any CPU, unless a comment says otherwise;
 * general registers only. Nothing here waits with a lock held.
 */
#pragma once
#include <kernel/services.h>
#include <pure64/cpu.h>

/* More than a machine can have: pure64 lists no more. */
#define WORK_CPUS_MAX 4096

/* What a CPU has to do: a value of mailbox.state, or the address of the
 * struct parallel_loop that it is to help with. */
enum work_state {
    WORK_IDLE = 0,
    WORK_BUSY = 1,  /* works, or somebody is about to give it something */
    WORK_GIVEN = 2, /* function and argument, begun or not */
};

/* A CPU's share of struct kernel_cpu. Whoever changes the state from
 * WORK_IDLE owns the other fields until it gives the box away or back. */
struct mailbox {
    uint64_t state;
    baremetal_work *function;
    void *argument;
    uint64_t given;     /* times it was not idle; see work_wait_all */
    uint64_t released;  /* its CPU has set the state to WORK_IDLE already */
};

/* All that is known of the machine; set once. */
struct work_system {
    const struct baremetal *os;
    const struct kernel_services *kernel;
    const volatile uint8_t *stopping; /* the kernel's */
    struct kernel_cpu *const *cpus;
    unsigned count;     /* 0 until work_init: no work for anybody */
};
extern struct work_system work_system;

/* The calls that a CPU waits for are few instructions and no further calls:
 * what they need is put into them even where code is made small. */
#define WORK_INLINE static inline __attribute__((always_inline))

WORK_INLINE struct mailbox *work_mailbox(unsigned cpu)
{
    return (struct mailbox *)work_system.cpus[cpu]->work;
}

/* 1 if the program is to be stopped: stop_check has something to do. */
WORK_INLINE int work_is_stopping(void)
{
    return *work_system.stopping;
}

/* One turn of a loop that waits for another CPU. */
WORK_INLINE void work_pause(void)
{
    cpu_pause();
    if (work_is_stopping())
        work_system.kernel->stop_check();
}

/* Boot CPU, whenever os is entered; no program runs. */
void work_init(const struct baremetal *os,
               const struct kernel_services *kernel);

/* 1 if it has work, or is about to get some. Acquire: if not, what it did
 * before is seen. */
WORK_INLINE int work_is_busy(unsigned cpu)
{
    return __atomic_load_n(&work_mailbox(cpu)->state, __ATOMIC_ACQUIRE) !=
           WORK_IDLE;
}

/* Makes an idle CPU busy, for the caller to give it something; 0 if it is
 * not idle. */
WORK_INLINE int work_claim(struct mailbox *box)
{
    uint64_t idle = WORK_IDLE;

    /* Acquire: the last owner is through with the box. */
    if (!__atomic_compare_exchange_n(&box->state, &idle, WORK_BUSY, 0,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return 0;
    __atomic_store_n(&box->given, box->given + 1, __ATOMIC_RELEASE);
    return 1;
}

/* Wakes a CPU that seems to be idle, if there is one, to look at the queue. */
void work_wake_one(void);

/* So many idle CPUs were claimed, and given something, that may just have been
 * woken for the queue: wakes others for as many items as wait there. */
void work_wake_others(uint64_t claimed);

/* struct os_head's; the first two by that CPU's idle loop, interrupts off. */
struct os_work work_next(unsigned cpu);
void work_done(unsigned cpu);
void work_reset(void);

/* baremetal.h: cpu_run, cpu_wait, cpu_wait_all. */
int work_run(unsigned cpu, baremetal_work *function, void *argument);
int work_wait(unsigned cpu);
void work_wait_all(void);
