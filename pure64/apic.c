/* apic.c - interrupt controllers: local APIC, I/O APICs, and the old 8259s.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Register names and offsets: Intel SDM volume 3, "Local APIC Register
 * Address Map"; in x2APIC mode the register at offset o is the MSR
 * 0x800 + o / 16 ("x2APIC Register Address Space").
 */
#include "apic.h"
#include <pure64/cpu.h>
#include <pure64/io.h>

#define APIC_REG_ID 0x020
#define APIC_REG_VERSION 0x030
#define APIC_REG_TPR 0x080
#define APIC_REG_SVR 0x0F0
#define APIC_REG_LVT_CMCI 0x2F0
#define APIC_REG_ICR 0x300
#define APIC_REG_ICR_HIGH 0x310
#define APIC_REG_LVT_TIMER 0x320
#define APIC_REG_LVT_THERMAL 0x330
#define APIC_REG_LVT_COUNTERS 0x340
#define APIC_REG_LVT_LINT0 0x350
#define APIC_REG_LVT_LINT1 0x360
#define APIC_REG_LVT_ERROR 0x370
#define APIC_LVT_MASKED 0x10000
#define APIC_SVR_ENABLE 0x100
#define APIC_SVR_VECTOR 0xFF
#define APIC_ICR_INIT 0x4500 /* level assert, edge */
#define APIC_ICR_STARTUP 0x4600
#define APIC_ICR_BUSY 0x1000
#define APIC_BASE_ADDRESS 0x000FFFFFFFFFF000ull
/* Ids from 255 on need x2APIC mode: 255 is the broadcast in xAPIC mode. */
#define XAPIC_ID_MAX 254
/* Polls until a send is given up: about a millisecond of uncached reads. */
#define ICR_POLLS 10000

#define CPUID_1_ECX_X2APIC (1u << 21)

#define IOAPIC_SELECT 0x00
#define IOAPIC_WINDOW 0x10
#define IOAPIC_REG_VERSION 1
#define IOAPIC_REG_REDIRECTION 0x10
#define IOAPIC_MASKED 0x10000
/* Data sheet: 24; the largest ever seen have 240. */
#define IOAPIC_ENTRIES_MAX 240

#define PIC1 0x20
#define PIC2 0xA0
#define PIC_ICW1_INIT 0x11 /* edge, cascade, ICW4 follows */
#define PIC_ICW4_8086 0x01
#define PIC1_VECTOR 0x20
#define PIC2_VECTOR 0x28

/* Set once by apic_init on the boot CPU, read by every CPU. */
static uint64_t base;
static int x2apic;

static uint32_t apic_read(uint32_t reg)
{
    if (x2apic)
        return (uint32_t)cpu_read_msr(MSR_X2APIC + reg / 16);
    return *(volatile uint32_t *)(base + reg);
}

static void apic_write(uint32_t reg, uint32_t value)
{
    if (x2apic)
        cpu_write_msr(MSR_X2APIC + reg / 16, value);
    else
        *(volatile uint32_t *)(base + reg) = value;
}

/* 8259A data sheet, "Initialization Command Words". Where there is none the
 * writes go nowhere. */
static void pic_init(void)
{
    io_out8(PIC1 + 1, 0xFF);
    io_out8(PIC2 + 1, 0xFF);
    io_out8(PIC1, PIC_ICW1_INIT);
    io_out8(PIC2, PIC_ICW1_INIT);
    io_out8(PIC1 + 1, PIC1_VECTOR);
    io_out8(PIC2 + 1, PIC2_VECTOR);
    io_out8(PIC1 + 1, 1 << 2); /* the second one is on input 2 ... */
    io_out8(PIC2 + 1, 2);      /* ... and knows it */
    io_out8(PIC1 + 1, PIC_ICW4_8086);
    io_out8(PIC2 + 1, PIC_ICW4_8086);
    io_out8(PIC1 + 1, 0xFF);
    io_out8(PIC2 + 1, 0xFF);
}

static void ioapic_mask(uint32_t address)
{
    volatile uint32_t *select = (void *)(uint64_t)(address + IOAPIC_SELECT);
    volatile uint32_t *window = (void *)(uint64_t)(address + IOAPIC_WINDOW);
    uint32_t version, entries;

    *select = IOAPIC_REG_VERSION;
    version = *window;
    entries = (version >> 16 & 0xFF) + 1;
    if (version == 0 || entries > IOAPIC_ENTRIES_MAX)
        return; /* all zeros or ones: nobody there */
    for (uint32_t i = 0; i < entries; i++) {
        *select = IOAPIC_REG_REDIRECTION + 2 * i;
        *window = IOAPIC_MASKED;
    }
}

