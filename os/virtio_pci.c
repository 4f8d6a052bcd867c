/* virtio_pci.c - where the registers of a virtio device on PCI are.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * VIRTIO 1.1, OASIS: 4.1.4 "Virtio Structure PCI Capabilities".
 */
#include "virtio.h"
#include "system.h"
#include <kernel/pci.h>

#define PCI_CAPABILITY_VENDOR 0x09

/* Types, and offsets of dwords. */
#define VIRTIO_PCI_CAP_COMMON_CFG 1
#define VIRTIO_PCI_CAP_NOTIFY_CFG 2
#define VIRTIO_PCI_CAP_DEVICE_CFG 4
#define VIRTIO_PCI_CAP_BAR 4
#define VIRTIO_PCI_CAP_OFFSET 8
#define VIRTIO_PCI_CAP_NOTIFY_MULTIPLIER 16

_Static_assert(offsetof(struct virtio_device, common) ==
                       VIRTIO_PCI_CAP_COMMON_CFG * sizeof(void *) &&
                   offsetof(struct virtio_device, notify) ==
                       VIRTIO_PCI_CAP_NOTIFY_CFG * sizeof(void *) &&
                   offsetof(struct virtio_device, config) ==
                       VIRTIO_PCI_CAP_DEVICE_CFG * sizeof(void *),
               "pointers by type");

int virtio_pci_find(const struct pci_function *function,
                    struct virtio_device *device)
{
    const struct kernel_services *kernel = os_system.kernel;
    void **registers = (void **)device;
    unsigned at = 0;

    *device = (struct virtio_device){0};
    if (function->vendor != VIRTIO_PCI_VENDOR)
        return 0;
    while ((at = kernel->pci_capability(function, PCI_CAPABILITY_VENDOR, at))) {
        uint32_t type = kernel->pci_read(function, at) >> 24;

        /* Of several of a type the first that works counts. */
        if (type - 1 >= VIRTIO_PCI_CAP_DEVICE_CFG || registers[type])
            continue;
        registers[type] = kernel->pci_registers(
            function,
            (uint8_t)kernel->pci_read(function, at + VIRTIO_PCI_CAP_BAR),
            kernel->pci_read(function, at + VIRTIO_PCI_CAP_OFFSET));
        if (type == VIRTIO_PCI_CAP_NOTIFY_CFG)
            device->notify_multiplier = kernel->pci_read(
                function, at + VIRTIO_PCI_CAP_NOTIFY_MULTIPLIER);
    }
    return device->common && device->notify && device->config;
}
