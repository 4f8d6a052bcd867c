/* acpi_s5.h - how to switch off, in ACPI's byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Looks in the byte code of a DSDT or SSDT for the package \_S5_ and takes its
 * first two numbers, SLP_TYP for PM1a and PM1b. 1 if it is there. */
int acpi_find_s5(const uint8_t *code, size_t length, uint8_t types[2]);
