/* paging.c - the page tables the kernel starts with.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "paging.h"
#include "boot_memory.h"
#include "error.h"
#include "sysinfo.h"
#include <pure64/cpu.h>
#include <pure64/layout.h>
#include <pure64/string.h>

#define PAGE_PRESENT (1u << 0)
#define PAGE_WRITABLE (1u << 1)
#define PAGE_PWT (1u << 3)
#define PAGE_LARGE (1u << 7)
#define PAGE_PAT_LARGE (1u << 12)
#define PAGE_ADDRESS 0x000FFFFFFFFFF000u

#define TABLE (PAGE_PRESENT | PAGE_WRITABLE)
#define LARGE (TABLE | PAGE_LARGE)
/* PAT entry 5: PAT bit 1, PCD 0, PWT 1. */
#define LARGE_PAT5 (LARGE | PAGE_PAT_LARGE | PAGE_PWT)

#define ENTRIES 512u
#define FRAME_SHIFT 21
#define FRAME (1u << FRAME_SHIFT)
#define GIB_SHIFT 30
#define GIB (1u << GIB_SHIFT)
/* Bits of the addresses that are mapped whatever the CPU has. */
#define IDENTITY_BITS_ALWAYS 34
#define PML4_SHIFT 39
/* The lower half of the address space has so many bits. */
#define IDENTITY_BITS 47

/* PML4 slot of LAYOUT_HIGH_RAM. */
#define HIGH_SLOT 256
/* Pages behind the high directories that must be left in base memory: those
 * for starting CPUs, and the directories of the first 4 GiB. */
#define BASE_PAGES_KEPT (BOOT_MEMORY_LOW_PAGES + 4)

#define CPUID_EXTENDED 0x80000000
#define CPUID_EXTENDED_FEATURES 0x80000001
#define CPUID_EDX_GIB_PAGES (1u << 26)

/* entry.asm: an unused page directory below the temporary page tables. */
extern uint64_t entry_spare_directory[ENTRIES]
    __attribute__((visibility("hidden")));

static int gib_pages;
static uint64_t identity_end;           /* what the CPU can map there */
static uint64_t frame_first, frame_end; /* of the frame buffer */
static unsigned directory_pages;        /* from LAYOUT_HIGH_PD */
static const struct memory_ranges *ram;

static uint64_t *table_of(uint64_t entry)
{
    return (uint64_t *)(entry & PAGE_ADDRESS);
}

static uint64_t frame_buffer_bytes(const struct boot_info *boot)
{
    return (uint64_t)boot->frame_pitch * boot->frame_height * 4;
}

/* Large pages from `base` into a directory, 16 a turn: two instructions an
 * entry, for 8,192 are filled where the CPU has no GiB pages. */
static void directory_fill(uint64_t *entry, uint64_t base)
{
    uint64_t value = base | LARGE;
    uint64_t *const end = entry + ENTRIES;

    do {
#define FILL(i) entry[i] = value + (uint64_t)(i) * FRAME
#define FILL4(i) FILL(i); FILL(i + 1); FILL(i + 2); FILL(i + 3)
        FILL4(0);
        FILL4(4);
        FILL4(8);
        FILL4(12);
#undef FILL4
#undef FILL
        value += 16ull * FRAME;
        entry += 16;
    } while (entry < end);
}

int paging_map_frame_early(const struct boot_info *boot)
{
    uint64_t base = boot->frame_buffer & -(uint64_t)GIB;
    uint64_t *pdpt = table_of(*table_of(cpu_read_cr3()));

    /* The temporary tables have one PDPT, and only this one spare page. */
    if (base >> GIB_SHIFT >= ENTRIES)
        return -1;
    if (pdpt[base >> GIB_SHIFT] & PAGE_PRESENT)
        return 0;
    directory_fill(entry_spare_directory, base);
    pdpt[base >> GIB_SHIFT] = (uintptr_t)entry_spare_directory | TABLE;
    return 0;
}

/* The PDPT entry of the GiB at `base`; 0 if there is no page for a PDPT. */
static uint64_t *gib_entry(uint64_t base)
{
    uint64_t *slot = (uint64_t *)LAYOUT_PML4 + (base >> PML4_SHIFT);

    if (!(*slot & PAGE_PRESENT)) {
        uint64_t page = boot_memory_take(1);
        if (!page)
            return 0;
        *slot = page | TABLE;
    }
    return table_of(*slot) + (base >> GIB_SHIFT) % ENTRIES;
}

/* One page must not span two memory types (Intel SDM volume 3, "Large Page
 * Size Considerations"). Below 4 GiB devices can be anywhere, so a GiB page
 * has to be all RAM there; above, all RAM or no RAM. */
static int gib_is_uniform(uint64_t base)
{
    if (base < frame_end && base + GIB > frame_first)
        return 0;
    for (unsigned i = 0; i < ram->count; i++) {
        uint64_t first = ram->range[i].base;
        uint64_t end = first + ram->range[i].size;
        if (first < base + GIB && end > base)
            return first <= base && end >= base + GIB;
    }
    return base >= 4ull * GIB;
}

/* The frame buffer's 2 MiB pages become write-combining. Rounding outwards
 * is safe: the BAR around a frame buffer of over 1 MiB is a power of two of
 * at least 2 MiB, so what else lies in these pages belongs to it too. */
static void directory_combine(uint64_t *entry, uint64_t base)
{
    for (unsigned i = 0; i < ENTRIES; i++, base += FRAME)
        if (base + FRAME > frame_first && base < frame_end)
            entry[i] = base | LARGE_PAT5;
}

