/* code_page.h - the character set of short names.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* Unicode of the characters 0x80-0xFF of the original IBM PC. */
extern const uint16_t code_page_437[128];
