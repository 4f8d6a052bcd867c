/* sync.c - ticket locks and barriers.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "sync.h"
#include "work.h"

/* Acquire: after all that the last owner did before its release. */
WORK_INLINE int is_owner(struct baremetal_lock *lock, uint16_t ticket)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == ticket;
}

/* Waits while the program is being stopped. Not in sync_lock, so that this
 * one saves no registers for a call that it hardly ever makes. */
static __attribute__((noinline)) void
lock_stopping(struct baremetal_lock *lock, uint16_t ticket)
{
    while (!is_owner(lock, ticket))
        work_pause();
}

void sync_lock(struct baremetal_lock *lock)
{
    uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (!is_owner(lock, ticket)) {
        cpu_pause();
        /* Right behind the PAUSE: the way out is short. */
        if (is_owner(lock, ticket))
            return;
        if (work_is_stopping()) {
            lock_stopping(lock, ticket);
            return;
        }
    }
}

void sync_unlock(struct baremetal_lock *lock)
{
    /* Nobody but the owner writes that field. */
    uint16_t next = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) + 1;

    __atomic_store_n(&lock->owner, next, __ATOMIC_RELEASE);
}

void sync_barrier_wait(struct baremetal_barrier *barrier)
{
    /* Before the arrival is counted: afterwards it may change at once. */
    uint32_t phase = __atomic_load_n(&barrier->phase, __ATOMIC_RELAXED);

    /* Release and acquire: what each CPU did before is seen by the last one,
     * and by the change of phase, by all. */
    if (__atomic_add_fetch(&barrier->waiting, 1, __ATOMIC_ACQ_REL) >=
        barrier->count) {
        __atomic_store_n(&barrier->waiting, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&barrier->phase, phase + 1, __ATOMIC_RELEASE);
        return;
    }
    while (__atomic_load_n(&barrier->phase, __ATOMIC_ACQUIRE) == phase)
        work_pause();
}
