/* acpi_virtio.h - where ACPI's byte code says virtio devices are.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct acpi_virtio {
    uint32_t address, size; /* physical, of the registers */
    uint32_t interrupt;     /* global interrupt */
    uint8_t has_interrupt;
    uint8_t edge, low;      /* else level triggered, active high */
};

/* Looks in the byte code of a DSDT or SSDT, from offset `from` on, for a device
 * of virtio over MMIO. Returns the offset to go on from, 0 if there is none. */
size_t acpi_find_virtio(const uint8_t *code, size_t length, size_t from,
                        struct acpi_virtio *found);
