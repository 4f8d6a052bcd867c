/* pci_interrupt.c - interrupts of PCI functions: MSI-X, MSI, or a line.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0: 6.8 "Message Signaled Interrupts", 6.2.4
 * "Interrupt Line". Intel SDM volume 3, "Message Signalled Interrupts". In
 * QEMU: virtio and NVMe have MSI-X, e1000e and vmxnet3 both, e1000 a line.
 */
#include "interrupts.h"
#include "system.h"
#include "virtio.h"
#include <baremetal.h>
#include <pure64/sysinfo.h>

/* Registers, by the dword they are in. */
#define PCI_COMMAND_STATUS 0x04
#define PCI_COMMAND_INTX_DISABLE (1u << 10)
#define PCI_LINE 0x3C
#define LINES_MAX 15 /* 1 to 15 */

/* The control registers are the upper halves of the capabilities' first dwords:
 * of what can be written, only the bit that turns it on is to be set. */
#define PCI_CAPABILITY_MSI 0x05
#define MSI_ENABLE (1u << 16) /* one message */
#define MSI_64 (1u << 23)
#define MSI_64_TO_4 21 /* shifts it to the four bytes by which that is longer */
#define MSI_ADDRESS 4
#define MSI_DATA 8 /* or, behind a 64-bit address, 12 */

#define PCI_CAPABILITY_MSIX 0x11
#define MSIX_ENABLE (1u << 31) /* and not the mask of all entries */
#define MSIX_TABLE 4
#define MSIX_TABLE_BAR 7u

/* A message is a write of the vector there: fixed delivery to the CPU with
 * that physical id, edge triggered. */
#define MESSAGE_ADDRESS 0xFEE00000u
#define MESSAGE_ID_SHIFT 12
#define MESSAGE_ID_MAX 254 /* 255 is every CPU */

struct msix_entry {
    uint32_t address[2], data, masked;
};

static int line_enable(const struct pci_function *function,
                       interrupt_handler *handler, void *context)
{
    uint8_t line = os_system.kernel->pci_read(function, PCI_LINE);

    /* 255 and, as it is the timer's, 0 mean that there is none. */
    if (line - 1u >= LINES_MAX)
        return BAREMETAL_ENODEV;
    /* Zeros in the upper half: a 1 would clear a bit of the status. */
    os_system.kernel->pci_write(function, PCI_COMMAND_STATUS,
              (uint16_t)os_system.kernel->pci_read(function, PCI_COMMAND_STATUS) &
                  ~PCI_COMMAND_INTX_DISABLE);
    return interrupts_isa(line | INTERRUPTS_LINE, handler, context);
}

int interrupts_pci(const struct pci_function *function,
                  interrupt_handler *handler, void *context)
{
    volatile struct msix_entry *entry = 0;
    uint32_t address, vector, bits;
    unsigned at;

    /* Nor can the I/O APIC's messages reach it. */
    if (SYSINFO->boot_apic_id > MESSAGE_ID_MAX)
        return BAREMETAL_ENODEV;
    if (function->class & BAREMETAL_PCI_MMIO)
        return virtio_mmio_interrupt(function, handler, context);
    at = os_system.kernel->pci_capability(function, PCI_CAPABILITY_MSIX, 0);
    if (at) {
        bits = os_system.kernel->pci_read(function, at + MSIX_TABLE);
        entry = os_system.kernel->pci_registers(function, bits & MSIX_TABLE_BAR,
                              bits & ~MSIX_TABLE_BAR);
    }
    if (!entry)
        at = os_system.kernel->pci_capability(function, PCI_CAPABILITY_MSI, 0);
    if (!at)
        return line_enable(function, handler, context);
    vector = interrupts_vector(handler, context);
    if (!vector)
        return BAREMETAL_ENODEV;
    address = MESSAGE_ADDRESS | SYSINFO->boot_apic_id << MESSAGE_ID_SHIFT;
    if (entry) {
        /* The other entries stay masked, as a reset left them. */
        entry->address[0] = address;
        entry->address[1] = 0;
        entry->data = vector;
        entry->masked = 0;
        bits = MSIX_ENABLE;
    } else {
        os_system.kernel->pci_write(function, at + MSI_ADDRESS, address);
        os_system.kernel->pci_write(function, at + MSI_DATA, 0); /* or its upper half */
        bits = (os_system.kernel->pci_read(function, at) & MSI_64) >> MSI_64_TO_4;
        os_system.kernel->pci_write(function, at + MSI_DATA + bits, vector);
        bits = MSI_ENABLE;
    }
    os_system.kernel->pci_write(function, at, bits);
    return 0;
}
