/* console.h - text out to COM1 and the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Text is that of baremetal.h: UTF-8, enum baremetal_control. On a screen as wide as
 * the terminal at COM1, the same text gives the same picture on both. The
 * edges behave as a VT100's: LEFT and ERASE stop in the first column, RIGHT
 * and TAB in the last, and the character behind a full line goes to the next
 * line only when it comes.
 */
#pragma once
#include <baremetal.h>

/* Finds COM1 and the screen. Boot CPU, once, at start. Text written earlier
 * goes to COM1 alone. With console=serial or console=screen in the boot command
 * line no text goes to the other; keys are taken from both. */
void console_start(void);

/* Writes length bytes. Any CPU, interrupts on or off, never waits without
 * end. Up to 128 bytes written at once stay together. */
void console_write(const char *text, size_t length);

/* Text size, cursor, frame buffer; all 0 but the column without a screen.
 * Boot CPU. */
void console_screen(struct baremetal_screen *screen);

/* Takes COM1 and screen for more than one step; returns what console_unlock
 * wants. Interrupts are off in between, and nothing may fault. Any CPU. */
uint64_t console_lock(void);
void console_unlock(uint64_t flags);

/* Sends the terminal at COM1 what is for it alone: escape sequences. With the
 * lock. */
void console_terminal(const char *text, size_t length);

/* struct os_head's cpu_left: gives the console's lock back if this CPU holds
 * it. */
void console_leave(void);
