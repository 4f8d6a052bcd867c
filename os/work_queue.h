/* work_queue.h - the queue from which idle CPUs take.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * queue_add, queue_run and queue_length are described in baremetal.h. Any
 * CPU.
 */
#pragma once
#include <kernel/services.h>

#define WORK_QUEUE_ITEMS 1024 /* as baremetal.h promises; a power of two */

int work_queue_add(baremetal_work *function, void *argument);
int work_queue_run(void);
size_t work_queue_length(void);

/* Runs items until there are none. An idle CPU's work; no argument. */
void work_queue_drain(void *unused);

/* Empties it. Boot CPU, all others stopped. */
void work_queue_reset(void);
