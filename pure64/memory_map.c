/* memory_map.c - which RAM is free, from whatever the firmware reports.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "memory_map.h"
#include <pure64/string.h>

#define E820_USABLE 1u

/* EFI_MEMORY_TYPE. */
enum {
    UEFI_LOADER_CODE = 1,
    UEFI_LOADER_DATA = 2,
    UEFI_BOOT_SERVICES_CODE = 3,
    UEFI_BOOT_SERVICES_DATA = 4,
    UEFI_CONVENTIONAL = 7,
};

/* One record, whatever its format: bytes base..last. */
struct record {
    uint64_t base, last;
    uint32_t type;
    int usable;
    int wraps;             /* passes 2^64; last is cut to the end */
};

static uint64_t end_of(uint64_t base, uint64_t size)
{
    return size > UINT64_MAX - base ? UINT64_MAX : base + size;
}

static void range_delete(struct memory_ranges *set, unsigned i)
{
    set->count--;
    memmove(&set->range[i], &set->range[i + 1],
            (set->count - i) * sizeof set->range[0]);
}

static unsigned range_smallest(const struct memory_ranges *set)
{
    unsigned best = 0;
    for (unsigned i = 1; i < set->count; i++)
        if (set->range[i].size < set->range[best].size)
            best = i;
    return best;
}

/* Puts a range that touches no other before number i. In a full set the
 * smallest of them all, perhaps the new one, is given up. */
static void range_insert(struct memory_ranges *set, unsigned i,
                         uint64_t base, uint64_t size)
{
    if (set->count == MEMORY_RANGES_MAX) {
        unsigned smallest = range_smallest(set);
        set->lost++;
        if (set->range[smallest].size >= size)
            return;
        range_delete(set, smallest);
        if (smallest < i)
            i--;
    }
    memmove(&set->range[i + 1], &set->range[i],
            (set->count - i) * sizeof set->range[0]);
    set->range[i] = (struct sysinfo_ram){base, size};
    set->count++;
}

void memory_ranges_add(struct memory_ranges *set, uint64_t base,
                       uint64_t size)
{
    uint64_t end = end_of(base, size);
    unsigned i = 0;

    if (end == base)
        return;
    while (i < set->count &&
           set->range[i].base + set->range[i].size < base)
        i++;
    /* Take in all ranges that overlap or touch. */
    while (i < set->count && set->range[i].base <= end) {
        uint64_t other = set->range[i].base + set->range[i].size;
        if (set->range[i].base < base)
            base = set->range[i].base;
        if (other > end)
            end = other;
        range_delete(set, i);
    }
    range_insert(set, i, base, end - base);
}

void memory_ranges_remove(struct memory_ranges *set, uint64_t base,
                          uint64_t size)
{
    uint64_t end = end_of(base, size);
    unsigned i = 0;

    while (i < set->count && base < end) {
        struct sysinfo_ram old = set->range[i];
        uint64_t old_end = old.base + old.size;
        if (old_end <= base) {
            i++;
            continue;
        }
        if (old.base >= end)
            break;
        if (old.base < base && old_end > end) {
            set->range[i].size = base - old.base;
            range_insert(set, i + 1, end, old_end - end);
            break;
        }
        if (old.base < base)
            set->range[i++].size = base - old.base;
        else if (old_end > end)
            set->range[i++] = (struct sysinfo_ram){end, old_end - end};
        else
            range_delete(set, i);
    }
}

void memory_ranges_limit(struct memory_ranges *set, uint64_t size)
{
    for (unsigned i = 0; i < set->count; i++) {
        if (set->range[i].size >= size) {
            set->range[i].size = size;
            set->count = i + (size > 0);
            return;
        }
        size -= set->range[i].size;
    }
}

void memory_ranges_align(struct memory_ranges *set)
{
    const uint64_t mask = MEMORY_MAP_PAGE - 1;
    unsigned kept = 0;

    for (unsigned i = 0; i < set->count; i++) {
        uint64_t base = (set->range[i].base + mask) & ~mask;
        uint64_t end = (set->range[i].base + set->range[i].size) & ~mask;
        if (base < end)
            set->range[kept++] = (struct sysinfo_ram){base, end - base};
    }
    set->count = kept;
}

const struct sysinfo_ram *memory_ranges_find(const struct memory_ranges *set,
                                             uint64_t address)
{
    for (unsigned i = 0; i < set->count; i++)
        if (address - set->range[i].base < set->range[i].size)
            return &set->range[i];
    return 0;
}

uint64_t memory_ranges_total(const struct memory_ranges *set)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < set->count; i++)
        total += set->range[i].size;
    return total;
}

static int uefi_usable(uint32_t type)
{
    return type == UEFI_LOADER_CODE || type == UEFI_LOADER_DATA ||
           type == UEFI_BOOT_SERVICES_CODE ||
           type == UEFI_BOOT_SERVICES_DATA || type == UEFI_CONVENTIONAL;
}

/* Reads record number i; 0 behind the last. An empty one has last < base. */
static int record_read(const struct memory_source *source, unsigned i,
                       struct record *record)
{
    uint64_t at = (uint64_t)i * source->record_bytes, size;
    struct memory_e820 e820;
    struct memory_uefi uefi;
    uint32_t need = source->format == MEMORY_UEFI ? sizeof uefi : sizeof e820;
    int too_long = 0;

    if (source->record_bytes < need ||
        at + source->record_bytes > source->bytes)
        return 0;
    if (source->format == MEMORY_UEFI) {
        memcpy(&uefi, (const char *)source->records + at, sizeof uefi);
        too_long = uefi.pages > UINT64_MAX / MEMORY_MAP_PAGE;
        size = uefi.pages * MEMORY_MAP_PAGE;
        *record = (struct record){uefi.physical, 0, uefi.type,
                                  uefi_usable(uefi.type), 0};
    } else {
        memcpy(&e820, (const char *)source->records + at, sizeof e820);
        size = e820.length;
        *record = (struct record){e820.base, 0, e820.type,
                                  e820.type == E820_USABLE, 0};
    }
    record->last = record->base + size - 1;
    record->wraps = too_long || (size > 0 && record->last < record->base);
    if (record->wraps)
        record->last = UINT64_MAX;
    else if (size == 0) /* empty, also at address 0 */
        *record = (struct record){1, 0, record->type, 0, 0};
    return 1;
}

void memory_map_read(const struct memory_source *source, uint64_t limit,
                     struct memory_ranges *set)
{
    struct record record;

    set->count = 0;
    set->lost = 0;
    for (unsigned i = 0; record_read(source, i, &record); i++)
        if (record.usable && !record.wraps && record.base < limit)
            memory_ranges_add(set, record.base, record.last < limit
                              ? record.last - record.base + 1
                              : limit - record.base);
    /* After all of the usable ones, so that the order does not matter. */
    for (unsigned i = 0; record_read(source, i, &record); i++)
        if (!record.usable && record.base <= record.last)
            memory_ranges_remove(set, record.base,
                                 end_of(record.last - record.base, 1));
}

uint32_t memory_map_type(const struct memory_source *source,
                         uint64_t address)
{
    uint32_t type = MEMORY_TYPE_NONE;
    struct record record;

    for (unsigned i = 0; record_read(source, i, &record); i++) {
        if (address < record.base || address > record.last)
            continue;
        if (!record.usable)
            return record.type;
        type = record.type;
    }
    return type;
}
