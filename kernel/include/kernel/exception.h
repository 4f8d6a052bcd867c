/* exception.h - what happens on an exception.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/interrupt.h>
#include <kernel/services.h>

/* What os reports; see struct kernel_services. */
extern struct kernel_fault exception_faults[KERNEL_FAULTS];

/* Records the exception. Then, on the boot CPU: ends the program, or outside
 * of one starts os again; does not return. On another CPU: asks the boot CPU
 * to end the program, and returns with the frame changed so that this CPU goes
 * idle; the caller calls program_check. os does the talking. Any CPU, interrupts off. */
void exception_handle(struct interrupt_frame *frame);

/* The other CPUs were stopped: a record that one of them was writing is free
 * again. Boot CPU. */
void exception_settle(void);

/* A key was typed: os works, exceptions outside a program count from 0. */
void exception_forgive(void);
