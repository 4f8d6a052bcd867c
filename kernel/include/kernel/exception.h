/* exception.h - what happens on an exception.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/interrupt.h>
#include <kernel/services.h>

/* What os reports; see struct kernel_services. */
extern struct kernel_fault exception_faults[KERNEL_FAULTS];

/* Records the exception. Then: in a program, ends it; outside a program,
 * starts os again; on another CPU, parks that CPU. os does the talking. Any
 * CPU, interrupts off. */
void exception_handle(const struct interrupt_frame *frame)
    __attribute__((noreturn));

/* A key was typed: os works, exceptions outside a program count from 0. */
void exception_forgive(void);
