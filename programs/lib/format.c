/* format.c - text from a format: C11, 7.21.6.1 "The fprintf function".
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "format.h"
#include <stdint.h>
#include <string.h>

static void put(struct format_output *output, const char *text, size_t size)
{
    if (size)
        output->put(output, text, size);
    output->count += size;
}

static void put_many(struct format_output *output, char c, size_t count)
{
    char part[32];

    memset(part, c, sizeof part);
    for (; count > sizeof part; count -= sizeof part)
        put(output, part, sizeof part);
    put(output, part, count);
}

void format_put(struct format_output *output,
                const struct format_field *field, const char *text,
                size_t length)
{
    size_t width = (size_t)field->width;
    size_t fill = width > length ? width - length : 0;

    put_many(output, ' ', field->left ? 0 : fill);
    put(output, text, length);
    put_many(output, ' ', field->left ? fill : 0);
}

void format_put_number(struct format_output *output,
                       const struct format_field *field,
                       const struct format_number *number)
{
    size_t prefix = strlen(number->prefix);
    size_t suffix = strlen(number->suffix);
    size_t length = prefix + number->leading + number->length +
                    number->trailing + suffix;
    size_t width = (size_t)field->width;
    size_t fill = width > length ? width - length : 0;
    int zeros = field->zeros && !field->left;

    put_many(output, ' ', field->left || zeros ? 0 : fill);
    put(output, number->prefix, prefix);
    put_many(output, '0', number->leading + (zeros ? fill : 0));
    put(output, number->digits, number->length);
    put_many(output, '0', number->trailing);
    put(output, number->suffix, suffix);
    put_many(output, ' ', field->left ? fill : 0);
}

/* Sign as the flags want it, or none. */
static void set_sign(struct format_number *number,
                     const struct format_field *field, int negative)
{
    number->prefix[0] = negative ? '-' : field->plus ? '+'
                                     : field->space  ? ' '
                                                     : 0;
}

static unsigned base_of(char letter)
{
    switch (letter) {
    case 'o': return 8;
    case 'x':
    case 'X':
    case 'p': return 16;
    default: return 10;
    }
}

/* letter: d, u, o, x, X or p. */
static void put_integer(struct format_output *output,
                        const struct format_field *field, char letter,
                        uint64_t value)
{
    const char *set = field->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    struct format_number number = { .suffix = "" };
    struct format_field rest = *field;
    unsigned base = base_of(letter);
    char digits[22];
    size_t at = sizeof digits;

    if (letter == 'd') {
        set_sign(&number, field, (int64_t)value < 0);
        if ((int64_t)value < 0)
            value = -value;
    }
    if (base == 16 && ((field->alternate && value) || letter == 'p'))
        memcpy(number.prefix, field->upper ? "0X" : "0x", 3);
    for (; value; value /= base)
        digits[--at] = set[value % base];
    number.digits = digits + at;
    number.length = sizeof digits - at;
    if (field->precision < 0 && !number.length)
        number.leading = 1;
    else if (field->precision > (int)number.length)
        number.leading = (size_t)field->precision - number.length;
    if (base == 8 && field->alternate && !number.leading)
        number.leading = 1;
    if (field->precision >= 0)
        rest.zeros = 0; /* "the 0 flag is ignored" */
    format_put_number(output, &rest, &number);
}

/* ---- a conversion: flags, width, precision, length, letter */

enum length { INT, CHAR, SHORT, LONG, LONG_DOUBLE };

/* Beyond what an int holds: as much as it does. */
static int read_number(const char **format)
{
    int number = 0;

    for (; **format >= '0' && **format <= '9'; ++*format)
        if (number < INT32_MAX / 10)
            number = number * 10 + (**format - '0');
    return number;
}

static int set_flag(struct format_field *field, char c)
{
    switch (c) {
    case '-': field->left = 1; break;
    case '+': field->plus = 1; break;
    case ' ': field->space = 1; break;
    case '#': field->alternate = 1; break;
    case '0': field->zeros = 1; break;
    default: return 0;
    }
    return 1;
}

static enum length read_length(const char **format)
{
    enum length length = INT;

