/* native.h - the two tables of calls: for programs, and for os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/services.h>

/* At BAREMETAL_INTERFACE. */
extern const struct baremetal baremetal;

extern const struct kernel_services kernel_services;
