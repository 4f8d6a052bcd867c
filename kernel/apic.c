/* apic.c - local APIC of the CPU that asks, and the I/O APICs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/apic.h>
#include <kernel/memory.h>
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>

#define APIC_REG_ID 0x020
#define APIC_REG_TPR 0x080
#define APIC_REG_EOI 0x0B0
#define APIC_REG_SVR 0x0F0
#define APIC_SVR_ENABLE 0x100
#define APIC_REG_ICR 0x300
#define APIC_REG_ICR_HIGH 0x310
#define APIC_ICR_PENDING 0x1000
#define APIC_ICR_ASSERT 0x4000
#define APIC_PENDING_POLLS 1000000u

/* I/O APIC: index register, and data register 0x10 bytes behind it. */
#define IOAPIC_DATA 4 /* in u32 */
#define IOAPIC_VERSION 0x01
#define IOAPIC_REDIRECTION 0x10 /* + 2 * input */
#define IOAPIC_ACTIVE_LOW (1u << 13)
#define IOAPIC_LEVEL (1u << 15)

/* ACPI specification, "MPS INTI Flags". */
#define INTI_POLARITY_LOW 0x3
#define INTI_TRIGGER_LEVEL 0xC

static volatile uint32_t *apic_register(unsigned reg)
{
    return memory_at(SYSINFO->lapic + reg);
}

static void apic_write(unsigned reg, uint32_t value)
{
    if (SYSINFO->x2apic)
        cpu_write_msr(MSR_X2APIC + reg / 16, value);
    else
        *apic_register(reg) = value;
}

void apic_init(void)
{
    apic_write(APIC_REG_TPR, 0);
    apic_write(APIC_REG_SVR, APIC_SVR_ENABLE | APIC_SPURIOUS_VECTOR);
}

uint32_t apic_id(void)
{
    if (SYSINFO->x2apic)
        return cpu_read_msr(MSR_X2APIC + APIC_REG_ID / 16);
    return *apic_register(APIC_REG_ID) >> 24;
}

void apic_end_of_interrupt(void)
{
    apic_write(APIC_REG_EOI, 0);
}

void apic_send(uint32_t id, uint32_t vector)
{
    uint32_t command = APIC_ICR_ASSERT | vector;
    if (SYSINFO->x2apic) {
        cpu_write_msr(MSR_X2APIC + APIC_REG_ICR / 16,
                      (uint64_t)id << 32 | command);
        return;
    }
    volatile uint32_t *icr = apic_register(APIC_REG_ICR);
    unsigned polls = APIC_PENDING_POLLS;
    /* No other send may come between the two halves. */
    uint64_t flags = cpu_flags();
    cpu_interrupts_off();
    while (*icr & APIC_ICR_PENDING && --polls)
        cpu_pause();
    if (polls) {
        icr[(APIC_REG_ICR_HIGH - APIC_REG_ICR) / 4] = id << 24;
        *icr = command;
    }
    cpu_flags_restore(flags);
}

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
    volatile uint32_t *ioapic = memory_at(address);
    uint32_t version = address ? ioapic_read(ioapic, IOAPIC_VERSION) : 0;
    *inputs = (version >> 16 & 0xFF) + 1;
    return version && version + 1 ? ioapic : 0;
}

int apic_io_available(void)
{
    uint32_t inputs;
    return ioapic_at(0, &inputs) != 0;
}

void apic_io_route(unsigned irq, uint8_t vector)
{
    uint32_t gsi = irq, entry = vector, inputs;
    for (unsigned i = 0; i < SYSINFO->overrides; i++) {
        volatile struct sysinfo_override *o = &SYSINFO->override[i];
        if (o->source != irq || o->bus)
            continue;
        gsi = *(volatile uint32_t *)o->gsi;
        if ((o->flags[0] & INTI_POLARITY_LOW) == INTI_POLARITY_LOW)
            entry |= IOAPIC_ACTIVE_LOW;
        if ((o->flags[0] & INTI_TRIGGER_LEVEL) == INTI_TRIGGER_LEVEL)
            entry |= IOAPIC_LEVEL;
    }
    for (unsigned row = 0; row < SYSINFO_IOAPICS_MAX; row++) {
        volatile uint32_t *ioapic = ioapic_at(row, &inputs);
        uint32_t input = gsi - SYSINFO->ioapic[row].first_gsi;
        if (!ioapic || input >= inputs)
            continue;
        uint32_t index = IOAPIC_REDIRECTION + 2 * input;
        ioapic_write(ioapic, index + 1, SYSINFO->boot_apic_id << 24);
        ioapic_write(ioapic, index, entry);
        return;
    }
}
