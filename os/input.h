/* input.h - keys from COM1 and all keyboards.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Keys are those of baremetal.h: enum baremetal_key. Keyboards interrupt the
 * boot CPU; whoever takes a key from the ring looks at them too where they
 * cannot.
 */
#pragma once
#include <baremetal.h>
#include <stdint.h>

/* Finds COM1 and the i8042's keyboard. Boot CPU, before other drivers. */
void input_start(void);

/* os is entered again: nobody is in here any more. */
void input_reset(void);

/* All other CPUs were stopped. One of them may have had to look at keyboards
 * whose interrupts do not come again: this one does. Boot CPU, interrupts on
 * or off. */
void input_cpus_stopped(void);

#define INPUT_SOURCES_MAX 4

/* A driver of keyboards: receive() hands what was typed to input_key_add. It
 * is called with interrupts off, on any CPU, never twice at once, and must
 * not wait. Boot CPU, at start. */
void input_add_source(void (*receive)(void));

/* Only inside receive(): adds a key to the ring. Dropped when that is full, or
 * when it is the first byte of a character that does not fit, with all of it;
 * but Ctrl-C, which then replaces the last one; 0 is no key. Ctrl-C is none
 * while a program runs: it asks for its end. */
void input_key_add(unsigned key);

/* Calls all receive()s, or sees to it that who is in one of them does so
 * again. What interrupt handlers of keyboards do. Any CPU, interrupts off. */
void input_collect(void);

/* struct baremetal's key and key_wait. Boot CPU. */
int input_key(void);
int input_key_wait(void);

/* struct baremetal's key_callback. Boot CPU. */
int input_callback(baremetal_callback *callback, void *argument);
/* Calls the program's function if keys have come; forgets it. Boot CPU. */
void input_callback_run(void);
void input_callback_reset(void);

/* Takes what was typed into the ring where keyboards do not interrupt: for who
 * looks for Ctrl-C and for no key. */
void input_look(void);

/* struct os_head's: 1 if Ctrl-C is in the ring; takes it and all before it. */
int input_take_ctrl_c(void);
