/* fault_report.h - tells the user about exceptions the kernel recorded.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "fault_file.h"
#include <kernel/services.h>

/* The program that is about to be entered; it and what it points to stay
 * until fault_report. Its stack is cleared. Boot CPU, in the os. */
void fault_begin(const struct fault_program *program);

/* Prints what is recorded and not yet reported on the console, and frees the
 * records. If `program` is not 0, it has ended: names and lines of its file
 * are looked up, and the same text goes to crash.txt. Else, "in the system":
 * no disk is touched. Boot CPU. */
void fault_report(const struct kernel_services *kernel,
                  const struct fault_program *program);

/* Shows the one that was reported last; 0 if there was none. */
int fault_report_last(const struct baremetal *os);

/* Of the program that runs, or of the one in the midst of fault_report: its
 * memory and the stack of a CPU. */
struct frames_view fault_view(unsigned cpu);

/* Registers, and the calls before, without names of the program. Any CPU. */
void fault_print_registers(const struct baremetal *os,
                           const struct interrupt_frame *frame);
void fault_print_frames(const struct baremetal *os, uint64_t rip,
                        const struct frames *frames);

/* struct os_head's panic. */
void fault_panic(uint64_t rip) __attribute__((noreturn));
