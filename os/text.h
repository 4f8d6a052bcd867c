/* text.h - comparing words people type.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

static inline char text_small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* 1 if equal but for the case of ASCII letters. */
static inline int text_equal(const char *a, const char *b)
{
    while (*a && text_small(*a) == text_small(*b)) {
        a++;
        b++;
    }
    return text_small(*a) == text_small(*b);
}
