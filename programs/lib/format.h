/* format.h - text from a format, wherever it goes.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

struct format_output {
    void (*put)(struct format_output *output, const char *text, size_t size);
    size_t count;           /* characters so far */
};

/* What stands between % and the letter. */
struct format_field {
    unsigned left : 1, plus : 1, space : 1, alternate : 1, zeros : 1;
    unsigned upper : 1;     /* the letter is a capital */
    int width, precision;   /* -1: no precision */
};

/* A number in parts, so that a long row of zeros needs no memory. */
struct format_number {
    char prefix[4];         /* sign, 0x */
    const char *digits;
    size_t length;
    size_t leading, trailing; /* zeros before and behind the digits */
    const char *suffix;     /* exponent */
};

void format_text(struct format_output *output, const char *format,
                 va_list arguments);
/* Text, or a number, filled up to the field's width. */
void format_put(struct format_output *output,
                const struct format_field *field, const char *text,
                size_t length);
void format_put_number(struct format_output *output,
                       const struct format_field *field,
                       const struct format_number *number);
/* letter: e, f, g or a. */
void format_float(struct format_output *output,
                  const struct format_field *field, char letter,
                  double value);
