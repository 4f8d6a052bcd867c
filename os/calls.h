/* calls.h - the two tables of calls.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/services.h>

/* The interface of programs, at BAREMETAL_INTERFACE: that far into os. */
#define OS_INTERFACE_OFFSET 0x100
extern const struct baremetal os_calls;

/* What the kernel offers os. */
extern const struct kernel_services os_kernel;
