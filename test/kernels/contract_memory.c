/* contract_memory.c - test kernel: lists of RAM, and the page tables.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "contract.h"
#include <pure64/cpu.h>

#define E820_LIST 0x6000ull
#define HIGH 0xFFFF800000000000ull
#define DIRECTORIES 0x20000ull
#define LISTS_END 0x240000ull
/* Above so many pages only about as many of them are written. */
#define FRAMES_FILLED 128
/* What fits into base memory, wherever the EBDA begins: 112 GiB. */
#define FRAMES_FIT (112 * 512)
#define PATTERN 0xA5C35A3C0F1E2D4Bull

/* Record number i of the firmware's map: 0 behind the last. */
static int firmware_record(unsigned i, uint64_t *base, uint64_t *size,
                           int *usable)
{
    uint64_t at;

    if (read8(0x50E2) == 'U') {
        at = UEFI_LIST + i * 48ull;
        *base = read64(at + 8);
        *size = read64(at + 24) * 4096;
        *usable = (read64(at) >= 1 && read64(at) <= 4) || read64(at) == 7;
        return *size != 0;
    }
    at = E820_LIST + i * 32ull;
    *base = read64(at);
    *size = read64(at + 8);
    *usable = read32(at + 16) == 1;
    return *size != 0;
}

int is_firmware_ram(uint64_t base, uint64_t size)
{
    uint64_t start, length, at = base;
    int usable;

    for (unsigned i = 0; firmware_record(i, &start, &length, &usable); i++)
        if (!usable && start < base + size && start + length > base)
            return 0;
    /* Each turn takes at least one more record. */
    for (unsigned turns = 0; turns < 64; turns++) {
        for (unsigned i = 0; firmware_record(i, &start, &length, &usable); i++)
            if (usable && at >= start && at < start + length)
                at = start + length;
        if (at >= base + size)
            return 1;
    }
    return 0;
}

int translate(uint64_t virtual, struct mapping *mapping)
{
    uint64_t table = cpu_read_cr3() & 0xFFFFFFFFFF000, entry;

    mapping->writable = 1;
    for (unsigned shift = 39;; shift -= 9) {
        entry = read64(table + (virtual >> shift & 511) * 8);
        if (!(entry & 1))
            return 0;
        mapping->writable &= entry >> 1 & 1;
        mapping->size = 1ull << shift;
        table = entry & 0xFFFFFFFFFF000;
        if (shift == 12 || (shift < 39 && entry & 0x80))
            break;
    }
    mapping->pat = (entry >> 3 & 3) |
        (entry >> (mapping->size == 4096 ? 7 : 12) & 1) << 2;
    mapping->physical = (table & -mapping->size) |
        (virtual & (mapping->size - 1));
    return 1;
}

int is_identity(uint64_t base, uint64_t size)
{
    struct mapping m;

    for (uint64_t at = base; at < base + size;
         at = (at & -m.size) + m.size)
        if (!translate(at, &m) || m.physical != at || !m.writable)
            return 0;
    return 1;
}

static void check_usable_list(void)
{
    uint64_t at = USABLE_LIST, end = 0, wrong = 0, mib = 0;

    for (; read64(at) | read64(at + 8); at += 16) {
        uint64_t base = read64(at), size = read64(at + 8) * MIB;

        wrong += base < end || size == 0 || !is_firmware_ram(base, size) ||
            !is_identity(base, size);
        end = base + size;
        mib += read64(at + 8);
    }
    check("usable records wrong", wrong, 0);
    tell("usable", mib);
}

static void check_firmware_list(void)
{
    uint64_t base, size, total = 0, outside = 0, padding = 0;
    unsigned i;
    int usable;

    for (i = 0; firmware_record(i, &base, &size, &usable); i++) {
        if (read8(0x50E2) == 'B')
            padding |= read64(E820_LIST + i * 32 + 24);
        if (!usable)
            continue;
        total += size;
        outside += !is_identity(base, size);
    }
    check_true("firmware's list", i >= 2 && i < 127 * 32);
    check("firmware's list, padding", padding, 0);
    check("RAM without identity map", outside, 0);
    tell("ram", total / MIB);
    check_true("kernel in RAM", is_firmware_ram(KERNEL_START,
                                                KERNEL_END - KERNEL_START));
    check_true("low memory in RAM",
               is_firmware_ram(LOW_START, LOW_END - LOW_START));
}

void check_lists(void)
{
    check_firmware_list();
    check_usable_list();
}

/* Every page of the frame buffer through PAT entry 5. */
static int frame_buffer_combines(uint64_t base, uint64_t size)
{
    struct mapping m;

    for (uint64_t at = base; at < base + size; at = (at & -m.size) + m.size)
        if (!translate(at, &m) || m.pat != 5)
            return 0;
    return 1;
}

