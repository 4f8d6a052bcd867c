/* virtio.h - finding virtio devices and their registers.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "interrupts.h"
#include <kernel/virtio.h>

/* Finds the registers of a PCI function; nothing is written to it. 0 if it is
 * no virtio device, or some of its registers are not there or not mapped. Boot
 * CPU, at start. */
int virtio_pci_find(const struct pci_function *function,
                    struct virtio_device *device);

/* Offers the devices that ACPI names to the drivers. Boot CPU, once, at start. */
void virtio_mmio_scan(void);

/* As interrupts_pci, for one of these devices. */
int virtio_mmio_interrupt(const struct pci_function *function,
                          interrupt_handler *handler, void *context);
