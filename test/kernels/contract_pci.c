/* contract_pci.c - test kernel: is every BAR the firmware assigned mapped?
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Asks every device of every bus, also those no bridge leads to.
 */
#include "contract.h"
#include <pure64/io.h>

static uint32_t config(uint32_t function, uint32_t offset)
{
    io_out32(0xCF8, 0x80000000 | function << 8 | offset);
    return io_in32(0xCFC);
}

static void set_config(uint32_t function, uint32_t offset, uint32_t value)
{
    io_out32(0xCF8, 0x80000000 | function << 8 | offset);
    io_out32(0xCFC, value);
}

/* Size of the BAR at that offset, decoding switched off meanwhile. */
static uint64_t bar_size(uint32_t function, uint32_t offset, int wide)
{
    uint32_t command = config(function, 4) & 0xFFFF;
    uint32_t low = config(function, offset), high = 0xFFFFFFFF;
    uint64_t ones;

    set_config(function, 4, command & ~2u);
    set_config(function, offset, 0xFFFFFFFF);
    ones = config(function, offset) & 0xFFFFFFF0;
    set_config(function, offset, low);
    if (wide) {
        uint32_t old = config(function, offset + 4);

        set_config(function, offset + 4, 0xFFFFFFFF);
        high = config(function, offset + 4);
        set_config(function, offset + 4, old);
    }
    set_config(function, 4, command);
    return -(ones | (uint64_t)high << 32);
}

static void check_function(uint32_t function, uint64_t *bars, uint64_t *lost,
                           uint64_t *highest)
{
    unsigned last = (config(function, 0x0C) >> 16 & 0x7F) == 0 ? 0x24 : 0x14;

    for (unsigned offset = 0x10; offset <= last; offset += 4) {
        uint32_t low = config(function, offset);
        int wide = (low & 7) == 4;
        uint64_t base = low & 0xFFFFFFF0, size;

        if (low & 1)
            continue;
        if (wide)
            base |= (uint64_t)config(function, offset + 4) << 32;
        if (base) {
            size = bar_size(function, offset, wide);
            (*bars)++;
            *lost += !is_identity(base, size);
            if (base + size > *highest)
                *highest = base + size;
        }
        if (wide)
            offset += 4;
    }
}

void check_pci(void)
{
    uint64_t bars = 0, lost = 0, highest = 0;

    for (uint32_t function = 0; function < 0x10000; function++) {
        if ((function & 7) && !(config(function & ~7u, 0x0C) & 0x800000))
            continue;
        if ((config(function, 0) & 0xFFFF) != 0xFFFF)
            check_function(function, &bars, &lost, &highest);
    }
    check("BARs not mapped", lost, 0);
    tell("bars", bars);
    tell("bars_end", highest);
}
