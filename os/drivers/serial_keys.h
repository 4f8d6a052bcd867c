/* serial_keys.h - keys typed at a terminal on COM1.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* Not 0: what comes in are no keys, and is left for the program. Boot CPU. */
extern volatile uint8_t serial_keys_off;

/* Makes COM1, if it is there, a source of input.h and turns its receive
 * interrupt on. Boot CPU, once. */
void serial_keys_start(void);

/* 1 while an Escape waits for what may follow, for at most 50 ms; then
 * the source adds it. Only inside input.c's lock. */
int serial_keys_pending(void);
