/* boot_memory.c - pages for what stays in use after pure64.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "boot_memory.h"
#include <pure64/layout.h>
#include <pure64/options.h>
#include <pure64/string.h>

#define FOUR_GIB 0x100000000u

/* What must not be taken while pure64 runs, though it is free RAM later. */
struct busy {
    uint64_t base, end;
};
#define BUSY_MAX 7

static struct memory_ranges free_ram;
static struct busy busy[BUSY_MAX];
static unsigned busy_count;
static uint64_t directories_end;

static void busy_add(uint64_t base, uint64_t size)
{
    const uint64_t mask = BOOT_MEMORY_PAGE - 1;
    busy[busy_count++] =
        (struct busy){base & ~mask, (base + size + mask) & ~mask};
}

void boot_memory_init(const struct boot_info *boot,
                      const struct memory_ranges *usable, uint64_t limit,
                      unsigned directories)
{
    free_ram = *usable;
    memory_ranges_limit(&free_ram, limit & -(uint64_t)BOOT_MEMORY_PAGE);
    directories_end =
        LAYOUT_HIGH_PD + (uint64_t)directories * BOOT_MEMORY_PAGE;
    memory_ranges_remove(&free_ram, 0, LAYOUT_BIOS_STAGE);
    memory_ranges_remove(&free_ram, LAYOUT_HIGH_PD,
                         directories_end - LAYOUT_HIGH_PD);

    /* The kernel's, up to where the RAM at 0xFFFF8... may begin. */
    busy_add(LAYOUT_KERNEL, LAYOUT_RAM_START - LAYOUT_KERNEL);
    busy_add((uintptr_t)boot, sizeof *boot);
    busy_add(boot->memory_map, boot->memory_map_bytes);
    busy_add(boot->command_line, OPTIONS_TEXT_SIZE);
    busy_add(boot->pure64_base, boot->pure64_memory);
    busy_add(boot->kernel_source, boot->kernel_bytes);
}

static const struct busy *busy_find(uint64_t base, uint64_t end)
{
    for (unsigned i = 0; i < busy_count; i++)
        if (base < busy[i].end && end > busy[i].base)
            return &busy[i];
    return 0;
}

/* Lowest run of `size` bytes in [low, high), or 0. */
static uint64_t find_lowest(uint64_t low, uint64_t high, uint64_t size)
{
    const struct busy *hit;

    for (unsigned i = 0; i < free_ram.count; i++) {
        uint64_t base = free_ram.range[i].base;
        uint64_t end = base + free_ram.range[i].size;
        if (base < low)
            base = low;
        if (end > high)
            end = high;
        while (base + size <= end) {
            hit = busy_find(base, base + size);
            if (!hit)
                return base;
            base = hit->end;
        }
    }
    return 0;
}

/* Highest run of `size` bytes in [low, high), or 0. */
static uint64_t find_highest(uint64_t low, uint64_t high, uint64_t size)
{
    const struct busy *hit;

    for (unsigned i = free_ram.count; i-- > 0;) {
        uint64_t base = free_ram.range[i].base;
        uint64_t end = base + free_ram.range[i].size;
        if (base < low)
            base = low;
        if (end > high)
            end = high;
        while (base + size <= end) {
            hit = busy_find(end - size, end);
            if (!hit)
                return end - size;
            end = hit->base;
        }
    }
    return 0;
}

static uint64_t take(uint64_t base, uint64_t size)
{
    if (base)
        memory_ranges_remove(&free_ram, base, size);
    return base;
}

uint64_t boot_memory_take_raw(unsigned pages)
{
    const uint64_t size = (uint64_t)pages * BOOT_MEMORY_PAGE;
    const uint64_t reserve = BOOT_MEMORY_LOW_PAGES * BOOT_MEMORY_PAGE;
    /* Asking for more than is wanted keeps the reserve whole. */
    uint64_t base =
        find_lowest(directories_end, LAYOUT_BASE_MEMORY_END, size + reserve);

    if (!base)
        base = find_highest(LAYOUT_RAM_START, FOUR_GIB, size);
    return take(base, size);
}

uint64_t boot_memory_take(unsigned pages)
{
    uint64_t base = boot_memory_take_raw(pages);

    if (base)
        memset((void *)base, 0, (size_t)pages * BOOT_MEMORY_PAGE);
    return base;
}

uint64_t boot_memory_take_low(unsigned pages)
{
    const uint64_t size = (uint64_t)pages * BOOT_MEMORY_PAGE;
    uint64_t base =
        take(find_lowest(directories_end, LAYOUT_BASE_MEMORY_END, size), size);

    if (base)
        memset((void *)base, 0, size);
    return base;
}

const struct memory_ranges *boot_memory_free(void)
{
    return &free_ram;
}
