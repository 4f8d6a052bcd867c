/* acpi_aml.h - two pieces of ACPI's byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, "ACPI Machine Language (AML) Specification". The byte
 * code is not run: what os looks for in it firmware writes as constants.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* 20.2.3 "Data Objects": a number of up to 32 bits. Returns the bytes it
 * takes, 0 if it is none or does not end within `length`. */
size_t aml_number(const uint8_t *code, size_t length, uint32_t *value);

/* 20.2.4 "Package Length": *size is the bytes of the package from here on,
 * these included, and not more than `length`. Returns the bytes it takes itself,
 * 0 if it is not possible. */
size_t aml_package(const uint8_t *code, size_t length, size_t *size);
