/* serial_calls.h - bytes to and from COM1..COM4, for programs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* struct baremetal's. */
int64_t serial_calls_send(unsigned port, const void *bytes, size_t size);
int64_t serial_calls_receive(unsigned port, void *bytes, size_t size);
int serial_calls_speed(unsigned port, unsigned bits_per_second);

/* The program has ended: what comes at COM1 are keys again. Boot CPU. */
void serial_calls_reset(void);
