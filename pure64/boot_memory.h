/* boot_memory.h - pages for what stays in use after pure64.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Page tables, the start page and the stacks of the other CPUs and the CPU
 * list have no fixed place. They come from base memory behind the page
 * directories at LAYOUT_HIGH_PD, else from the end of usable RAM below
 * 4 GiB. What is taken here never shows in the RAM list, nor in the RAM at
 * 0xFFFF8...; nothing is ever given back. Boot CPU only.
 */
#pragma once
#include "memory_map.h"
#include <pure64/boot_info.h>
#include <stdint.h>

#define BOOT_MEMORY_PAGE 4096u

/* Base memory that only boot_memory_take_low may have, in pages. */
#define BOOT_MEMORY_LOW_PAGES 4u

/* Before any other: `usable` is the cleaned memory map, of whose pages only
 * the first `limit` bytes are used. Sets aside the fixed regions below 0x8000,
 * `directories` pages from LAYOUT_HIGH_PD, and, only while pure64 runs, all
 * that boot_info points to. */
void boot_memory_init(const struct boot_info *boot,
                      const struct memory_ranges *usable, uint64_t limit,
                      unsigned directories);

/* `pages` adjacent 4 KiB pages, all bytes zero, below 4 GiB; their physical
 * address (identity mapped), or 0 when there is no such run. */
uint64_t boot_memory_take(unsigned pages);

/* As boot_memory_take, but with undefined content: for tables that are
 * filled entirely. */
uint64_t boot_memory_take_raw(unsigned pages);

/* As boot_memory_take, but below 640 KiB and so in reach of a CPU in real
 * mode: STARTUP's vector is bits 19:12 of the address. */
uint64_t boot_memory_take_low(unsigned pages);

/* Usable RAM without what was taken: page granular, ascending, merged. */
const struct memory_ranges *boot_memory_free(void);
