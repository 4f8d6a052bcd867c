/* pci_scan.c - the walk that finds PCI functions.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0, chapter 6 "Configuration Space". Without
 * PCI all reads as ones, and nothing is found.
 */
#include "pci_scan.h"
#include "devices.h"
#include "drivers/drivers.h"
#include "log.h"
#include "system.h"
#include "virtio.h"
#include <pure64/sysinfo.h>

/* Registers, by the dword they are in. */
#define PCI_ID 0x00
#define PCI_CLASS_REVISION 0x08
#define PCI_HEADER_TYPE 0x0C     /* in bits 23:16 */
#define PCI_BRIDGE_BUSES 0x18    /* secondary in bits 15:8 */

#define PCI_HEADER_MULTI_FUNCTION (1u << 23)
#define PCI_HEADER_LAYOUT 0x7F0000u
#define PCI_HEADER_BRIDGE 0x010000u

/* Returns what the driver said that it was for, 0 if it was for none. */
static int offer_list(const struct pci_function *function,
                     const struct pci_driver *const *list)
{
    uint32_t id = (uint32_t)function->vendor << 16 | function->device;
    uint32_t class = PCI_CLASS(function->class);
    const struct pci_driver *driver;
    int result = 0;

    while (!result && (driver = *list++))
        if ((id >= driver->first && id <= driver->last) ||
            (class >= driver->first && class <= driver->last))
            result = driver->probe(function);
    return result;
}

void pci_offer(const struct pci_function *function)
{
    unsigned known = devices_count();
    int result;

    log_probe();
    result = offer_list(function, os_drivers);
    if (!result)
        result = offer_list(function, os_system.kernel->pci_drivers);
    devices_note(result);
    if (devices_count() > known)
        log_device(known);
    log_found();
}

/* Offers what is at that address, and notes the bus behind a bridge.
 * Returns 0 if nothing is there, else the header type's dword with bit 0 set. */
static uint32_t pci_scan_function(uint32_t address, uint8_t *buses)
{
    struct pci_function function = {.address = address};
    struct virtio_device virtio;
    uint32_t id = os_system.kernel->pci_read(&function, PCI_ID);
    uint32_t header;

    function.vendor = (uint16_t)id;
    function.device = (uint16_t)(id >> 16);
    /* 0 is nobody's id, and our mark for devices outside PCI. */
    if (function.vendor == 0 || function.vendor == 0xFFFF)
        return 0;
    function.class = os_system.kernel->pci_read(&function, PCI_CLASS_REVISION) >> 8;
    header = os_system.kernel->pci_read(&function, PCI_HEADER_TYPE);
    if ((header & PCI_HEADER_LAYOUT) == PCI_HEADER_BRIDGE)
        buses[os_system.kernel->pci_read(&function, PCI_BRIDGE_BUSES) >> 8 &
              0xFF] = 1;
    if (virtio_pci_find(&function, &virtio))
        function.virtio = &virtio;
    pci_offer(&function);
    return header | 1;
}

/* A root bus that no bridge leads to has a host bridge, as its device 0. */
static void pci_scan_bus(uint32_t address, uint8_t *buses)
{
    uint32_t step = 1;

    for (uint32_t devfn = 0; devfn < 256; devfn += step) {
        uint32_t header = pci_scan_function(address | devfn, buses);

        if (!devfn && !header && !buses[(uint8_t)(address >> 8)])
            return;
        /* Function 0 says whether there are more. */
        if (devfn % 8 == 0)
            step = header & PCI_HEADER_MULTI_FUNCTION ? 1 : 8;
    }
}

/* A bus always has a higher number than the one its bridge is on
 * (PCI-to-PCI Bridge Architecture Specification, 3.2.5.4): one pass finds
 * every bus, and each only once whatever the bridges say. */
static void pci_scan_buses(uint32_t segment, uint32_t bus, uint32_t last,
                           uint8_t *buses)
{
    for (; bus <= last; bus++)
        pci_scan_bus(segment << 16 | bus << 8, buses);
}

void pci_scan(void)
{
    struct pci_function nowhere = {0};
    const struct sysinfo_pcie *range = SYSINFO->pcie;
    uint8_t buses[256] = {0};

    log_probe();
    offer_list(&nowhere, os_system.kernel->pci_drivers);
    log_found();
    /* What of segment 0 has no range is looked for by the ports. */
    pci_scan_buses(0, 0, 255, buses);
    for (unsigned i = SYSINFO->pcie_ranges; i--; range++)
        if (range->segment)
            pci_scan_buses(range->segment, range->first_bus, range->last_bus,
                           buses);
}
