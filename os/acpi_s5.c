/* acpi_s5.c - how to switch off, in ACPI's byte code: \_S5_.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, "ACPI Machine Language (AML) Specification": 20.2.2
 * "Name Objects Encoding", 20.2.4 "Package Length". Firmware writes the package
 * as constants.
 */
#include "acpi_s5.h"
#include "acpi_aml.h"
#include <pure64/string.h>

#define AML_NAME 0x08
#define AML_PACKAGE 0x12

/* Behind the name: a package of two or more numbers. */
static int s5_package(const uint8_t *code, size_t length, uint8_t types[2])
{
    uint32_t first, second = 0;
    size_t at, size;

    if (length < 2 || code[0] != AML_PACKAGE)
        return 0;
    /* The package's length: its first byte says how many follow; then the
     * number of elements. */
    at = 2u + (code[1] >> 6);
    if (at >= length || code[at] < 1)
        return 0;
    at++;
    size = aml_number(code + at, length - at, &first);
    if (!size || (code[at - 1] > 1 && !aml_number(code + at + size,
                                                  length - at - size,
                                                  &second)))
        return 0;
    types[0] = (uint8_t)first;
    types[1] = (uint8_t)second;
    return 1;
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
            s5_package(code + name + 4, length - name - 4, types))
            return 1;
    }
    return 0;
}
