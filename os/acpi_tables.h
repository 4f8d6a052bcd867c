/* acpi_tables.h - the tables with ACPI's byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The byte code of the next DSDT or SSDT, *number counting from 0: 0 behind the
 * last one. What is not in memory that is mapped is passed over. */
const uint8_t *acpi_code(unsigned *number, size_t *length);
