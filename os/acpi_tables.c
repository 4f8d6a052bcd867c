/* acpi_tables.c - the tables with ACPI's byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4: 5.2.7 "Root System Description Table", 5.2.11
 * "Definition Blocks".
 */
#include "acpi_tables.h"
#include "acpi_fadt.h"
#include "system.h"
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define ACPI_TABLE_MAX 0x1000000u /* larger ones are damaged */

/* The table if all of it is there; else 0. */
static const struct acpi_header *table_at(uint64_t address)
{
    const struct kernel_services *kernel = os_system.kernel;
    const struct acpi_header *table = system_memory_at(address);

    if (!address || kernel->memory_run(table, sizeof *table, MEMORY_READ,
                                       &address) < sizeof *table)
        return 0;
    if (table->length < sizeof *table || table->length > ACPI_TABLE_MAX ||
        kernel->memory_run(table, table->length, MEMORY_READ, &address) <
            table->length)
        return 0;
    return table;
}

static uint64_t dsdt_address(void)
{
    uint64_t where = SYSINFO_EXTENSION->fadt;
    const struct acpi_fadt *fadt = system_memory_at(where);

    if (!where)
        return 0;
    return ACPI_HAS(fadt, x_dsdt) && fadt->x_dsdt ? fadt->x_dsdt : fadt->dsdt;
}

const uint8_t *acpi_code(unsigned *number, size_t *length)
{
    const struct acpi_header *root = table_at(SYSINFO->acpi_root), *table;
    unsigned width, tables;

    if (!root)
        return 0;
    width = root->signature[0] == 'X' ? 8 : 4; /* XSDT, RSDT */
    tables = (unsigned)(root->length - sizeof *root) / width;
    while (*number <= tables) {
        unsigned n = (*number)++;
        uint64_t address = 0;

        if (n)
            memcpy(&address, (const char *)(root + 1) + (n - 1) * width,
                   width);
        table = table_at(n ? address : dsdt_address());
        if (!table || memcmp(table->signature, n ? "SSDT" : "DSDT", 4) != 0)
            continue;
        *length = table->length - sizeof *table;
        return (const uint8_t *)(table + 1);
    }
    return 0;
}