    for (;; ++*format) {
        switch (**format) {
        case 'h': length = length == SHORT ? CHAR : SHORT; break;
        case 'l':
        case 'j':
        case 'z':
        case 't': length = LONG; break;
        case 'L': length = LONG_DOUBLE; break;
        default: return length;
        }
    }
}

/* va_list is an array: behind a pointer it stays the caller's. */
struct arguments {
    va_list list;
};

static int64_t signed_argument(struct arguments *from, enum length length)
{
    int value;

    if (length >= LONG)
        return va_arg(from->list, int64_t);
    value = va_arg(from->list, int);
    return length == CHAR    ? (signed char)value
           : length == SHORT ? (short)value
                             : value;
}

static uint64_t unsigned_argument(struct arguments *from, enum length length)
{
    unsigned value;

    if (length >= LONG)
        return va_arg(from->list, uint64_t);
    value = va_arg(from->list, unsigned);
    return length == CHAR    ? (unsigned char)value
           : length == SHORT ? (unsigned short)value
                             : value;
}

static void put_string(struct format_output *output,
                       const struct format_field *field, const char *text)
{
    if (!text)
        text = "(null)";
    format_put(output, field, text,
               field->precision < 0
                   ? strlen(text)
                   : strnlen(text, (size_t)field->precision));
}

static void store_count(struct arguments *from, enum length length,
                        size_t count)
{
    void *to = va_arg(from->list, void *);

    switch (length) {
    case CHAR: *(signed char *)to = (signed char)count; break;
    case SHORT: *(short *)to = (short)count; break;
    case INT: *(int *)to = (int)count; break;
    default: *(int64_t *)to = (int64_t)count;
    }
}

/* Flags, width and precision; returns what is behind them. */
static const char *read_field(struct format_field *field, const char *format,
                              struct arguments *from)
{
    while (set_flag(field, *format))
        format++;
    if (*format == '*') {
        format++;
        field->width = va_arg(from->list, int);
        field->left |= field->width < 0;
        field->width = field->width < 0 ? -field->width : field->width;
    } else {
        field->width = read_number(&format);
    }
    if (*format == '.') {
        format++;
        field->precision = *format == '*'
                               ? (format++, va_arg(from->list, int))
                               : read_number(&format);
    }
    return format;
}

/* The format goes on behind what is returned. */
static const char *convert(struct format_output *output, const char *format,
                           struct arguments *from)
{
    struct format_field field = { .precision = -1 };
    enum length length;
    char letter, c;

    format = read_field(&field, format, from);
    length = read_length(&format);
    letter = *format ? *format++ : 0;
    field.upper = letter >= 'A' && letter <= 'Z';

    switch (letter) {
    case 'd':
    case 'i':
        put_integer(output, &field, 'd',
                    (uint64_t)signed_argument(from, length));
        break;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_integer(output, &field, letter, unsigned_argument(from, length));
        break;
    case 'p':
        put_integer(output, &field, 'p', unsigned_argument(from, LONG));
        break;
    case 'c':
        c = (char)va_arg(from->list, int);
        format_put(output, &field, &c, 1);
        break;
    case 's':
        put_string(output, &field, va_arg(from->list, const char *));
        break;
    case 'n':
        store_count(from, length, output->count);
        break;
    case 'e': case 'E': case 'f': case 'F':
    case 'g': case 'G': case 'a': case 'A':
        format_float(output, &field, (char)(letter | 0x20),
                     length == LONG_DOUBLE
                         ? (double)va_arg(from->list, long double)
                         : va_arg(from->list, double));
        break;
    default: /* % itself, or no conversion: the letter as it is */
        put(output, &letter, letter != 0);
    }
    return format;
}

void format_text(struct format_output *output, const char *format,
                 va_list arguments)
{
    struct arguments from;

    va_copy(from.list, arguments);
    while (*format) {
        size_t plain = 0;

        while (format[plain] && format[plain] != '%')
            plain++;
        put(output, format, plain);
        format += plain;
        if (*format)
            format = convert(output, format + 1, &from);
    }
    va_end(from.list);
}
