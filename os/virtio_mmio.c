/* virtio_mmio.c - virtio devices that are not on PCI: finding them.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * VIRTIO 1.1, OASIS: 4.2 "Virtio Over MMIO". ACPI's byte code says where they
 * are. In QEMU:
 *   -M microvm -global virtio-mmio.force-legacy=false
 *   -device virtio-blk-device,drive=d
 */
#include "virtio.h"
#include "acpi_tables.h"
#include "acpi_virtio.h"
#include "devices.h"
#include "pci_scan.h"
#include "print.h"
#include "system.h"

/* 4.2.2 "MMIO Device Register Layout", in dwords. */
#define MMIO_MAGIC (0x000 / 4)
#define MMIO_MAGIC_VALUE 0x74726976
#define MMIO_VERSION (0x004 / 4)
#define MMIO_VERSION_LEGACY 1
#define MMIO_VERSION_1_0 2
#define MMIO_DEVICE_ID (0x008 / 4) /* 0: no device is there */
#define MMIO_QUEUE_NOTIFY (0x050 / 4)
#define MMIO_INTERRUPT_STATUS (0x060 / 4)
#define MMIO_INTERRUPT_ACK (0x064 / 4)
#define MMIO_CONFIG (0x100 / 4)
#define MMIO_BYTES 0x200

#define DEVICES_MAX 64

/* Those that were found, in order. */
static struct mmio_device {
    struct acpi_virtio acpi;
    volatile uint32_t *registers;
    interrupt_handler *handler; /* 0: it does not interrupt */
    void *context;
} devices[DEVICES_MAX];
static unsigned count;
static int legacy_told;

static void offer(const struct mmio_device *device)
{
    volatile uint32_t *registers = device->registers;
    uint32_t version = registers[MMIO_VERSION];
    const struct virtio_device virtio = {
        .mmio = VIRTIO_MMIO,
        .common = (volatile char *)registers,
        .notify = (volatile char *)&registers[MMIO_QUEUE_NOTIFY],
        .config = &registers[MMIO_CONFIG],
    };
    struct pci_function function = {
        .address = device->acpi.address,
        .vendor = VIRTIO_PCI_VENDOR,
        .device = (uint16_t)(VIRTIO_PCI_MODERN + registers[MMIO_DEVICE_ID]),
        .class = BAREMETAL_PCI_MMIO | (uint16_t)registers[MMIO_DEVICE_ID],
        .virtio = version == MMIO_VERSION_1_0 ? &virtio : 0,
    };

    pci_offer(&function);
    if (version != MMIO_VERSION_LEGACY)
        return;
    devices_name(function.address, "legacy\0");
    if (!legacy_told++)
        print(os_system.os, "virtio-mmio: legacy is not driven; QEMU: "
                            "-global virtio-mmio.force-legacy=false\n");
}

/* 1 if a device is there; the firmware names more places than are in use. */
static int open_registers(struct mmio_device *device)
{
    uint64_t physical = device->acpi.address;
    volatile uint32_t *registers = system_memory_at(physical);

    if (device->acpi.size < MMIO_BYTES || physical % 4 ||
        os_system.kernel->memory_run((const void *)registers, MMIO_BYTES,
                                     MEMORY_WRITE, &physical) < MMIO_BYTES ||
        registers[MMIO_MAGIC] != MMIO_MAGIC_VALUE ||
        !registers[MMIO_DEVICE_ID])
        return 0;
    for (unsigned i = 0; i < count; i++)
        if (devices[i].registers == registers)
            return 0;
    device->registers = registers;
    return 1;
}

void virtio_mmio_scan(void)
{
    const uint8_t *code;
    unsigned number = 0;
    size_t length;

    while ((code = acpi_code(&number, &length))) {
        size_t at = 0;

        while (count < DEVICES_MAX &&
               (at = acpi_find_virtio(code, length, at, &devices[count].acpi)))
            if (open_registers(&devices[count]))
                offer(&devices[count++]);
    }
}

static void interrupted(void *context)
{
    const struct mmio_device *device = context;

    device->registers[MMIO_INTERRUPT_ACK] =
        device->registers[MMIO_INTERRUPT_STATUS];
    device->handler(device->context);
}

int virtio_mmio_interrupt(const struct pci_function *function,
                          interrupt_handler *handler, void *context)
{
    struct mmio_device *device = 0;
    unsigned vector;

    for (unsigned i = 0; i < count; i++)
        if (devices[i].acpi.address == function->address)
            device = &devices[i];
    if (!device || !device->acpi.has_interrupt)
        return BAREMETAL_ENODEV;
    /* An input of the I/O APIC has one vector. */
    for (unsigned i = 0; i < count; i++)
        if (devices[i].handler &&
            devices[i].acpi.interrupt == device->acpi.interrupt)
            return BAREMETAL_ENODEV;
    vector = interrupts_vector(interrupted, device);
    if (!vector)
        return BAREMETAL_ENODEV;
    device->handler = handler;
    device->context = context;
    return ioapic_connect(device->acpi.interrupt, vector, !device->acpi.edge,
                          device->acpi.low);
}
