/* format.c - text with values in it: the part of printf that we use.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <pure64/format.h>
#include <pure64/string.h>
#include <stddef.h>
#include <stdint.h>

struct sink {
    void (*put)(void *context, char c);
    void *context;
};

/* What stands between % and the letter. */
struct directive {
    unsigned width;
    char left, zeros, wide;
};

static void put_times(const struct sink *sink, char c, unsigned count)
{
    while (count-- > 0)
        sink->put(sink->context, c);
}

/* `sign` (0: none), then text of `length` characters, padded to the width. */
static void put_field(const struct sink *sink, const struct directive *d,
                      char sign, const char *text, size_t length)
{
    size_t used = length + (sign != 0);
    unsigned padding = used < d->width ? (unsigned)(d->width - used) : 0;

    if (!d->left && !d->zeros)
        put_times(sink, ' ', padding);
    if (sign)
        sink->put(sink->context, sign);
    if (!d->left && d->zeros)
        put_times(sink, '0', padding);
    for (size_t i = 0; i < length; i++)
        sink->put(sink->context, text[i]);
    if (d->left)
        put_times(sink, ' ', padding);
}

static void put_number(const struct sink *sink, const struct directive *d,
                       char sign, uint64_t value, unsigned base, char ten)
{
    char digits[20]; /* 2^64 in decimal */
    unsigned at = sizeof digits;

    do {
        unsigned digit = (unsigned)(value % base);
        digits[--at] = (char)(digit < 10 ? '0' + digit : ten + digit - 10);
        value /= base;
    } while (value);
    put_field(sink, d, sign, digits + at, sizeof digits - at);
}

static const char *parse(const char *text, struct directive *d)
{
    *d = (struct directive){0, 0, 0, 0};
    if (*text == '-') {
        d->left = 1;
        text++;
    } else if (*text == '0') {
        d->zeros = 1;
        text++;
    }
    for (; *text >= '0' && *text <= '9'; text++)
        d->width = d->width * 10 + (unsigned)(*text - '0');
    if (*text == 'l') {
        d->wide = 1;
        text++;
    }
    return text;
}

static void put_signed(const struct sink *sink, const struct directive *d,
                       int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    put_number(sink, d, value < 0 ? '-' : 0, magnitude, 10, 'a');
}

void format_list(void (*put)(void *context, char c), void *context,
                 const char *text, va_list list)
{
    const struct sink sink = {put, context};
    struct directive d;

    for (; *text; text++) {
        if (*text != '%') {
            put(context, *text);
            continue;
        }
        const char *start = text;
        text = parse(text + 1, &d);
        if (*text == 's') {
            const char *word = va_arg(list, const char *);
            d.zeros = 0;
            put_field(&sink, &d, 0, word, word ? strlen(word) : 0);
        } else if (*text == 'c') {
            char c = (char)va_arg(list, int);
            d.zeros = 0;
            put_field(&sink, &d, 0, &c, 1);
        } else if (*text == 'd') {
            put_signed(&sink, &d, d.wide ? va_arg(list, int64_t)
                                         : va_arg(list, int));
        } else if (*text == 'u' || *text == 'x' || *text == 'X') {
            uint64_t value = d.wide ? va_arg(list, uint64_t)
                                    : va_arg(list, unsigned);
            put_number(&sink, &d, 0, value, *text == 'u' ? 10 : 16,
                       *text == 'X' ? 'A' : 'a');
        } else if (*text == '%') {
            put(context, '%');
        } else {
            /* Unknown: as it stands, up to a text that ends too early. */
            for (; start < text; start++)
                put(context, *start);
            if (*text == 0)
                return;
            put(context, *text);
        }
    }
}

void format(void (*put)(void *context, char c), void *context,
            const char *text, ...)
{
    va_list list;

    va_start(list, text);
    format_list(put, context, text, list);
    va_end(list);
}
