/* acpi_virtio.c - where ACPI's byte code says virtio devices are.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4: 20.2.5.2 "Named Objects Encoding" (DefDevice), 6.4
 * "Resource Data Types for ACPI". Virtual machines give a device of virtio over
 * MMIO the hardware id LNRO0005 and its resources as constants.
 */
#include "acpi_virtio.h"
#include "acpi_aml.h"
#include <pure64/string.h>

#define AML_EXTENDED 0x5B
#define AML_DEVICE 0x82

/* Name (_HID, "LNRO0005") with its final 0, Name (_CRS, Buffer. */
static const char HID[] = "\x08_HID\x0DLNRO0005";
static const char CRS[6] = "\x08_CRS\x11";

/* Resources: large ones have their length in the next two bytes. */
#define RESOURCE_LARGE 0x80
#define RESOURCE_LARGE_HEADER 3
#define RESOURCE_SMALL_LENGTH 7
#define RESOURCE_END (0x0F << 3)
#define RESOURCE_MEMORY32_FIXED 0x86
#define RESOURCE_MEMORY32_FIXED_BYTES 12
#define RESOURCE_INTERRUPTS 0x89
#define RESOURCE_INTERRUPTS_BYTES 9 /* with one interrupt */
#define RESOURCE_INTERRUPTS_EDGE 2
#define RESOURCE_INTERRUPTS_LOW 4

static uint32_t get32(const uint8_t *where)
{
    uint32_t value;

    memcpy(&value, where, sizeof value);
    return value;
}

/* The offset behind it, 0 if it is not there. */
static size_t find(const uint8_t *code, size_t length, const char *what,
                   size_t size)
{
    for (size_t i = 0; i + size <= length; i++)
        if (code[i] == (uint8_t)*what && memcmp(code + i, what, size) == 0)
            return i + size;
    return 0;
}

static void resource(const uint8_t *item, size_t size,
                     struct acpi_virtio *found)
{
    if (item[0] == RESOURCE_MEMORY32_FIXED &&
        size >= RESOURCE_MEMORY32_FIXED_BYTES && !found->size) {
        found->address = get32(item + 4);
        found->size = get32(item + 8);
    } else if (item[0] == RESOURCE_INTERRUPTS &&
               size >= RESOURCE_INTERRUPTS_BYTES && item[4] &&
               !found->has_interrupt) {
        found->has_interrupt = 1;
        found->edge = (item[3] & RESOURCE_INTERRUPTS_EDGE) != 0;
        found->low = (item[3] & RESOURCE_INTERRUPTS_LOW) != 0;
        found->interrupt = get32(item + 5);
    }
}

static void resources(const uint8_t *item, size_t length,
                      struct acpi_virtio *found)
{
    size_t size;

    for (; length && (item[0] & ~RESOURCE_SMALL_LENGTH) != RESOURCE_END;
         item += size, length -= size) {
        size = 1 + (item[0] & RESOURCE_SMALL_LENGTH);
        if (item[0] & RESOURCE_LARGE) {
            if (length < RESOURCE_LARGE_HEADER)
                return;
            size = RESOURCE_LARGE_HEADER + (size_t)(item[1] | item[2] << 8);
        }
        if (size > length)
            return;
        resource(item, size, found);
    }
}

/* What a device says of itself: 1 if it is one of virtio, with registers. */
static int device(const uint8_t *code, size_t length,
                  struct acpi_virtio *found)
{
    size_t at, size;
    uint32_t bytes;

    memset(found, 0, sizeof *found);
    if (!find(code, length, HID, sizeof HID))
        return 0;
    at = find(code, length, CRS, sizeof CRS);
    if (!at)
        return 0;
    code += at;
    at = aml_package(code, length - at, &length);
    size = at ? aml_number(code + at, length - at, &bytes) : 0;
    if (!size)
        return 0;
    at += size;
    resources(code + at, bytes < length - at ? bytes : length - at, found);
    return found->size != 0;
}

size_t acpi_find_virtio(const uint8_t *code, size_t length, size_t from,
                        struct acpi_virtio *found)
{
    static const char begin[2] = {AML_EXTENDED, (char)AML_DEVICE};

    while ((size_t)(length - from) >= sizeof begin) {
        size_t at = find(code + from, length - from, begin, sizeof begin);
        size_t size, inner;

        if (!at)
            return 0;
        from += at;
        if (!aml_package(code + from, length - from, &size))
            continue;
        /* Up to a device inside it, which is looked at for itself. */
        inner = find(code + from, size, begin, sizeof begin);
        if (device(code + from, inner ? inner : size, found))
            return from;
    }
    return 0;
}
