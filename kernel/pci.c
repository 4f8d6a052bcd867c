/* pci.c - PCI configuration space, and the list of the kernel's drivers.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0: 3.2.2.3.2 "Software Generation of
 * Configuration Transactions", chapter 6 "Configuration Space"; PCI Express
 * Base Specification, "Enhanced Configuration Access Mechanism". Without PCI
 * the ports read as all ones, and nothing is found.
 */
#include <kernel/pci.h>
#include <kernel/memory.h>
#include <pure64/io.h>
#include <pure64/sysinfo.h>

#define PCI_PORT_ADDRESS 0xCF8
#define PCI_PORT_DATA 0xCFC
#define PCI_ADDRESS_ENABLE 0x80000000u
/* What mechanism 1 reaches of a function. */
#define PCI_PORT_BYTES 256

/* Registers, by the dword they are in. */
#define PCI_COMMAND_STATUS 0x04
#define PCI_BAR0 0x10

#define PCI_COMMAND_IO (1u << 0)
#define PCI_COMMAND_MEMORY (1u << 1)
#define PCI_COMMAND_MASTER (1u << 2)
#define PCI_COMMAND_INTX_DISABLE (1u << 10)
#define PCI_BAR_IO 0x1u
#define PCI_BAR_TYPE 0x6u
#define PCI_BAR_TYPE_64 0x4u
#define PCI_BAR_FLAGS 0xFu
#define PCI_BARS 6

/* Every driver of the kernel, one line each. */
#define PCI_DRIVERS(DRIVER) \
    DRIVER(block_ata)       \
    DRIVER(block_virtio)    \
    DRIVER(block_scsi)      \
    DRIVER(block_nvme)      \
    DRIVER(block_ahci)      \
    DRIVER(net_virtio)      \
    DRIVER(net_e1000)       \
    DRIVER(net_vmxnet3)

#define DECLARE(name) extern const struct pci_driver name;
#define ADDRESS(name) &name,
PCI_DRIVERS(DECLARE)
const struct pci_driver *const pci_drivers[] = {PCI_DRIVERS(ADDRESS) 0};

/* Device registers at that address, 0 if they are not mapped. */
static volatile uint32_t *pci_mapped(uint64_t physical)
{
    void *where = memory_at(physical);

    return memory_run(where, 1, MEMORY_WRITE, &physical) ? where : 0;
}

/* Where a register is; 0 if it is at the data port now. */
static volatile uint32_t *pci_select(const struct pci_function *function,
                                     unsigned offset)
{
    const struct sysinfo_pcie *range = SYSINFO->pcie;
    uint32_t address = function->address;
    uint8_t bus = (uint8_t)(address >> 8);

    for (unsigned i = SYSINFO->pcie_ranges; i--; range++) {
        volatile uint32_t *where;

        if (range->segment != address >> 16 || bus < range->first_bus ||
            bus > range->last_bus)
            continue;
        where = pci_mapped(range->base + ((uint64_t)(uint16_t)address << 12) +
                           offset);
        if (where)
            return where;
    }
    /* With ENABLE clear the data port is one that nobody answers at. */
    io_out32(PCI_PORT_ADDRESS,
             address >> 16 || offset >= PCI_PORT_BYTES
                 ? 0
                 : PCI_ADDRESS_ENABLE | address << 8 | offset);
    return 0;
}

uint32_t pci_read(const struct pci_function *function, unsigned offset)
{
    volatile uint32_t *where = pci_select(function, offset);

    return where ? *where : io_in32(PCI_PORT_DATA);
}

void pci_write(const struct pci_function *function, unsigned offset,
               uint32_t value)
{
    volatile uint32_t *where = pci_select(function, offset);

    if (where)
        *where = value;
    else
        io_out32(PCI_PORT_DATA, value);
}

void *pci_registers(const struct pci_function *function, unsigned bar,
                    uint32_t offset)
{
    unsigned at = PCI_BAR0 + 4 * bar;
    uint64_t base;

    if (bar >= PCI_BARS)
        return 0;
    base = pci_read(function, at);
    if (base & PCI_BAR_IO)
        return 0;
    if ((base & PCI_BAR_TYPE) == PCI_BAR_TYPE_64 && bar < PCI_BARS - 1)
        base |= (uint64_t)pci_read(function, at + 4) << 32;
    base &= ~(uint64_t)PCI_BAR_FLAGS;
    return base ? (void *)pci_mapped(base + offset) : 0;
}

void pci_enable(const struct pci_function *function)
{
    uint32_t command = pci_read(function, PCI_COMMAND_STATUS);

    /* Zeros in the upper half: a 1 would clear a bit of the status. */
    pci_write(function, PCI_COMMAND_STATUS,
              (uint16_t)command | PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
                  PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
}
