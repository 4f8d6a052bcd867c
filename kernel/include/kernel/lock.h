/* lock.h - spin locks that know their holder, so that they can be broken when
 * it is stopped.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* Zeroed: free. */
struct lock {
    uint32_t holder; /* number of the CPU that holds it, plus 1; 0: none */
};

/* 1 if this CPU holds it now. Any CPU. */
int lock_try(struct lock *lock);

/* Waits for it as long as it takes; never taken twice by a CPU. Any CPU. */
void lock_take(struct lock *lock);

/* A full barrier. */
void lock_release(struct lock *lock);

/* 1 if this CPU held it already. */
int lock_held(const struct lock *lock);
