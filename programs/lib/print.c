/* print.c - printf and its family.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "format.h"
#include "stream.h"
#include <limits.h>
#include <string.h>

struct stream_output {
    struct format_output output;
    struct stream *stream;
    int failed;
};

static void put_stream(struct format_output *output, const char *text,
                       size_t size)
{
    struct stream_output *to = (struct stream_output *)output;

    if (!to->failed)
        to->failed = stream_write(to->stream, text, size) != size;
}

int vfprintf(FILE *stream, const char *format, va_list arguments)
{
    struct stream_output to = { .output.put = put_stream, .stream = stream };
    int outermost = stream_lock(stream);

    format_text(&to.output, format, arguments);
    to.failed |= stream_end_call(stream) != 0;
    stream_unlock(stream, outermost);
    return to.failed || to.output.count > INT_MAX ? -1
                                                  : (int)to.output.count;
}

struct memory_output {
    struct format_output output;
    char *text;
    size_t size;
};

static void put_memory(struct format_output *output, const char *text,
                       size_t size)
{
    struct memory_output *to = (struct memory_output *)output;
    size_t at = output->count;

    if (at >= to->size)
        return;
    memcpy(to->text + at, text, size < to->size - at ? size : to->size - at);
}

int vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
    struct memory_output to = { .output.put = put_memory, .text = text,
                                .size = size };

    format_text(&to.output, format, arguments);
    if (size)
        text[to.output.count < size ? to.output.count : size - 1] = 0;
    return to.output.count > INT_MAX ? -1 : (int)to.output.count;
}

int vprintf(const char *format, va_list arguments)
{
    return vfprintf(stdout, format, arguments);
}

int vsprintf(char *text, const char *format, va_list arguments)
{
    return vsnprintf(text, INT_MAX, format, arguments);
}

int printf(const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return length;
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vfprintf(stream, format, arguments);
    va_end(arguments);
    return length;
}

int sprintf(char *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

int snprintf(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return length;
}