/* Whether every CPU must use x2APIC mode. Without x2APIC in the CPU a large
 * id cannot be addressed at all; such a CPU is not started then. */
static int needs_x2apic(const struct acpi *acpi)
{
    if (cpu_read_msr(MSR_APIC_BASE) & MSR_APIC_BASE_X2APIC)
        return 1;
    return acpi->apic_id_max > XAPIC_ID_MAX &&
           (cpu_cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC);
}

void apic_init(const struct acpi *acpi)
{
    pic_init();
    for (unsigned i = 0; i < SYSINFO->ioapics; i++)
        ioapic_mask(SYSINFO->ioapic[i].address);
    /* The register says what the CPU decodes, the MADT only what the
     * firmware believes. */
    base = cpu_read_msr(MSR_APIC_BASE) & APIC_BASE_ADDRESS;
    if (!base)
        base = acpi->lapic;
    x2apic = needs_x2apic(acpi);
    apic_init_local();
    SYSINFO->lapic = base;
    SYSINFO->x2apic = (uint8_t)x2apic;
    SYSINFO->boot_apic_id = apic_id();
}

static void mask_local_vectors(void)
{
    uint32_t last = apic_read(APIC_REG_VERSION) >> 16 & 0xFF;

    apic_write(APIC_REG_LVT_TIMER, APIC_LVT_MASKED);
    apic_write(APIC_REG_LVT_LINT0, APIC_LVT_MASKED);
    apic_write(APIC_REG_LVT_LINT1, APIC_LVT_MASKED);
    if (last >= 3)
        apic_write(APIC_REG_LVT_ERROR, APIC_LVT_MASKED);
    if (last >= 4)
        apic_write(APIC_REG_LVT_COUNTERS, APIC_LVT_MASKED);
    if (last >= 5)
        apic_write(APIC_REG_LVT_THERMAL, APIC_LVT_MASKED);
    if (last >= 6)
        apic_write(APIC_REG_LVT_CMCI, APIC_LVT_MASKED);
}

void apic_init_local(void)
{
    uint64_t msr = cpu_read_msr(MSR_APIC_BASE);

    /* From off to x2APIC the way leads through xAPIC (Intel SDM volume 3,
     * "x2APIC State Transitions"). */
    if (!(msr & MSR_APIC_BASE_ENABLE))
        cpu_write_msr(MSR_APIC_BASE, msr |= MSR_APIC_BASE_ENABLE);
    if (x2apic && !(msr & MSR_APIC_BASE_X2APIC))
        cpu_write_msr(MSR_APIC_BASE, msr | MSR_APIC_BASE_X2APIC);
    mask_local_vectors();
    apic_write(APIC_REG_TPR, 0);
    apic_write(APIC_REG_SVR, APIC_SVR_ENABLE | APIC_SVR_VECTOR);
}

int apic_is_x2apic(void)
{
    return x2apic;
}

uint64_t apic_base(void)
{
    return base;
}

uint32_t apic_id(void)
{
    uint32_t id = apic_read(APIC_REG_ID);

    return x2apic ? id : id >> 24;
}

/* xAPIC mode: 0 once the last command has left, -1 if it never does. */
static int wait_sent(void)
{
    for (unsigned i = 0; i < ICR_POLLS; i++) {
        if (!(apic_read(APIC_REG_ICR) & APIC_ICR_BUSY))
            return 0;
        cpu_pause();
    }
    return -1;
}

/* In x2APIC mode one write sends, and there is no delivery status. */
static int send(uint32_t id, uint32_t command)
{
    if (x2apic) {
        cpu_write_msr(MSR_X2APIC + APIC_REG_ICR / 16,
                      (uint64_t)id << 32 | command);
        return 0;
    }
    if (id > XAPIC_ID_MAX || wait_sent() != 0)
        return -1;
    apic_write(APIC_REG_ICR_HIGH, id << 24);
    apic_write(APIC_REG_ICR, command);
    return wait_sent();
}

int apic_send_init(uint32_t id)
{
    return send(id, APIC_ICR_INIT);
}

int apic_send_startup(uint32_t id, uint8_t page)
{
    return send(id, APIC_ICR_STARTUP | page);
}
