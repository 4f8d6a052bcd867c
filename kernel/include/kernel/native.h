/* native.h - the two tables of calls: for programs, and for os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/services.h>

/* At BAREMETAL_INTERFACE. */
extern const struct baremetal baremetal;

/* Puts os's calls behind the kernel's. Boot CPU, once, before os runs. */
void native_init(void);

extern const struct kernel_services kernel_services;
