/* apic.c - local APIC of the CPU that asks.
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
