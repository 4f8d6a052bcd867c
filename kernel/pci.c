/* pci.c - PCI configuration space, and the walk that finds devices.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0: 3.2.2.3.2 "Software Generation of
 * Configuration Transactions", chapter 6 "Configuration Space". Without PCI
 * the ports read as all ones, and nothing is found.
 */
#include <kernel/pci.h>
#include <pure64/io.h>

#define PCI_PORT_ADDRESS 0xCF8
#define PCI_PORT_DATA 0xCFC
#define PCI_ADDRESS_ENABLE 0x80000000u

/* Registers, by the dword they are in. */
#define PCI_ID 0x00
#define PCI_COMMAND_STATUS 0x04
#define PCI_HEADER_TYPE 0x0C     /* in bits 23:16 */
#define PCI_BAR0 0x10
#define PCI_BRIDGE_BUSES 0x18    /* secondary in bits 15:8 */
#define PCI_CAPABILITIES 0x34

#define PCI_COMMAND_IO (1u << 0)
#define PCI_COMMAND_MEMORY (1u << 1)
#define PCI_COMMAND_MASTER (1u << 2)
#define PCI_COMMAND_INTX_DISABLE (1u << 10)
#define PCI_STATUS_CAPABILITIES (1u << 20)
#define PCI_HEADER_MULTI_FUNCTION (1u << 23)
#define PCI_HEADER_LAYOUT 0x7F0000u
#define PCI_HEADER_BRIDGE 0x010000u
#define PCI_BAR_IO 0x1u
#define PCI_BAR_TYPE 0x6u
#define PCI_BAR_TYPE_64 0x4u

/* Every driver, one line each. */
#define PCI_DRIVERS(DRIVER) \
    DRIVER(block_ata)       \
    DRIVER(block_virtio)

#define DECLARE(name) extern const struct pci_driver name;
#define ADDRESS(name) &name,
PCI_DRIVERS(DECLARE)
static const struct pci_driver *const drivers[] = {PCI_DRIVERS(ADDRESS) 0};

/* The port to read or write once that register is selected. */
static uint16_t pci_select(const struct pci_function *function,
                           unsigned offset)
{
    io_out32(PCI_PORT_ADDRESS,
             PCI_ADDRESS_ENABLE | function->address | (offset & 0xFC));
    return PCI_PORT_DATA;
}

uint32_t pci_read(const struct pci_function *function, unsigned offset)
{
    return io_in32(pci_select(function, offset));
}

void pci_write(const struct pci_function *function, unsigned offset,
               uint32_t value)
{
    io_out32(pci_select(function, offset), value);
}

uint64_t pci_memory_bar(const struct pci_function *function, unsigned bar)
{
    unsigned offset = PCI_BAR0 + 4 * bar;
    uint32_t low;
    uint64_t high = 0;

    if (bar > 5)
        return 0;
    low = pci_read(function, offset);
    if (low & PCI_BAR_IO)
        return 0;
    if ((low & PCI_BAR_TYPE) == PCI_BAR_TYPE_64 && bar < 5)
        high = pci_read(function, offset + 4);
    return high << 32 | (low & ~0xFu);
}

unsigned pci_capability_next(const struct pci_function *function,
                             unsigned offset)
{
    if (offset)
        return pci_read(function, offset) >> 8 & 0xFC;
    if (!(pci_read(function, PCI_COMMAND_STATUS) & PCI_STATUS_CAPABILITIES))
        return 0;
    return pci_read(function, PCI_CAPABILITIES) & 0xFC;
}

void pci_enable(const struct pci_function *function)
{
    uint32_t command = pci_read(function, PCI_COMMAND_STATUS);

    /* Zeros in the upper half: a 1 would clear a bit of the status. */
    pci_write(function, PCI_COMMAND_STATUS,
              (uint16_t)command | PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
                  PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
}

static void pci_offer(const struct pci_function *function)
{
    const struct pci_driver *driver;

    for (unsigned i = 0; (driver = drivers[i]); i++)
        if (driver->vendor == function->vendor &&
            function->device >= driver->device_first &&
            function->device <= driver->device_last &&
            driver->probe(function))
            return;
}

/* Offers what is at that address, and notes the bus behind a bridge.
 * Returns 0 if nothing is there, else the header type's dword. */
static uint32_t pci_scan_function(uint32_t address, uint8_t *buses)
{
    struct pci_function function = {.address = address};
    uint32_t id = pci_read(&function, PCI_ID);
    uint32_t header;

    function.vendor = (uint16_t)id;
    function.device = (uint16_t)(id >> 16);
    /* 0 is nobody's id, and our mark for devices outside PCI. */
    if (function.vendor == 0 || function.vendor == 0xFFFF)
        return 0;
    header = pci_read(&function, PCI_HEADER_TYPE);
    if ((header & PCI_HEADER_LAYOUT) == PCI_HEADER_BRIDGE)
        buses[(uint8_t)(pci_read(&function, PCI_BRIDGE_BUSES) >> 8)] = 1;
    pci_offer(&function);
    return header;
}

static void pci_scan_bus(uint32_t bus, uint8_t *buses)
{
    uint32_t step = 1;

    for (uint32_t devfn = 0; devfn < 256; devfn += step) {
        uint32_t header = pci_scan_function(bus << 16 | devfn << 8, buses);

        /* Function 0 says whether there are more. */
        if (devfn % 8 == 0)
            step = header & PCI_HEADER_MULTI_FUNCTION ? 1 : 8;
    }
}

void pci_init(void)
{
    struct pci_function fixed_ports = {0};
    uint8_t buses[256] = {1};

    pci_offer(&fixed_ports);
    /* A bus always has a higher number than the one its bridge is on
     * (PCI-to-PCI Bridge Architecture Specification, 3.2.5.4): one pass finds
     * every bus, and each only once whatever the bridges say. */
    for (uint32_t bus = 0; bus < 256; bus++)
        if (buses[bus])
            pci_scan_bus(bus, buses);
}
