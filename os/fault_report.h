/* fault_report.h - tells the user about exceptions the kernel recorded.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/services.h>

/* Prints what is recorded and not yet reported, in the words "in program
 * NAME", or "in the system" if `program` is 0; then frees the records. */
void fault_report(const struct baremetal *os,
                  const struct kernel_services *kernel, const char *program);

/* Shows the one that was reported last; 0 if there was none. */
int fault_report_last(const struct baremetal *os);

/* struct os_head's panic. */
void fault_panic(uint64_t rip) __attribute__((noreturn));
