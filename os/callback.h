/* callback.h - calling a program's functions from interrupts.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A callback runs on the boot CPU in ordinary context, as if the program had
 * called it where the interrupt came: between two of its instructions, or
 * where the system waits for something and holds no lock. What comes while
 * the system works waits until it is back in the program.
 */
#pragma once
#include <kernel/interrupt.h>

/* Boot CPU, before drivers. */
void callback_start(void);

/* No callback is under way or waits any more: the program has ended. */
void callback_reset(void);

/* timer.c's callback is due. Boot CPU, in an interrupt handler. */
void callback_raise(void);

/* Before the return from an interrupt: goes to the callback first if the
 * program was interrupted. Boot CPU. */
void callback_interrupted(struct interrupt_frame *frame);

/* struct os_head's callbacks: in ordinary context. */
void callback_check(void);

/* Called by callback_entry.asm: runs what is due. */
void callback_run(void);

/* 1 while one runs: what it calls may have interrupted the same call. Boot
 * CPU. */
int callback_is_running(void);

/* If one is due that could not be run now, sees to it that it is run soon.
 * Boot CPU. */
void callback_later(void);
