/* debug.h - what programs call to see what they are at.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/interrupt.h>
#include <stddef.h>

/* struct os_head's exception: GDB's, or a breakpoint of a program. */
int debug_exception(struct interrupt_frame *frame);

/* struct baremetal's; any CPU. */
void debug_registers(void);
void debug_backtrace(void);
void debug_break(void);
int debug_memory(const void *address, size_t bytes);
