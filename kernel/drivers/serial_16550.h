/* serial_16550.h - COM1.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>

/* Finds the UART and turns its receive interrupt on. Boot CPU, once, after
 * interrupt_init. */
void serial_init(void);

/* Writes console text as an ANSI terminal wants it. Any CPU, with the
 * console lock held. A transmitter that does not become ready holds it up
 * for half a second once; the text is dropped then. */
void serial_write(const char *text, size_t length);

/* Hands what was received to console_key_add. Any CPU, with the console's lock
 * held. */
void serial_receive(void);

/* 1 while an Escape waits for what may follow, for at most 10 ms; then
 * serial_receive adds it. With the console's lock held. */
int serial_pending(void);