/* Maps the GiB at `base` unless it is mapped; 0, or -1 without a page. */
static int map_gib(uint64_t base)
{
    uint64_t *entry = gib_entry(base), page;

    if (!entry)
        return -1;
    if (*entry & PAGE_PRESENT)
        return 0;
    if (gib_pages && gib_is_uniform(base)) {
        *entry = base | LARGE;
        return 0;
    }
    page = boot_memory_take_raw(1);
    if (!page)
        return -1;
    directory_fill((uint64_t *)page, base);
    if (base < frame_end && base + GIB > frame_first)
        directory_combine((uint64_t *)page, base);
    *entry = page | TABLE;
    return 0;
}

int paging_map_device(uint64_t base, uint64_t size)
{
    if (size == 0 || base >= identity_end || size > identity_end - base)
        return -1;
    for (uint64_t gib = base & -(uint64_t)GIB; gib < base + size; gib += GIB)
        if (map_gib(gib) != 0)
            return -1;
    return 0;
}

static void map_or_stop(uint64_t base, uint64_t size)
{
    if (paging_map_device(base, size) != 0)
        error_stop(ERROR_NO_TABLES, "No memory to map 0x%lx", base);
}

static uint64_t find_identity_end(void)
{
    unsigned bits = sysinfo_address_bits().physical;

    if (bits < IDENTITY_BITS_ALWAYS)
        bits = IDENTITY_BITS_ALWAYS;
    return 1ull << (bits < IDENTITY_BITS ? bits : IDENTITY_BITS);
}

void paging_init(const struct boot_info *boot,
                 const struct memory_ranges *usable)
{
    uint64_t *pml4 = (uint64_t *)LAYOUT_PML4;

    ram = usable;
    identity_end = find_identity_end();
    if (boot->video == VIDEO_FRAME) {
        frame_first = boot->frame_buffer;
        frame_end = frame_first + frame_buffer_bytes(boot);
    }
    gib_pages = cpu_cpuid(CPUID_EXTENDED, 0).eax >= CPUID_EXTENDED_FEATURES &&
        cpu_cpuid(CPUID_EXTENDED_FEATURES, 0).edx & CPUID_EDX_GIB_PAGES;
    memset(pml4, 0, LAYOUT_PML4_SIZE + LAYOUT_IDENTITY_PDPT_SIZE +
                        LAYOUT_HIGH_PDPT_SIZE);
    pml4[0] = LAYOUT_IDENTITY_PDPT | TABLE;
    pml4[HIGH_SLOT] = LAYOUT_HIGH_PDPT | TABLE;

    /* The page directories of the first 4 GiB fit in base memory, which the
     * temporary tables show; the others may lie anywhere below 4 GiB. */
    map_or_stop(0, 4ull * GIB);
    cpu_write_cr3(LAYOUT_PML4);
    map_or_stop(0, 1ull << IDENTITY_BITS_ALWAYS);
    for (unsigned i = 0; i < usable->count; i++)
        map_or_stop(usable->range[i].base, usable->range[i].size);
    if (frame_end > frame_first)
        map_or_stop(frame_first, frame_end - frame_first);
}

static uint64_t round_up_frame(uint64_t address)
{
    return (address + FRAME - 1) & -(uint64_t)FRAME;
}

/* First and behind-last whole frame of a range from LAYOUT_RAM_START up. */
static uint64_t frames_first(const struct sysinfo_ram *range)
{
    return round_up_frame(range->base < LAYOUT_RAM_START ? LAYOUT_RAM_START
                                                         : range->base);
}

static uint64_t frames_end(const struct sysinfo_ram *range)
{
    return (range->base + range->size) & -(uint64_t)FRAME;
}

unsigned paging_directory_pages(const struct memory_ranges *usable)
{
    const struct sysinfo_ram *base =
        memory_ranges_find(usable, LAYOUT_HIGH_PD);
    uint64_t entries = 1, pages, space; /* 1: the end mark */

    for (unsigned i = 0; i < usable->count; i++) {
        uint64_t first = frames_first(&usable->range[i]);
        uint64_t end = frames_end(&usable->range[i]);
        if (first < end)
            entries += (end - first) >> FRAME_SHIFT;
    }
    pages = (entries + ENTRIES - 1) / ENTRIES;
    if (base) {
        space = (base->base + base->size - LAYOUT_HIGH_PD) / BOOT_MEMORY_PAGE;
        space = space > BASE_PAGES_KEPT ? space - BASE_PAGES_KEPT : 1;
        if (space > LAYOUT_HIGH_PD_SIZE / BOOT_MEMORY_PAGE)
            space = LAYOUT_HIGH_PD_SIZE / BOOT_MEMORY_PAGE;
        if (pages > space)
            pages = space;
    }
    directory_pages = (unsigned)pages;
    return directory_pages;
}

uint64_t paging_map_high(const struct memory_ranges *available)
{
    uint64_t *const start = (uint64_t *)LAYOUT_HIGH_PD;
    uint64_t *const last = start + directory_pages * ENTRIES - 1;
    uint64_t *pdpt = (uint64_t *)LAYOUT_HIGH_PDPT, *entry = start;

    for (unsigned i = 0; i < available->count; i++) {
        uint64_t frame = frames_first(&available->range[i]);
        uint64_t end = frames_end(&available->range[i]);
        for (; frame < end && entry < last; frame += FRAME)
            *entry++ = frame | LARGE;
    }
    memset(entry, 0, (size_t)((char *)(last + 1) - (char *)entry));
    for (unsigned i = 0; i < directory_pages; i++)
        pdpt[i] = (LAYOUT_HIGH_PD + i * BOOT_MEMORY_PAGE) | TABLE;
    return (uint64_t)(entry - start);
}

int paging_uses_gib_pages(void)
{
    return gib_pages;
}
