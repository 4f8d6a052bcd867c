/* test_pci_interrupt.c - tests of os/pci_interrupt.c on functions made of
 * memory.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "check.h"
#include <pure64/sysinfo.h>

/* The code under test finds the boot CPU's id here. */
static struct sysinfo table;
#undef SYSINFO
#define SYSINFO (&table)
#include "pci_interrupt.c"

#include <string.h>

#define CONFIG_BYTES 256
#define MSIX_AT 0x40
#define MSI_AT 0x60
#define TABLE_BAR 3
#define TABLE_OFFSET 0x1000u
#define ENTRIES 4
#define VECTOR 0x47
#define LINE 11
#define COMMAND 0x00100507u /* status: capabilities; INTx off, SERR, master */

static uint32_t config[CONFIG_BYTES / 4];
static struct msix_entry entries[ENTRIES];
static int has_msix, has_msi, table_mapped, vectors_left, routed;
static unsigned writes, line_asked;
static void *context_given;
static interrupt_handler *handler_given;

/* ---- what pci_interrupt.c calls */

static uint32_t mock_read(const struct pci_function *function, unsigned offset)
{
    CHECK(function->vendor == 0x1234 && offset % 4 == 0);
    return config[offset / 4];
}

static void mock_write(const struct pci_function *function, unsigned offset,
                       uint32_t value)
{
    CHECK(function->vendor == 0x1234 && offset % 4 == 0);
    /* Whoever turns messages on has filled them in. */
    if (offset == MSIX_AT && value >> 31)
        CHECK(entries[0].data == VECTOR && entries[0].masked == 0);
    if (offset == MSI_AT && value >> 16 & 1)
        CHECK(config[MSI_AT / 4 + 1] != 0);
    if (offset == PCI_COMMAND_STATUS) {
        CHECK(value >> 16 == 0); /* clears no status bit */
        value |= config[offset / 4] & 0xFFFF0000;
    }
    config[offset / 4] = value;
    writes++;
}

static void *mock_registers(const struct pci_function *function, unsigned bar,
                    uint32_t offset)
{
    CHECK(function->vendor == 0x1234);
    CHECK(bar == TABLE_BAR && offset == TABLE_OFFSET);
    return table_mapped ? entries : 0;
}

static unsigned mock_capability(const struct pci_function *function, uint8_t id,
                        unsigned offset)
{
    CHECK(function->vendor == 0x1234 && offset == 0);
    return id == 0x11 && has_msix ? MSIX_AT : id == 0x05 && has_msi ? MSI_AT
                                                                    : 0;
}

unsigned interrupts_vector(interrupt_handler *handler, void *context)
{
    handler_given = handler;
    context_given = context;
    return vectors_left-- > 0 ? VECTOR : 0;
}

int interrupts_isa(unsigned irq, interrupt_handler *handler, void *context)
{
    handler_given = handler;
    context_given = context;
    line_asked = irq;
    return routed ? 0 : BAREMETAL_ENODEV;
}

int virtio_mmio_interrupt(const struct pci_function *function,
                          interrupt_handler *handler, void *context)
{
    CHECK(function->address == 0xFEB00000);
    handler_given = handler;
    context_given = context;
    return 0;
}

static const struct kernel_services services = {
    .pci_read = mock_read,
    .pci_write = mock_write,
    .pci_registers = mock_registers,
    .pci_capability = mock_capability,
};
const struct os_system os_system = {.kernel = &services};

/* ---- the tests */

static void handler(void *context)
{
    (void)context;
}

static void reset(int msix, int msi, uint32_t msi_control)
{
    memset(config, 0, sizeof config);
    config[PCI_COMMAND_STATUS / 4] = COMMAND;
    config[0x3C / 4] = 0x100 | LINE;
    config[MSIX_AT / 4] = (ENTRIES - 1) << 16 | 0x11;
    config[MSIX_AT / 4 + 1] = TABLE_OFFSET | TABLE_BAR;
    config[MSI_AT / 4] = msi_control | 0x05;
    config[MSI_AT / 4 + 3] = 0xABCD; /* not MSI's if it has 32 bits */
    for (unsigned i = 0; i < ENTRIES; i++)
        entries[i] = (struct msix_entry){{0, 0xDEAD}, 0, 1};
    has_msix = msix;
    has_msi = msi;
    table_mapped = vectors_left = routed = 1;
    table.boot_apic_id = 5;
    writes = line_asked = 0;
    handler_given = 0;
}

