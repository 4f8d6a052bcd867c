/* dump.h - bytes in hex and as text.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

#define DUMP_LINE 16u

/* One line: the address, up to DUMP_LINE bytes, and their text. */
void dump_line(const struct baremetal *os, uint64_t address,
               const uint8_t *bytes, unsigned count);
