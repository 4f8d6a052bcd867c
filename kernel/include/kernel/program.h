/* program.h - running one program, and starting os.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * All of it is for the boot CPU, but for what says otherwise.
 */
#pragma once
#include <kernel/services.h>
#include <pure64/layout.h>

/* The os binary; program_check_os looks for its magic. */
#define OS_HEAD ((const struct os_head *)LAYOUT_OS)

/* See struct kernel_services. */
int program_run(struct kernel_program *program);

/* Ends the running program with that status; without one, starts os again.
 * Any CPU. */
void program_exit(int status) __attribute__((noreturn));

/* The program that runs, 0 if none does. Any CPU may ask. */
const struct kernel_program *program_current(void);

/* Back to the caller of program_run, which returns `end`. From any stack;
 * only while a program runs. */
void program_leave(enum program_end end) __attribute__((noreturn));

/* What the program's CPUs are to see to, 0 if nothing: enum program_end it is
 * to end by, and KERNEL_CALLBACK. */
extern volatile uint8_t program_attention;

/* Asks that the running program end so; 0 if none runs. Any CPU. */
int program_ask(enum program_end end);

/* Does what was asked for: on the boot CPU it does not return if the program
 * is to end, unless that CPU works with a disk, and runs callbacks; another CPU
 * tells the boot CPU until the program has ended. Any CPU, with no lock of the
 * console held; not in the midst of something that the boot CPU may have to
 * wait for. */
void program_check(void);

/* Stops all other CPUs and lets them look for work again; see cpu_stop. Does
 * nothing on another CPU. */
void program_reset_cpus(void);

/* Without os there is nothing to do: says so, and does not return. */
void program_check_os(void);

/* Enters os on a fresh system stack, interrupts on. */
void system_start(void) __attribute__((noreturn));
