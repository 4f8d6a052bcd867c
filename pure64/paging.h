/* paging.h - the page tables the kernel starts with.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "4-Level Paging and 5-Level Paging". Physical memory
 * and devices at their own address: GiB pages where the CPU has them, else
 * 2 MiB ones; memory types are the MTRRs', but the frame buffer is
 * write-combining by PAT entry 5. From LAYOUT_HIGH_RAM: all free RAM in
 * 2 MiB pages. Boot CPU only.
 */
#pragma once
#include "memory_map.h"
#include <pure64/boot_info.h>
#include <stdint.h>

/* Makes the frame buffer reachable through the tables of entry.asm, which
 * otherwise show the first GiB (BIOS) or the first 4 GiB (UEFI) only. 0, or -1
 * when it is so high that only the final tables will show it. */
int paging_map_frame_early(const struct boot_info *boot);

/* How many pages from LAYOUT_HIGH_PD the directories of all whole 2 MiB
 * frames in `usable` and their end mark need, as far as base memory goes. */
unsigned paging_directory_pages(const struct memory_ranges *usable);

/* Builds the tables and loads CR3: 0-16 GiB and all of `usable`, frame
 * buffer write-combining. After boot_memory_init. Stops with an error when
 * memory runs out. */
void paging_init(const struct boot_info *boot,
                 const struct memory_ranges *usable);

/* Makes sure that a device's registers can be reached at their own address;
 * no TLB flush needed. After paging_init, before cpus_start or after it.
 * 0, or -1 when the range cannot be mapped (above 2^47 or what the CPU can
 * address, or no page left for the table): then nobody may touch it. */
int paging_map_device(uint64_t base, uint64_t size);

/* Fills the directories at LAYOUT_HIGH_PD with the 2 MiB frames from
 * LAYOUT_RAM_START up that are wholly in `available`; number of frames.
 * After the last boot_memory_take. */
uint64_t paging_map_high(const struct memory_ranges *available);

/* 1 if the identity map uses 1 GiB pages. */
int paging_uses_gib_pages(void);