void check_identity_map(void)
{
    uint64_t frame = read64(0x5080);
    uint64_t frame_size = read16(0x508C) * 4ull * read16(0x508A);
    uint64_t zero = read64(0xFF8), other = 0;
    struct mapping m;

    check("page tables at", cpu_read_cr3() & 0xFFFFFFFFFF000, 0x2000);
    check_true("0-16 GiB", is_identity(0, 16 * GIB));
    write64(0xFF8, ~zero);
    check("page 0 is writable", read64(0xFF8), ~zero);
    write64(0xFF8, zero);
    for (uint64_t at = 0; at < 16 * GIB; at += FRAME)
        if (translate(at, &m) && m.pat != 0 &&
            (at + FRAME <= frame || at >= frame + frame_size))
            other++;
    check("write-combining elsewhere", other, 0);
    check_true("APIC mapped", is_identity(read64(0x5060), 4096));
    if (read64(0x5040))
        check_true("HPET mapped", is_identity(read64(0x5040), 1024));
    for (unsigned i = 0; i < read16(0x5090); i++)
        check_true("ECAM mapped",
                   is_identity(read64(0x5400 + i * 16) +
                               read8(0x540A + i * 16) * MIB,
                               (read8(0x540B + i * 16) -
                                read8(0x540A + i * 16) + 1) * MIB));
    if (frame) {
        check_true("frame buffer mapped", is_identity(frame, frame_size));
        check_true("frame buffer combines",
                   frame_buffer_combines(frame, frame_size));
    }
}

/* Number of entries in the array of directories; *wrong of them are not what
 * they should be. */
static uint64_t count_frames(uint64_t *wrong)
{
    uint64_t count = 0, entry, before = 0x3FFFFF;
    struct mapping m;

    *wrong = 0;
    for (; (entry = read64(DIRECTORIES + count * 8)) != 0; count++) {
        uint64_t base = entry & 0x7FFFFFFFFFE00000;

        *wrong += (entry & 0x80000000001FFF83) != 0x83 || base <= before ||
            !is_firmware_ram(base, FRAME) ||
            !translate(HIGH + count * FRAME, &m) || m.physical != base ||
            !m.writable || m.pat != 0;
        before = base;
    }
    return count;
}

/* How many whole frames from 4 MiB on the usable list has. */
static uint64_t count_usable_frames(void)
{
    uint64_t count = 0;

    for (uint64_t at = USABLE_LIST; read64(at + 8); at += 16) {
        uint64_t base = (read64(at) + FRAME - 1) & -FRAME;
        uint64_t end = (read64(at) + read64(at + 8) * MIB) & -FRAME;

        if (base < KERNEL_END)
            base = KERNEL_END;
        if (end > base)
            count += (end - base) / FRAME;
    }
    return count;
}

void check_high_map(void)
{
    uint64_t wrong, count = count_frames(&wrong);
    struct mapping m;

    check("high map, wrong entries", wrong, 0);
    check("high map, size in the table", read32(0x5020), count * 2 + 2);
    check_true("high map, all usable frames",
               count >= count_usable_frames() || count >= FRAMES_FIT);
    check("high map starts at", read64(DIRECTORIES) & ~0x1FFFFFull, KERNEL_END);
    check("PML4 slot 256", read64(0x2800) & 0xFFFFFFFFFF003, 0x4003);
    check("PDPT entry", read64(0x4000) & 0xFFFFFFFFFF003, 0x20003);
    check_true("high map ends", !translate(HIGH + count * FRAME, &m));
}

static void fill(uint64_t base, uint64_t size)
{
    for (uint64_t at = base; at < base + size; at += 8)
        write64(at, PATTERN ^ at);
}

static uint64_t damaged(uint64_t base, uint64_t size)
{
    uint64_t words = 0;

    for (uint64_t at = base; at < base + size; at += 8)
        words += read64(at) != (PATTERN ^ at);
    return words;
}

/* Overwrites all that belongs to a kernel, but for itself, its stack and the
 * lists, which are still read: whatever the loader needed of it would fail from
 * here on. */
void check_kernel_memory(void)
{
    uint64_t own = ((uint64_t)contract_end + 7) & -8ull, bad = 0;
    uint64_t frames = (read32(0x5020) - 2) / 2;
    uint64_t step = frames / FRAMES_FILLED + 1;

    fill(LOW_START, 0x2000);
    fill(own, USABLE_LIST - own);
    fill(LISTS_END, KERNEL_END - LISTS_END);
    bad += damaged(LOW_START, 0x2000);
    bad += damaged(own, USABLE_LIST - own);
    bad += damaged(LISTS_END, KERNEL_END - LISTS_END);
    check("kernel's RAM, words that fail", bad, 0);
    bad = 0;
    for (uint64_t i = 0; i < frames; i += step)
        fill(HIGH + i * FRAME, FRAME);
    for (uint64_t i = 0; i < frames; i += step)
        bad += damaged(HIGH + i * FRAME, FRAME);
    check("high RAM, words that fail", bad, 0);
}
