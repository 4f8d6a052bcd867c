/* debug.h - what programs call to see what they are at.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>

/* Breakpoints of programs are reported from now on, and the program goes on.
 * Boot CPU, at start. */
void debug_start(void);

/* struct baremetal's; any CPU. */
void debug_registers(void);
void debug_backtrace(void);
void debug_break(void);
int debug_memory(const void *address, size_t bytes);
