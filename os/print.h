/* print.h - formatted text to the console.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* Directives: see pure64/format.h. */
void print(const struct baremetal *os, const char *text, ...)
    __attribute__((format(printf, 2, 3)));
