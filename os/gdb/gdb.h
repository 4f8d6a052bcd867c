/* gdb.h - a debugger on a serial line: GDB's remote protocol.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * With gdb=com1 or gdb=com2 among the boot options (115200 8N1) the system
 * listens there; `target remote` stops the machine wherever it is. Exceptions
 * and breakpoints on any CPU then stop all of them, until GDB lets them go on;
 * until it connects, and when it has detached, all is as without it. CPUs are
 * GDB's threads, numbered from 1. The keys of COM1 are GDB's if that is its
 * line, and no text goes there.
 */
#pragma once
#include <kernel/interrupt.h>

/* Opens the line if the options name one. Boot CPU, once, when interrupts can
 * be routed. */
void gdb_start(void);

/* 1 if COM1 is GDB's. */
int gdb_has_com1(void);

/* 1 if the port at that I/O address is. */
int gdb_has_port(uint16_t base);

/* An exception that nobody has handled yet: 1 if GDB took it, and what was
 * interrupted goes on as *frame says now. Any CPU, interrupts off. */
int gdb_exception(struct interrupt_frame *frame);
