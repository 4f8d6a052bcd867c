/* crc32.h - the CRC of the GPT.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in IEEE 802.3 (reflected, polynomial 0x04C11DB7). Start with
 * crc 0; the result of one part is the start of the next. */
uint32_t crc32(uint32_t crc, const void *data, size_t size);
