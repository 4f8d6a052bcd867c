/* acpi_aml.c - two pieces of ACPI's byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "acpi_aml.h"

#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_BYTE 0x0A
#define AML_DWORD 0x0C
#define AML_ONES 0xFF

size_t aml_number(const uint8_t *code, size_t length, uint32_t *value)
{
    static const uint8_t bytes[] = {1, 2, 4}; /* AML_BYTE.. */
    size_t size;

    if (length == 0)
        return 0;
    *value = code[0] == AML_ONES ? UINT32_MAX : code[0];
    if (code[0] == AML_ZERO || code[0] == AML_ONE || code[0] == AML_ONES)
        return 1;
    if (code[0] < AML_BYTE || code[0] > AML_DWORD)
        return 0;
    size = bytes[code[0] - AML_BYTE];
    if (size >= length)
        return 0;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value |= (uint32_t)code[1 + i] << 8 * i;
    return 1 + size;
}

size_t aml_package(const uint8_t *code, size_t length, size_t *size)
{
    size_t more, bytes;

    if (length == 0)
        return 0;
    more = code[0] >> 6;
    if (more >= length)
        return 0;
    bytes = code[0] & (more ? 0x0F : 0x3F);
    for (size_t i = 0; i < more; i++)
        bytes |= (size_t)code[1 + i] << (4 + 8 * i);
    *size = bytes;
    return bytes > more && bytes <= length ? 1 + more : 0;
}
