/* parallel.h - one loop on many CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "work.h"

struct parallel_loop;

/* See baremetal.h. */
void parallel_for(uint64_t begin, uint64_t end, uint64_t chunk,
                  baremetal_loop *body, void *argument);

/* The work of a CPU whose mailbox names a loop; the mailbox. */
void parallel_help(void *mailbox);
