/* sync.h - ticket locks and barriers; see baremetal.h. Any CPU.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

void sync_lock(struct baremetal_lock *lock);
void sync_unlock(struct baremetal_lock *lock);
void sync_barrier_wait(struct baremetal_barrier *barrier);