static int ask(void)
{
    static const struct pci_function function = {.vendor = 0x1234};
    int error = interrupts_pci(&function, handler, config);

    if (!error)
        CHECK(handler_given == handler && context_given == config);
    return error;
}

static void test_msix(void)
{
    reset(1, 1, 1u << 23);
    CHECK(ask() == 0);
    CHECK(entries[0].address[0] == 0xFEE05000 && entries[0].address[1] == 0);
    CHECK(config[MSIX_AT / 4] >> 30 == 2); /* on, not all masked */
    CHECK(!(config[MSI_AT / 4] >> 16 & 1));
    for (unsigned i = 1; i < ENTRIES; i++)
        CHECK(entries[i].masked == 1 && entries[i].data == 0);
    CHECK(config[PCI_COMMAND_STATUS / 4] == COMMAND);
}

static void test_msi(void)
{
    /* Its table is nowhere; firmware had allowed eight messages. */
    reset(1, 1, 1u << 23 | 3u << 20);
    table_mapped = 0;
    config[MSI_AT / 4 + 2] = 0xDEAD;
    CHECK(ask() == 0);
    CHECK(config[MSI_AT / 4 + 1] == 0xFEE05000);
    CHECK(config[MSI_AT / 4 + 2] == 0 && config[MSI_AT / 4 + 3] == VECTOR);
    CHECK((config[MSI_AT / 4] >> 16 & 0x71) == 1); /* on, one message */
    CHECK(!(config[MSIX_AT / 4] >> 31));

    reset(0, 1, 0);
    CHECK(ask() == 0);
    CHECK(config[MSI_AT / 4 + 1] == 0xFEE05000);
    CHECK(config[MSI_AT / 4 + 2] == VECTOR);
    CHECK(config[MSI_AT / 4 + 3] == 0xABCD);
}

static void test_line(void)
{
    static const uint8_t none[] = {0, 16, 255};

    reset(0, 0, 0);
    CHECK(ask() == 0 && line_asked == (INTERRUPTS_LINE | LINE));
    CHECK(config[PCI_COMMAND_STATUS / 4] == (COMMAND & ~(1u << 10)));

    for (unsigned i = 0; i < sizeof none; i++) {
        reset(0, 0, 0);
        config[0x3C / 4] = 0x100u | none[i];
        CHECK(ask() == BAREMETAL_ENODEV && !line_asked && !writes);
    }
    reset(0, 0, 0);
    routed = 0;
    CHECK(ask() == BAREMETAL_ENODEV);
}

static void test_mmio(void)
{
    static const struct pci_function function = {
        .address = 0xFEB00000, .vendor = 0x1AF4,
        .class = BAREMETAL_PCI_MMIO | 1,
    };

    reset(1, 1, 0);
    CHECK(interrupts_pci(&function, handler, config) == 0 && !writes);
    CHECK(handler_given == handler && context_given == config);
    table.boot_apic_id = 255;
    CHECK(interrupts_pci(&function, handler, config) == BAREMETAL_ENODEV);
}

static void test_none(void)
{
    static const uint32_t ids[] = {255, 256, 0x100000};

    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++)
        for (int kind = 0; kind < 3; kind++) {
            reset(kind == 0, kind == 1, 0);
            table.boot_apic_id = ids[i];
            CHECK(ask() == BAREMETAL_ENODEV && !writes && !handler_given);
        }
    reset(1, 0, 0);
    table.boot_apic_id = 254;
    CHECK(ask() == 0 && entries[0].address[0] == 0xFEEFE000);

    reset(1, 1, 0);
    vectors_left = 0;
    CHECK(ask() == BAREMETAL_ENODEV && !writes && entries[0].masked);
}

int main(void)
{
    test_msix();
    test_msi();
    test_line();
    test_mmio();
    test_none();
    return check_report("pci_interrupt");
}
