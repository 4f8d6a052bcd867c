/* virtio.h - where the registers of a virtio device are.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Virtual I/O Device (VIRTIO) Version 1.1, OASIS: 4.1 "Virtio Over PCI Bus", 4.2
 * "Virtio Over MMIO". os finds them, the kernel's drivers use them.
 */
#pragma once
#include <kernel/pci.h>

#define VIRTIO_PCI_VENDOR 0x1AF4
#define VIRTIO_PCI_MODERN 0x1040 /* + the id of that kind of device */

/* Pointers by the type of their capability: 4.1.4 "Virtio Structure PCI
 * Capabilities". */
struct virtio_device {
    uint32_t notify_multiplier;
    uint32_t mmio;            /* VIRTIO_MMIO, or 0 on PCI */
    volatile char *common;    /* MMIO: all registers */
    volatile char *notify;
    void *isr;                /* may be 0 */
    volatile void *config;    /* of this kind of device */
};

/* How far a register's offset over MMIO is from its one on PCI in the drivers'
 * numbers for registers. */
#define VIRTIO_MMIO 16
