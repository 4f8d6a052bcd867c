/* ioapic.c - the I/O APICs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel 82093AA I/O APIC data sheet.
 */
#include "interrupts.h"
#include "system.h"
#include <pure64/sysinfo.h>

/* I/O APIC: index register, and data register 0x10 bytes behind it. */
#define IOAPIC_DATA 4 /* in u32 */
#define IOAPIC_VERSION 0x01
#define IOAPIC_REDIRECTION 0x10 /* + 2 * input */
#define IOAPIC_ACTIVE_LOW (1u << 13)
#define IOAPIC_LEVEL (1u << 15)
_Static_assert(INTERRUPTS_LINE == (IOAPIC_LEVEL | IOAPIC_ACTIVE_LOW),
               "as in interrupts.h");

/* ACPI Specification 6.4, "MPS INTI Flags": polarity (1 high, 3 low) and
 * trigger mode (1 edge, 3 level), or 0: as is usual. The upper bit of each is
 * IOAPIC_ACTIVE_LOW and IOAPIC_LEVEL, shifted. */
#define INTI_LOW_LEVEL 0x0A
_Static_assert(INTI_LOW_LEVEL << 12 == (IOAPIC_LEVEL | IOAPIC_ACTIVE_LOW),
               "shifted by 12");

static uint32_t ioapic_read(volatile uint32_t *ioapic, uint32_t index)
{
    ioapic[0] = index;
    return ioapic[IOAPIC_DATA];
}

static void ioapic_write(volatile uint32_t *ioapic, uint32_t index,
                         uint32_t value)
{
    ioapic[0] = index;
    ioapic[IOAPIC_DATA] = value;
}

/* The I/O APIC in a row of the table; 0 if nothing works there. */
static volatile uint32_t *ioapic_at(unsigned row, uint32_t *inputs)
{
    uint32_t address = SYSINFO->ioapic[row].address;
    volatile uint32_t *ioapic = system_memory_at(address);
    uint32_t version = address ? ioapic_read(ioapic, IOAPIC_VERSION) : 0;
    *inputs = (version >> 16 & 0xFF) + 1;
    return version && version + 1 ? ioapic : 0;
}

int ioapic_available(void)
{
    uint32_t inputs;
    return ioapic_at(0, &inputs) != 0;
}

static int connect(uint32_t gsi, uint32_t entry)
{
    uint32_t inputs;
    for (unsigned row = 0; row < SYSINFO_IOAPICS_MAX; row++) {
        volatile uint32_t *ioapic = ioapic_at(row, &inputs);
        uint32_t input = gsi - SYSINFO->ioapic[row].first_gsi;
        if (!ioapic || input >= inputs)
            continue;
        uint32_t index = IOAPIC_REDIRECTION + 2 * input;
        ioapic_write(ioapic, index + 1, SYSINFO->boot_apic_id << 24);
        ioapic_write(ioapic, index, entry);
        return 0;
    }
    return BAREMETAL_ENODEV;
}

int ioapic_connect(uint32_t gsi, unsigned vector, int level, int low)
{
    return connect(gsi, vector | (level ? IOAPIC_LEVEL : 0) |
                            (low ? IOAPIC_ACTIVE_LOW : 0));
}

int ioapic_route(uint32_t entry)
{
    uint32_t irq = entry & 15, gsi = irq;
    for (unsigned i = 0; i < SYSINFO->overrides; i++) {
        volatile struct sysinfo_override *o = &SYSINFO->override[i];
        if (o->source != irq || o->bus)
            continue;
        gsi = *(volatile uint32_t *)o->gsi;
        if (o->flags[0])
            entry = (uint8_t)entry | (o->flags[0] & INTI_LOW_LEVEL) << 12;
    }
    return connect(gsi, entry);
}
