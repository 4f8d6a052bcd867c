/* ram_map.h - the firmware's map of memory, whichever it was.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Kept as a BIOS gives it, at LAYOUT_E820. UEFI's, which stands in what becomes
 * program memory, is brought into that form at start.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Advanced Configuration and Power Interface Specification 6.5, "System Address
 * Map Interfaces", table "Address Range Types". */
enum ram_type {
    RAM_USABLE = 1,
    RAM_RESERVED = 2,
    RAM_ACPI = 3,       /* tables: reclaimable */
    RAM_ACPI_NVS = 4,
    RAM_UNUSABLE = 5,
    RAM_PERSISTENT = 7,
};

struct ram_range {
    uint64_t base, size; /* bytes */
    uint32_t type;       /* enum ram_type */
};

/* Boot CPU, once, before os takes memory. Records behind the 63rd are dropped:
 * the rest of the page, 2 to 4 KiB, is returned, and its size. */
void *ram_map_start(size_t *size);

/* The range with the lowest base that is `from` or above: 1, or 0 if there is
 * none. */
int ram_map_next(uint64_t from, struct ram_range *range);
