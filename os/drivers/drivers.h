/* drivers.h - the drivers of PCI functions that os has.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/pci.h>

/* Every one, up to a 0. */
extern const struct pci_driver *const os_drivers[];

extern const struct pci_driver usb_xhci; /* usb_xhci.c */
