/* timer.h - callbacks after a time by the boot CPU's local APIC timer.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* struct baremetal's timer and timer_periodic. */
int timer_set(uint64_t ns, baremetal_callback *callback, void *argument);
int timer_set_periodic(uint64_t ns, baremetal_callback *callback,
                       void *argument);

/* Another interrupt, that soon, for callback.c. Boot CPU, interrupts off. */
void timer_retry(uint32_t us);

/* Calls the program's callback if its time has come. Boot CPU. */
void timer_run_callback(void);

/* Forgets the callback: the program has ended. Boot CPU. */
void timer_reset(void);
