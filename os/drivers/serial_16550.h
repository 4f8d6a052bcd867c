/* serial_16550.h - COM1.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>

/* Finds the UART, if it is not the debugger's. Boot CPU, once. */
void serial_start(void);

/* Sends bytes as they are: otherwise as serial_write. */
void serial_write_raw(const char *bytes, size_t length);

/* 1: the terminal's first row is a status line, and is not cleared. */
void serial_keep_first_row(int keep);

/* 1 if there is one. Any CPU. */
int serial_available(void);

/* Writes console text as an ANSI terminal wants it. Any CPU, with the
 * console lock held. A transmitter that does not become ready holds it up
 * for half a second once; the text is dropped then. */
void serial_write(const char *text, size_t length);
