/* scan.c - scanf and its family: C11, 7.21.6.2 "The fscanf function".
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "stream.h"
#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 512      /* characters of a number */

/* Where characters come from: a stream, or text. */
struct input {
    struct stream *stream;
    const char *text;
    size_t count;           /* read, those given back not counted */
    int last;               /* EOF: there are no more */
};

enum length { INT, CHAR, SHORT, LONG };

struct field {
    int skip;               /* *: nothing is stored */
    size_t width;
    enum length length;
    char letter;
    char set[UCHAR_MAX + 1]; /* of %[: which characters are in it */
};

static int take(struct input *input)
{
    if (input->stream)
        input->last = stream_get(input->stream);
    else
        input->last = *input->text ? (unsigned char)*input->text++ : EOF;
    input->count += input->last != EOF;
    return input->last;
}

/* The character taken last is the next one again. */
static void give_back(struct input *input)
{
    if (input->last == EOF)
        return;
    input->count--;
    if (input->stream)
        input->stream->pushed = input->last + 1;
    else
        input->text--;
}

static void skip_spaces(struct input *input)
{
    while (isspace(take(input)))
        ;
    give_back(input);
}

/* ---- fields */

/* %[a-z], %[^]x]: behind the bracket. */
static const char *read_set(const char *format, char *set)
{
    int wanted = *format != '^';

    format += !wanted;
    memset(set, !wanted, UCHAR_MAX + 1);
    do {
        unsigned char first = (unsigned char)*format, last = first;

        if (!first)
            return format;
        if (format[1] == '-' && format[2] && format[2] != ']') {
            last = (unsigned char)format[2];
            format += 2;
        }
        for (unsigned c = first; c <= last; c++)
            set[c] = (char)wanted;
        format++;
    } while (*format != ']');
    return format + 1;
}

static const char *read_field(const char *format, struct field *field)
{
    memset(field, 0, sizeof *field);
    if (*format == '*') {
        field->skip = 1;
        format++;
    }
    for (; isdigit(*format); format++)
        field->width = field->width * 10 + (size_t)(*format - '0');
    for (; *format && strchr("hljzt", *format); format++)
        field->length = *format != 'h'           ? LONG
                        : field->length == SHORT ? CHAR
                                                 : SHORT;
    field->letter = *format;
    if (*format)
        format++;
    if (field->letter == '[')
        format = read_set(format, field->set);
    return format;
}

static void store(void *to, const struct field *field, uint64_t value)
{
    switch (field->length) {
    case CHAR: *(uint8_t *)to = (uint8_t)value; break;
    case SHORT: *(uint16_t *)to = (uint16_t)value; break;
    case INT: *(uint32_t *)to = (uint32_t)value; break;
    case LONG: *(uint64_t *)to = value; break;
    }
}

/* Characters that may stand in a number. */
static int is_number(int c, char letter, size_t at)
{
    if (c == '+' || c == '-')
        return 1;
    switch (letter) {
    case 'd':
    case 'u': return isdigit(c);
    case 'o': return c >= '0' && c <= '7';
    case 'f': return isalnum(c) || c == '.';
    default: return isxdigit(c) || (at < 3 && tolower(c) == 'x');
    }
}

/* Longest text that looks like a number, with a NUL. */
static size_t collect(struct input *input, const struct field *field,
                      char letter, char *text)
{
    size_t limit = field->width && field->width < NUMBER_MAX
                       ? field->width
                       : NUMBER_MAX - 1;
    size_t length = 0;

    while (length < limit) {
        int c = take(input);
        int sign = c == '+' || c == '-';

        if (c == EOF || !is_number(c, letter, length) ||
            (sign && length &&
             (letter != 'f' || tolower(text[length - 1]) != 'e'))) {
            give_back(input);
            break;
        }
        text[length++] = (char)c;
    }
    text[length] = 0;
    return length;
}

static int scan_integer(struct input *input, const struct field *field,
                        char letter, int base, void *to)
{
    char text[NUMBER_MAX], *end;
    uint64_t value;

    if (!collect(input, field, letter, text))
        return 0;
    value = *text == '-' || letter == 'd' ? (uint64_t)strtol(text, &end, base)
                                          : strtoul(text, &end, base);
    if (end == text)
        return 0;
    if (to)
        store(to, field, value);
    return 1;
}

