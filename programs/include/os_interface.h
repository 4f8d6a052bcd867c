/* os_interface.h - the program interface, for code that is not main.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* What main gets as its third argument stands at a fixed address. */
#define os_interface ((const struct baremetal *)BAREMETAL_INTERFACE)
