/* legacy_callback.h - callbacks of flat programs of the original system.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * All of it is for the boot CPU, which callbacks run on.
 */
#pragma once
#include <stdint.h>

/* None is set, the timer's period is 1 ms: a program is about to start. */
void legacy_callback_reset(void);

/* From now on a function at that address is called: again and again, after a
 * frame, after a key. 0: no more. */
void legacy_callback_timer(uint64_t address);
void legacy_callback_network(uint64_t address);
void legacy_callback_keyboard(uint64_t address);

/* The timer's period; 0 stops it. */
void legacy_timer_set(uint64_t period_ns);
