/* print.c - formatted text to the console, gathered into long writes.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "print.h"
#include <pure64/format.h>
#include <stdarg.h>

struct buffer {
    const struct baremetal *os;
    size_t length;
    char text[120];
};

static void flush(struct buffer *buffer)
{
    if (buffer->length)
        buffer->os->write(buffer->text, buffer->length);
    buffer->length = 0;
}

static void put(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->length == sizeof buffer->text)
        flush(buffer);
    buffer->text[buffer->length++] = c;
}

void print(const struct baremetal *os, const char *text, ...)
{
    struct buffer buffer;
    va_list list;

    buffer.os = os;
    buffer.length = 0;
    va_start(list, text);
    format_list(put, &buffer, text, list);
    va_end(list);
    flush(&buffer);
}
