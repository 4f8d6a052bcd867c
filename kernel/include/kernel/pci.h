/* pci.h - PCI configuration space and the drivers of PCI functions.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0. Configuration mechanism 1 (ports 0xCF8,
 * 0xCFC) for now: segment 0, the first 256 bytes of each function.
 */
#pragma once
#include <stdint.h>

/* bus(31:24) device and function(23:16) dword-aligned register(7:0), as in
 * mechanism 1 but shifted by 8: bus << 16 | devfn << 8. */
struct pci_function {
    uint32_t address;      /* bus << 16 | device << 11 | function << 8 */
    uint16_t vendor, device;
};

uint32_t pci_read(const struct pci_function *function, unsigned offset);
void pci_write(const struct pci_function *function, unsigned offset,
               uint32_t value);

/* Physical address of memory BAR 0..5 (64-bit BARs too), 0 if the BAR is an
 * I/O one or not assigned. */
uint64_t pci_memory_bar(const struct pci_function *function, unsigned bar);

/* Config offset of the capability that follows the one at `offset` (0: of the
 * first), 0 if there is none. The list may be a loop: callers count. */
unsigned pci_capability_next(const struct pci_function *function,
                             unsigned offset);

/* 192 bytes behind the header, at least 4 bytes a capability. */
#define PCI_CAPABILITIES_MAX 48

/* Lets the function decode its memory and I/O ranges and read and write RAM,
 * and keeps it from raising INTx (everything is polled). */
void pci_enable(const struct pci_function *function);

/* A driver of functions with these ids. With vendor 0 it drives something at
 * fixed ports that PCI does not know: its probe is called once, before the
 * walk, with a function that is not there, and returns 0. */
struct pci_driver {
    /* Returns 1 when it took the function. */
    int (*probe)(const struct pci_function *function);
    uint16_t vendor;
    uint16_t device_first, device_last;
};

/* Walks all buses reachable from bus 0 and offers each function to the
 * drivers of the list. Called by block_init. Boot CPU, once. */
void pci_init(void);
