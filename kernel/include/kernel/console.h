/* console.h - text out to COM1 and the screen, keys in from COM1 and PS/2.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Text and keys are those of baremetal.h: enum baremetal_control and enum
 * baremetal_key. On a screen as wide as the terminal at COM1, the same text
 * gives the same picture on both. The edges behave as a VT100's: LEFT and
 * ERASE stop in the first column, RIGHT and TAB in the last, and the
 * character behind a full line goes to the next line only when it comes.
 */
#pragma once
#include <baremetal.h>

/* Finds COM1, the screen and the keyboard. Boot CPU, once, after memory_init
 * and interrupt_init, before memory_map_program. Text written earlier goes
 * to COM1 alone. */
void console_init(void);

/* Writes length bytes. Any CPU, interrupts on or off, never waits without
 * end. Up to 128 bytes written at once stay together. */
void console_write(const char *text, size_t length);

/* The next key typed, 0 if there is none. Waits only when an Escape came
 * from COM1, at most 10 ms, for the rest of what may be a longer sequence.
 * Boot CPU, interrupts on or off. */
int console_key(void);

/* Waits for a key; the CPU halts meanwhile, interrupts on. Boot CPU; leaves
 * interrupts as they were. */
int console_key_wait(void);

/* 1 if there is a Ctrl-C among the keys that wait; takes all up to the last
 * one. Boot CPU, interrupts off, while no other CPU is at work. */
int console_take_ctrl_c(void);

/* Text size, cursor, frame buffer; all 0 but the column without a screen.
 * Boot CPU. */
void console_screen(struct baremetal_screen *screen);

/* Gives the console's lock back if this CPU holds it: it had an exception. */
void console_unlock_for_panic(void);

/* For keyboard drivers, called by console.c with its lock held: adds a
 * key to the queue. Dropped when KEYS_MAX wait already, but Ctrl-C, which
 * then replaces the last; 0 is no key. Ctrl-C is none while a program runs: it
 * asks for its end. */
void console_key_add(unsigned key);

/* Collects what the keyboards have. Any CPU, with the console's lock held. */
void console_receive(void);

/* The same, without the lock, or sees to it that the CPU that holds it does
 * so; the handler of their interrupts. Any CPU. */
void console_collect_keys(void);