static int scan_float(struct input *input, const struct field *field,
                      void *to)
{
    char text[NUMBER_MAX], *end;
    double value;

    if (!collect(input, field, 'f', text))
        return 0;
    value = strtod(text, &end);
    if (end == text)
        return 0;
    if (to && field->length == LONG)
        *(double *)to = value;
    else if (to)
        *(float *)to = (float)value;
    return 1;
}

static int belongs(const struct field *field, int c)
{
    switch (field->letter) {
    case 's': return !isspace(c);
    case 'c': return 1;
    default: return field->set[c];
    }
}

/* s, c and [. */
static int scan_characters(struct input *input, const struct field *field,
                           char *to)
{
    size_t limit = field->width         ? field->width
                   : field->letter == 'c' ? 1
                                          : SIZE_MAX;
    size_t length = 0;

    for (; length < limit; length++) {
        int c = take(input);

        if (c == EOF || !belongs(field, c)) {
            give_back(input);
            break;
        }
        if (to)
            to[length] = (char)c;
    }
    if (to && field->letter != 'c')
        to[length] = 0;
    return length && (field->letter != 'c' || length == limit);
}

static int scan_field(struct input *input, const struct field *field,
                      void *to)
{
    switch (field->letter) {
    case 'd': return scan_integer(input, field, 'd', 10, to);
    case 'u': return scan_integer(input, field, 'u', 10, to);
    case 'i': return scan_integer(input, field, 'i', 0, to);
    case 'o': return scan_integer(input, field, 'o', 8, to);
    case 'x':
    case 'X':
    case 'p': return scan_integer(input, field, 'x', 16, to);
    case 'e': case 'E': case 'f': case 'F':
    case 'g': case 'G': case 'a': case 'A':
        return scan_float(input, field, to);
    case 's':
    case 'c':
    case '[': return scan_characters(input, field, to);
    default: return 0;
    }
}

/* White space, %% and other characters of a format; 0: the input differs. */
static int match(struct input *input, char c)
{
    if (isspace(c)) {
        skip_spaces(input);
        return 1;
    }
    if (c == '%')
        skip_spaces(input);
    if (take(input) == (unsigned char)c)
        return 1;
    give_back(input);
    return 0;
}

static int scan(struct input *input, const char *format, va_list arguments)
{
    struct field field;
    int stored = 0, input_ended;

    while (*format) {
        if (*format != '%' || format[1] == '%') {
            char c = *format;

            format += c == '%' ? 2 : 1;
            if (!match(input, c))
                return input->last == EOF && !stored ? EOF : stored;
            continue;
        }
        format = read_field(format + 1, &field);
        if (field.letter == 'p')
            field.length = LONG;
        if (field.letter == 'n') {
            if (!field.skip)
                store(va_arg(arguments, void *), &field, input->count);
            continue;
        }
        if (field.letter != 'c' && field.letter != '[')
            skip_spaces(input);
        input_ended = take(input) == EOF;
        give_back(input);
        if (input_ended)
            return stored ? stored : EOF;
        if (!scan_field(input, &field,
                        field.skip ? 0 : va_arg(arguments, void *)))
            return stored;
        stored += !field.skip;
    }
    return stored;
}

int vfscanf(FILE *stream, const char *format, va_list arguments)
{
    struct input input = { .stream = stream };
    int outermost = stream_lock(stream);
    int stored = scan(&input, format, arguments);

    stream_unlock(stream, outermost);
    return stored;
}

int vsscanf(const char *text, const char *format, va_list arguments)
{
    struct input input = { .text = text };

    return scan(&input, format, arguments);
}

int vscanf(const char *format, va_list arguments)
{
    return vfscanf(stdin, format, arguments);
}

int scanf(const char *format, ...)
{
    va_list arguments;
    int stored;

    va_start(arguments, format);
    stored = vfscanf(stdin, format, arguments);
    va_end(arguments);
    return stored;
}

int fscanf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    int stored;

    va_start(arguments, format);
    stored = vfscanf(stream, format, arguments);
    va_end(arguments);
    return stored;
}

int sscanf(const char *text, const char *format, ...)
{
    va_list arguments;
    int stored;

    va_start(arguments, format);
    stored = vsscanf(text, format, arguments);
    va_end(arguments);
    return stored;
}
