/* fault_words.h - exceptions in words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/services.h>

#define FAULT_BREAKPOINT 3
#define FAULT_PAGE 14

const char *fault_name(uint64_t vector);

/* What a page fault did at CR2, by its error code. */
const char *fault_access(uint64_t error);

/* What the error code, or all there is, means; 0 if nobody knows. */
const char *fault_explain(const struct kernel_fault *fault);

/* The name of the call in that slot: of a table at that address, or that far
 * into struct baremetal; 0 if there is none. */
const char *fault_call_name(uint64_t slot, int is_address);
