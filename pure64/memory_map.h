/* memory_map.h - which RAM is free, from whatever the firmware reports.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Sources: E820 records (ACPI specification, "System Address Map
 * Interfaces"), as 32-byte records, or the UEFI memory map (UEFI
 * specification, "EFI_BOOT_SERVICES.GetMemoryMap()"). Neither is trusted to be
 * sorted, merged or free of overlaps: where records disagree about a byte,
 * the one that says it is not free wins. Portable C: also runs on a host.
 */
#pragma once
#include <pure64/sysinfo.h>
#include <stdint.h>

#define MEMORY_MAP_PAGE 4096u
#define MEMORY_RANGES_MAX SYSINFO_RAM_MAX

/* A set of bytes: ascending, never empty, overlapping or touching. When
 * `range` is full the smallest range goes and `lost` counts it: the set then
 * holds less than it should, never more. */
struct memory_ranges {
    unsigned count, lost;
    struct sysinfo_ram range[MEMORY_RANGES_MAX];
};

/* E820 as the boot stage stores it. */
struct memory_e820 {
    uint64_t base, length;
    uint32_t type, attributes;
    uint64_t zero;
};

/* EFI_MEMORY_DESCRIPTOR; the firmware's own may be longer. */
struct memory_uefi {
    uint32_t type, reserved;
    uint64_t physical, virtual, pages, attributes;
};

enum memory_format { MEMORY_E820, MEMORY_UEFI };

struct memory_source {
    const void *records;
    uint32_t bytes;        /* of all records; a fraction at the end is ignored */
    uint32_t record_bytes;
    enum memory_format format;
};

/* What memory_map_type says about an address in no record. */
#define MEMORY_TYPE_NONE 0xFFFFFFFFu

/* Adds [base, base + size) to the set or takes it out; a range that passes
 * 2^64 ends there. */
void memory_ranges_add(struct memory_ranges *set, uint64_t base,
                       uint64_t size);
void memory_ranges_remove(struct memory_ranges *set, uint64_t base,
                          uint64_t size);

/* Keeps only the first `size` bytes of the set, lowest addresses first. */
void memory_ranges_limit(struct memory_ranges *set, uint64_t size);

/* Shrinks every range to whole pages. */
void memory_ranges_align(struct memory_ranges *set);

/* The range that holds `address`, or 0. */
const struct sysinfo_ram *memory_ranges_find(const struct memory_ranges *set,
                                             uint64_t address);

/* Bytes in the set. */
uint64_t memory_ranges_total(const struct memory_ranges *set);

/* Fills the set with the bytes below `limit` that some record calls usable
 * (E820: type 1; UEFI: loader, boot services and conventional memory) and
 * no record calls anything else. Usable records of length 0, or that pass
 * 2^64, are ignored. */
void memory_map_read(const struct memory_source *source, uint64_t limit,
                     struct memory_ranges *set);

/* The firmware's type of the byte at `address`: of the first record that
 * does not call it usable, else of one that does, else MEMORY_TYPE_NONE. */
uint32_t memory_map_type(const struct memory_source *source,
                         uint64_t address);
