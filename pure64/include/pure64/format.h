/* format.h - text with values in it: the part of printf that we use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *   %s text   %c character   %d signed   %u unsigned   %x %X hexadecimal   %%
 *
 * Between % and the letter, in this order and all optional: `-` (flush left)
 * or `0` (pad numbers with zeros), a width in decimal, `l` (the value is 64
 * bits wide; 32 without). A null %s prints nothing. An unknown directive is
 * printed as it stands and takes no argument.
 */
#pragma once
#include <stdarg.h>

/* Calls put(context, c) for each character in turn; no final NUL. Keeps no
 * state: any CPU, any interrupt state, as far as put allows it. */
void format(void (*put)(void *context, char c), void *context,
            const char *text, ...) __attribute__((format(printf, 3, 4)));
void format_list(void (*put)(void *context, char c), void *context,
                 const char *text, va_list list)
    __attribute__((format(printf, 3, 0)));
