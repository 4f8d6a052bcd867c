/* lock.c - spin locks that know their holder.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/lock.h>
#include <kernel/cpu.h>
#include <pure64/cpu.h>

int lock_held(const struct lock *lock)
{
    return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) ==
           cpu_number() + 1;
}

int lock_try(struct lock *lock)
{
    uint32_t free = 0;

    /* Acquire: what the last holder did is seen. */
    return __atomic_compare_exchange_n(&lock->holder, &free, cpu_number() + 1,
                                       0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) ||
           lock_held(lock);
}

void lock_take(struct lock *lock)
{
    while (!lock_try(lock))
        cpu_pause();
}

void lock_release(struct lock *lock)
{
    __atomic_store_n(&lock->holder, 0, __ATOMIC_SEQ_CST);
}
