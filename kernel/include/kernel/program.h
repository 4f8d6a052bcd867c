/* program.h - running one program, and starting os.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * All of it is for the boot CPU.
 */
#pragma once
#include <kernel/services.h>

/* See struct kernel_services. */
int program_run(struct kernel_program *program);

/* Ends the running program with that status; without one, starts os again. */
void program_exit(int status) __attribute__((noreturn));

/* The program that runs, 0 if none does. Any CPU may ask. */
const struct kernel_program *program_current(void);

/* Back to the caller of program_run, which returns `end`. From any stack;
 * only while a program runs. */
void program_leave(enum program_end end) __attribute__((noreturn));

/* Enters os on a fresh system stack, interrupts on. */
void system_start(void) __attribute__((noreturn));
