/* calls.h - the calls of struct baremetal that os provides.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* Only its end is filled in, from cpu_info on. The kernel copies that behind
 * the calls that it provides itself: see struct os_head. */
extern const struct baremetal os_calls;
