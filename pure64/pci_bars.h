/* pci_bars.h - device memory that lies above the identity map.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* Walks the PCI functions reachable from bus 0 and has paging_map_device map
 * every assigned memory BAR at or above 16 GiB, and every PCIe configuration
 * range of the system information table that reaches beyond. Returns at once
 * where no address that high exists. Boot CPU, once, interrupts off; after
 * acpi_init, before cpus_start. */
void pci_bars_map(void);
