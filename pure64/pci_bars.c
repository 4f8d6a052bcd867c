/* pci_bars.c - device memory that lies above the identity map.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0, "Configuration Space Organization" and
 * "Base Addresses"; configuration mechanism 1 for segment 0, which every PC
 * has, the memory-mapped one for the others.
 */
#include "pci_bars.h"
#include "paging.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/sysinfo.h>

/* All below this is mapped whatever the machine has; its bits of address. */
#define IDENTITY_BITS 34
#define IDENTITY_END (1ull << IDENTITY_BITS)

#define PCI_ADDRESS 0xCF8
#define PCI_DATA 0xCFC
#define PCI_ENABLE (1u << 31)
#define PCI_REG_ID 0x00
#define PCI_REG_COMMAND 0x04
#define PCI_COMMAND_MEMORY 2u
#define PCI_REG_HEADER_TYPE 0x0C /* bits 23:16 */
#define PCI_HEADER_MULTIFUNCTION (1u << 23)
#define PCI_REG_BAR(n) (0x10 + 4 * (n))
#define PCI_REG_BUSES 0x18 /* bridges: secondary bus in bits 15:8 */
#define PCI_BAR_IO 1u
#define PCI_BAR_TYPE 6u
#define PCI_BAR_TYPE_64 4u
#define PCI_BAR_FLAGS 0xFull

#define ECAM_BUS_SHIFT 20

#define CPUID_ADDRESS_SIZES 0x80000008

/* Where the segment being visited has its configuration space: an address as
 * of bus 0, or 0 for mechanism 1. */
static uint64_t ecam;

static volatile uint32_t *ecam_register(uint32_t function, uint32_t reg)
{
    return (void *)(ecam + ((uint64_t)function << 4) + reg);
}

static uint32_t pci_read(uint32_t function, uint32_t reg)
{
    if (ecam)
        return *ecam_register(function, reg);
    io_out32(PCI_ADDRESS, PCI_ENABLE | function | reg);
    return io_in32(PCI_DATA);
}

static void pci_write(uint32_t function, uint32_t reg, uint32_t value)
{
    if (ecam) {
        *ecam_register(function, reg) = value;
        return;
    }
    io_out32(PCI_ADDRESS, PCI_ENABLE | function | reg);
    io_out32(PCI_DATA, value);
}

/* Size of a 64-bit memory BAR: the address bits that stay 0 when all are
 * written with ones; with decoding off, lest it answers elsewhere meanwhile. */
static uint64_t bar_size(uint32_t function, uint32_t reg, uint32_t low,
                         uint32_t high)
{
    uint32_t command = pci_read(function, PCI_REG_COMMAND) & 0xFFFF;
    uint64_t mask;

    pci_write(function, PCI_REG_COMMAND, command & ~PCI_COMMAND_MEMORY);
    pci_write(function, reg, 0xFFFFFFFF);
    pci_write(function, reg + 4, 0xFFFFFFFF);
    mask = (uint64_t)pci_read(function, reg + 4) << 32;
    mask |= pci_read(function, reg);
    pci_write(function, reg, low);
    pci_write(function, reg + 4, high);
    pci_write(function, PCI_REG_COMMAND, command);
    return ~(mask & ~PCI_BAR_FLAGS) + 1;
}

/* Only a 64-bit BAR can be high enough. */
static void map_bars(uint32_t function, unsigned bars)
{
    for (unsigned i = 0; i + 1 < bars; i++) {
        uint32_t reg = PCI_REG_BAR(i), high;
        uint32_t low = pci_read(function, reg);
        uint64_t base;

        if ((low & PCI_BAR_IO) || (low & PCI_BAR_TYPE) != PCI_BAR_TYPE_64)
            continue;
        i++; /* the next register is its upper half */
        high = pci_read(function, reg + 4);
        base = ((uint64_t)high << 32 | low) & ~PCI_BAR_FLAGS;
        if (base >= IDENTITY_END)
            paging_map_device(base, bar_size(function, reg, low, high));
    }
}

static int is_there(uint32_t function)
{
    return (pci_read(function, PCI_REG_ID) & 0xFFFF) != 0xFFFF;
}

/* Bus numbers grow away from a root bus, so one pass upwards reaches all. */
static void visit_function(uint32_t function, uint32_t header,
                           uint64_t buses[4])
{
    uint32_t type = header >> 16 & 0x7F, secondary;

    if (type == 0)
        map_bars(function, 6);
    if (type != 1)
        return;
    map_bars(function, 2);
    secondary = pci_read(function, PCI_REG_BUSES) >> 8 & 0xFF;
    if (secondary > function >> 16)
        buses[secondary / 64] |= 1ull << secondary % 64;
}

static void visit_bus(uint32_t bus, uint64_t buses[4])
{
    for (uint32_t device = 0; device < 32; device++) {
        uint32_t functions = 1;

        for (uint32_t i = 0; i < functions; i++) {
            uint32_t function = bus << 16 | device << 11 | i << 8, header;

            if (!is_there(function)) {
                if (i == 0)
                    break;
                continue;
            }
            header = pci_read(function, PCI_REG_HEADER_TYPE);
            if (i == 0 && (header & PCI_HEADER_MULTIFUNCTION))
                functions = 8;
            visit_function(function, header, buses);
        }
    }
}

/* Machines with several host bridges have root buses that no bridge leads to.
 * Only AML names them; but their device 0 belongs to the host bridge, so a bus
 * with none and behind no bridge is taken for absent. */
static void visit_segment(uint32_t first, uint32_t last)
{
    uint64_t buses[4] = {0, 0, 0, 0};

    for (uint32_t bus = first; bus <= last; bus++)
        if ((buses[bus / 64] >> bus % 64 & 1) || is_there(bus << 16))
            visit_bus(bus, buses);
}

/* PCI Express Base Specification, "PCI Express Enhanced Configuration Access
 * Mechanism": 1 MiB a bus; the base is bus 0's, whatever the first bus is. */
static void map_ecam(void)
{
    for (unsigned i = 0; i < SYSINFO->pcie_ranges; i++) {
        volatile struct sysinfo_pcie *range = &SYSINFO->pcie[i];
        uint64_t first = range->first_bus;
        uint64_t bytes = (range->last_bus - first + 1) << ECAM_BUS_SHIFT;

        if (paging_map_device(range->base + (first << ECAM_BUS_SHIFT),
                              bytes) != 0 || range->segment == 0)
            continue;
        ecam = range->base;
        visit_segment(range->first_bus, range->last_bus);
        ecam = 0;
    }
}

void pci_bars_map(void)
{
    if (cpu_cpuid(0x80000000, 0).eax >= CPUID_ADDRESS_SIZES &&
        (cpu_cpuid(CPUID_ADDRESS_SIZES, 0).eax & 0xFF) <= IDENTITY_BITS)
        return;
    map_ecam();
    io_out32(PCI_ADDRESS, PCI_ENABLE);
    if (io_in32(PCI_ADDRESS) != PCI_ENABLE)
        return; /* no configuration mechanism 1: no PCI */
    visit_segment(0, 255);
}
