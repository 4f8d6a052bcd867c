/* contract_devices.c - test kernel: interrupt controllers, HPET, COM1.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "contract.h"
#include <pure64/cpu.h>
#include <pure64/io.h>

#define APIC_BASE_MSR 0x1B
#define LVT_LINT0 0x350
#define LVT_EXTINT 0x700
#define LVT_MASKED 0x10000

static int is_x2apic(void)
{
    return cpu_read_msr(APIC_BASE_MSR) >> 10 & 1;
}

static uint64_t apic_address(void)
{
    return cpu_read_msr(APIC_BASE_MSR) & 0xFFFFFFFFFF000;
}

uint32_t apic_register(uint32_t offset)
{
    if (is_x2apic())
        return (uint32_t)cpu_read_msr(0x800 + offset / 16);
    return read32(apic_address() + offset);
}

void apic_set_register(uint32_t offset, uint32_t value)
{
    if (is_x2apic())
        cpu_write_msr(0x800 + offset / 16, value);
    else
        write32(apic_address() + offset, value);
}

void apic_send(uint32_t id, uint32_t command)
{
    if (is_x2apic()) {
        cpu_write_msr(0x830, (uint64_t)id << 32 | command);
        return;
    }
    write32(apic_address() + 0x310, id << 24);
    write32(apic_address() + 0x300, command);
    for (unsigned i = 0; i < 100000; i++)
        if (!(read32(apic_address() + 0x300) & 0x1000))
            return;
}

static void check_com1(void)
{
    uint8_t line = io_in8(0x3FB);

    for (unsigned i = 0; i < 1000000 && !(io_in8(0x3FD) & 0x40); i++)
        ;
    check("COM1 8N1", line, 0x03);
    for (unsigned i = 0; i < 1000000 && !(io_in8(0x3FD) & 0x40); i++)
        ;
    check("COM1 interrupts off", io_in8(0x3F9), 0);
    check("COM1 FIFO on", io_in8(0x3FA) & 0xC0, 0xC0);
    for (unsigned i = 0; i < 1000000 && !(io_in8(0x3FD) & 0x40); i++)
        ;
    io_out8(0x3FB, line | 0x80);
    line = io_in8(0x3F8);
    io_out8(0x3FB, 0x03);
    check("COM1 divisor", line, 1);
}

static void check_local_apic(void)
{
    uint64_t msr = cpu_read_msr(APIC_BASE_MSR);
    uint32_t id = apic_register(0x20);

    check("APIC enabled", msr >> 11 & 1, 1);
    check("APIC mode", read8(0x50E1), msr >> 10 & 1);
    check("APIC base", read64(0x5060), apic_address());
    check("APIC spurious vector", apic_register(0xF0) & 0x1FF, 0x1FF);
    check_true("APIC task priority", apic_register(0x80) < 0x80);
    check("APIC id of the boot CPU", read32(0x5008),
          is_x2apic() ? id : id >> 24);
    check("APIC id first of the list", read32(0x5100), read32(0x5008));
    tell("x2apic", is_x2apic());
}

/* The vectors of the old controllers can't be read: an interrupt of each must
 * come where it should. */
static void check_pic_vectors(void)
{
    set_gate(0x20, contract_irq0);
    set_gate(0x28, contract_irq8);
    apic_set_register(LVT_LINT0, LVT_EXTINT);

    io_out8(0x43, 0x30); /* timer, one shot */
    io_out8(0x40, 0x00);
    io_out8(0x40, 0x10);
    io_out8(0x21, 0xFE);
    cpu_interrupts_on();
    check_true("first PIC at 0x20", wait_count(&contract_irq0_count, 1));
    cpu_interrupts_off();

    io_out8(0x70, 0x8B); /* real-time clock: periodic interrupt */
    io_out8(0x71, io_in8(0x71) | 0x40);
    io_out8(0x70, 0x8C);
    io_in8(0x71);
    io_out8(0x21, 0xFB);
    io_out8(0xA1, 0xFE);
    cpu_interrupts_on();
    check_true("second PIC at 0x28", wait_count(&contract_irq8_count, 1));
    cpu_interrupts_off();
    io_out8(0x21, 0xFF);
    io_out8(0xA1, 0xFF);
    io_out8(0x70, 0x8B);
    io_out8(0x71, io_in8(0x71) & ~0x40);
    apic_set_register(LVT_LINT0, LVT_MASKED);
}

static void check_ioapics(void)
{
    unsigned count = read8(0x5030), open = 0, inputs = 0;

    check_true("I/O APIC count", count >= 1 && count <= 16);
    for (unsigned i = 0; i < count; i++) {
        uint32_t address = read32(0x5604 + i * 16);
        unsigned entries;

        write32(address, 1);
        entries = (read32(address + 0x10) >> 16 & 0xFF) + 1;
        for (unsigned entry = 0; entry < entries; entry++) {
            write32(address, 0x10 + 2 * entry);
            open += !(read32(address + 0x10) & 0x10000);
        }
        inputs += entries;
    }
    check_true("I/O APIC has inputs", inputs >= 16);
    check("I/O APIC entries not masked", open, 0);
}

static void check_hpet(void)
{
    uint64_t base = read64(0x5040), period;
    uint32_t count, timers, active = 0, turns = 0;

    tell("hpet", base);
    if (!base) {
        check("no HPET, no frequency", read32(0x5048) | read16(0x504C) |
              read8(0x504E), 0);
        return;
    }
    period = read32(base + 4);
    timers = (read32(base) >> 8 & 0x1F) + 1;
    check("HPET frequency", read32(0x5048), 1000000000000000 / period);
    check("HPET timers", read8(0x504E), timers);
    check("HPET on, legacy routing off", read32(base + 0x10) & 3, 1);
    for (uint32_t i = 0; i < timers; i++)
        active += read32(base + 0x100 + 0x20 * i) >> 2 & 1;
    check("HPET timer interrupts", active, 0);
    count = read32(base + 0xF0);
    while (read32(base + 0xF0) == count && turns < 1000000)
        turns++;
    check_true("HPET counts", turns < 1000000);
}

void check_devices(void)
{
    check_com1();
    check("PIC masks", io_in8(0x21) << 8 | io_in8(0xA1), 0xFFFF);
    check_local_apic();
    check_pic_vectors();
    check_ioapics();
    check_hpet();
}
