/* acpi_s5.c - the one thing of ACPI's byte code that os reads: \_S5_.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, "ACPI Machine Language (AML) Specification": 20.2.2
 * "Name Objects Encoding", 20.2.3 "Data Objects", 20.2.4 "Package Length".
 * The byte code is not run: firmware writes the package as constants.
 */
#include "acpi_s5.h"
#include <pure64/string.h>

#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_NAME 0x08
#define AML_BYTE 0x0A
#define AML_WORD 0x0B
#define AML_DWORD 0x0C
#define AML_PACKAGE 0x12
#define AML_ONES 0xFF

/* A number, of which the low byte counts; 0 if it is none. */
static size_t aml_number(const uint8_t *code, size_t length, uint8_t *value)
{
    static const uint8_t bytes[] = {2, 3, 5}; /* AML_BYTE.. */
    size_t size = 1;

    if (length == 0)
        return 0;
    *value = code[0];
    if (code[0] >= AML_BYTE && code[0] <= AML_DWORD) {
        size = bytes[code[0] - AML_BYTE];
        if (size > length)
            return 0;
        *value = code[1];
    } else if (code[0] != AML_ZERO && code[0] != AML_ONE &&
               code[0] != AML_ONES) {
        return 0;
    }
    return size;
}

/* Behind the name: a package of two or more numbers. */
static int aml_package(const uint8_t *code, size_t length, uint8_t types[2])
{
    size_t at, size;

    if (length < 2 || code[0] != AML_PACKAGE)
        return 0;
    /* The package's length: its first byte says how many follow; then the
     * number of elements. */
    at = 2u + (code[1] >> 6);
    if (at >= length || code[at] < 1)
        return 0;
    types[1] = 0;
    at++;
    size = aml_number(code + at, length - at, &types[0]);
    if (size && code[at - 1] > 1 &&
        !aml_number(code + at + size, length - at - size, &types[1]))
        return 0;
    return size != 0;
}

int acpi_find_s5(const uint8_t *code, size_t length, uint8_t types[2])
{
    for (size_t i = 0; i + 5 < length; i++) {
        size_t name = i + 1;

        if (code[i] != AML_NAME)
            continue;
        if (code[name] == '\\') /* the root: where it is anyway */
            name++;
        if (name + 4 < length && memcmp(code + name, "_S5_", 4) == 0 &&
            aml_package(code + name + 4, length - name - 4, types))
            return 1;
    }
    return 0;
}
