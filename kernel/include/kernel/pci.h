/* pci.h - PCI configuration space and the drivers of PCI functions.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0; PCI Express Base Specification, "Enhanced
 * Configuration Access Mechanism" (ECAM), where the firmware's MCFG table
 * names the bus, else configuration mechanism 1 (ports 0xCF8, 0xCFC), which
 * reaches segment 0 and the first 256 bytes of each function.
 */
#pragma once
#include <stdint.h>

struct virtio_device;

struct pci_function {
    uint32_t address;      /* as in struct baremetal_pci, and so is class */
    uint16_t device, vendor;
    uint32_t class;
    const struct virtio_device *virtio; /* its registers, for the probe; or 0 */
};

/* Dword-aligned registers. Any CPU; with the ports one at a time, which
 * block_hold sees to once the system runs. What is not there reads as all
 * ones. */
uint32_t pci_read(const struct pci_function *function, unsigned offset);
void pci_write(const struct pci_function *function, unsigned offset,
               uint32_t value);

/* The registers of memory BAR 0..5 (64-bit BARs too), `offset` bytes in; 0 if
 * the BAR is an I/O one, not assigned or not mapped. */
void *pci_registers(const struct pci_function *function, unsigned bar,
                    uint32_t offset);

/* Lets the function decode its memory and I/O ranges and read and write RAM,
 * and keeps it from raising INTx. */
void pci_enable(const struct pci_function *function);

/* A driver takes functions by vendor << 16 | device, or by class: a function
 * is offered to it when either key is in first..last. */
#define PCI_CLASS(class) (0xFF000000u | (class)) /* no vendor has such ids */
#define PCI_NOWHERE 0u /* offered once, before the walk: for drivers of fixed
                          ports. Its probe returns 0. */
struct pci_driver {
    /* Returns 1 when it took the function, 0 when it is none of its own, or
     * BAREMETAL_E* when it is and does not work. */
    int (*probe)(const struct pci_function *function);
    uint32_t first, last;
};

/* The kernel's drivers, up to a 0. os finds the functions and offers them
 * (os/pci_scan.c). */
extern const struct pci_driver *const pci_drivers[];
