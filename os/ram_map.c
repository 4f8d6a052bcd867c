/* ram_map.c - the firmware's map of memory, whichever it was.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "ram_map.h"
#include "system.h"
#include <pure64/boot_info.h>
#include <pure64/layout.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* As pure64 leaves them; both lists end with a record of zeros. */
struct e820_record {
    uint64_t base, length;
    uint32_t type, attributes;
    uint64_t zero;
};
struct uefi_record {
    uint64_t type, physical, virtual, pages, attributes, padding;
};
_Static_assert(sizeof(struct e820_record) == 32, "published size");
_Static_assert(sizeof(struct uefi_record) == 48, "published size");

#define RECORDS 64 /* with the one of zeros */
#define MAP ((struct e820_record *)LAYOUT_E820)
#define PAGE_SHIFT 12

/* ACPI Specification 6.5, "UEFI Memory Types and mapping to ACPI address range
 * types"; UEFI Specification 2.10, EFI_MEMORY_TYPE. What is not named: 2. */
static const uint8_t types[] = {
    [1] = RAM_USABLE, [2] = RAM_USABLE, [3] = RAM_USABLE, [4] = RAM_USABLE,
    [7] = RAM_USABLE, [8] = RAM_UNUSABLE, [9] = RAM_ACPI, [10] = RAM_ACPI_NVS,
    [14] = RAM_PERSISTENT,
};

static uint32_t type_of(uint64_t uefi)
{
    return uefi < sizeof types && types[uefi] ? types[uefi] : RAM_RESERVED;
}

/* Records that touch become one; what does not fit is left out. */
static void copy_uefi_map(void)
{
    const struct uefi_record *from = system_memory_at(LAYOUT_UEFI_MAP);
    struct e820_record *to = MAP;
    struct e820_record *const last = to + RECORDS - 1;

    memset(to, 0, sizeof *to);
    for (; (from->pages || from->type) && to < last; from++) {
        uint32_t type = type_of(from->type);
        uint64_t length = from->pages << PAGE_SHIFT;

        if (to->length && to->type == type &&
            to->base + to->length == from->physical) {
            to->length += length;
            continue;
        }
        if (to->length)
            to++;
        *to = (struct e820_record){ from->physical, length, type, 0, 0 };
    }
    if (to->length && to < last)
        to++;
    memset(to, 0, sizeof *to);
}

static int is_record(const struct e820_record *record)
{
    return record->length || record->base;
}

void *ram_map_start(size_t *size)
{
    struct e820_record *end = MAP;

    if (SYSINFO->way == BOOT_WAY_UEFI)
        copy_uefi_map();
    while (end < MAP + RECORDS - 1 && is_record(end))
        end++;
    memset(end++, 0, sizeof *end);
    *size = (size_t)(LAYOUT_E820 + LAYOUT_E820_SIZE - (uintptr_t)end);
    return end;
}

int ram_map_next(uint64_t from, struct ram_range *range)
{
    range->size = 0;
    for (const struct e820_record *record = MAP; is_record(record); record++)
        if (record->length && record->base >= from &&
            (!range->size || record->base < range->base))
            *range = (struct ram_range){ record->base, record->length,
                                         record->type };
    return range->size > 0;
}
