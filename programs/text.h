/* text.h - a line of text with numbers in it, for programs that print some.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     struct text line = { 0 };
 *     text_add(&line, "the answer is ");
 *     text_number(&line, 42, 0);
 *     text_print(&line, os);
 *
 * What is printed by one call is not mixed with what other CPUs print.
 */
#pragma once
#include <baremetal.h>

struct text {
    size_t length;
    char characters[112];
};

/* Adds as much as there is room for. */
static inline void text_add(struct text *text, const char *more)
{
    while (*more && text->length < sizeof text->characters)
        text->characters[text->length++] = *more++;
}

/* In decimal, with spaces before it up to that width. */
static inline void text_number(struct text *text, uint64_t value,
                               unsigned width)
{
    char digits[21];
    unsigned at = sizeof digits - 1;

    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (at > 0 && sizeof digits - 1 - at < width)
        digits[--at] = ' ';
    text_add(text, digits + at);
}

/* Prints the line and empties it. */
static inline void text_print(struct text *text, const struct baremetal *os)
{
    text_add(text, "\n");
    os->write(text->characters, text->length);
    text->length = 0;
}

/* The number that a word is, 0 if it is none. */
static inline uint64_t text_to_number(const char *word)
{
    uint64_t value = 0;

    for (; *word >= '0' && *word <= '9'; word++)
        value = value * 10 + (uint64_t)(*word - '0');
    return *word ? 0 : value;
}
