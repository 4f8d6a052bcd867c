/* print.h - text and numbers, for test programs that print much.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* What main got. */
static const struct baremetal *system;

static inline void print(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    system->write(text, length);
}

static inline void print_number(uint64_t value, unsigned base, unsigned width)
{
    char digits[24];
    unsigned at = sizeof digits - 1;

    digits[at] = 0;
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value || sizeof digits - 1 - at < width);
    print(digits + at);
}
