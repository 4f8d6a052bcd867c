/* acpi_fadt.h - what os needs of the firmware's ACPI tables.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, chapter 5.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6];
    uint8_t unused_16[20];
} __attribute__((packed));

/* "Generic Address Structure". */
struct acpi_address {
    uint8_t space, bit_width, bit_offset, access_size;
    uint64_t address;
} __attribute__((packed));

#define ACPI_SPACE_MEMORY 0
#define ACPI_SPACE_IO 1

/* "Fixed ACPI Description Table": offsets of fields. */
struct acpi_fadt {
    struct acpi_header header;
    uint32_t facs, dsdt;
    uint8_t unused_44[4];
    uint32_t smi_command;
    uint8_t acpi_enable;
    uint8_t unused_53[11];
    uint32_t pm1a_control, pm1b_control;
    uint8_t unused_72[36];
    uint8_t century;            /* RTC register, 0 if there is none */
    uint8_t unused_109[3];
    uint32_t flags;
    struct acpi_address reset;
    uint8_t reset_value;
    uint8_t unused_129[11];
    uint64_t x_dsdt;
    uint8_t unused_148[24];
    struct acpi_address x_pm1a_control, x_pm1b_control;
    uint8_t unused_196[48];
    struct acpi_address sleep_control, sleep_status;
} __attribute__((packed));
_Static_assert(offsetof(struct acpi_fadt, pm1a_control) == 64, "ACPI");
_Static_assert(offsetof(struct acpi_fadt, century) == 108, "ACPI");
_Static_assert(offsetof(struct acpi_fadt, reset) == 116, "ACPI");
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "ACPI");
_Static_assert(offsetof(struct acpi_fadt, x_pm1a_control) == 172, "ACPI");
_Static_assert(offsetof(struct acpi_fadt, sleep_control) == 244, "ACPI");

#define ACPI_FADT_RESET_REG_SUP (1u << 10)
#define ACPI_FADT_HW_REDUCED (1u << 20)

/* 1 if the table is long enough to have that field. */
#define ACPI_HAS(fadt, field)                                        \
    ((fadt)->header.length >= offsetof(struct acpi_fadt, field) +    \
                                  sizeof((fadt)->field))
