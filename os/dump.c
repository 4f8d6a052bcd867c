/* dump.c - bytes in hex and as text.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "dump.h"
#include "print.h"

void dump_line(const struct baremetal *os, uint64_t address,
               const uint8_t *bytes, unsigned count)
{
    char text[DUMP_LINE + 1];

    print(os, "%016lx ", address);
    for (unsigned i = 0; i < DUMP_LINE; i++) {
        if (i == DUMP_LINE / 2)
            print(os, " ");
        if (i < count)
            print(os, " %02x", bytes[i]);
        else
            print(os, "   ");
        text[i] = i >= count                          ? ' '
                  : bytes[i] >= ' ' && bytes[i] < 0x7F ? (char)bytes[i]
                                                       : '.';
    }
    text[DUMP_LINE] = 0;
    print(os, "  |%s|\n", text);
}
