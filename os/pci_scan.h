/* pci_scan.h - the walk that finds PCI functions.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/pci.h>

/* Visits all buses in all segments and offers each function to os's drivers,
 * then to the kernel's. Boot CPU, once, at start. */
void pci_scan(void);

/* Offers one device to os's drivers, then to the kernel's, and notes in the list
 * of devices what they say. */
void pci_offer(const struct pci_function *function);

/* Config offset of the next capability with that id behind the one at
 * `offset` (0: from the first), 0 if there is none. Ends on lists that loop. */
unsigned pci_capability(const struct pci_function *function, uint8_t id,
                        unsigned offset);
