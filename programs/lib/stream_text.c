/* stream_text.c - characters, lines and blocks of streams.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "stream.h"
#include <string.h>

/* One call's worth: written whole, or the stream has failed. */
static int write_all(FILE *stream, const char *text, size_t size)
{
    int outermost = stream_lock(stream);
    size_t done = stream_write(stream, text, size);
    int error = stream_end_call(stream);

    stream_unlock(stream, outermost);
    return done == size && !error ? 0 : EOF;
}

int fputs(const char *text, FILE *stream)
{
    return write_all(stream, text, strlen(text));
}

int puts(const char *text)
{
    int outermost = stream_lock(stdout);
    size_t length = strlen(text);
    int failed = stream_write(stdout, text, length) != length ||
                 stream_write(stdout, "\n", 1) != 1;

    failed |= stream_end_call(stdout) != 0;
    stream_unlock(stdout, outermost);
    return failed ? EOF : 0;
}

int fputc(int character, FILE *stream)
{
    char c = (char)character;

    return write_all(stream, &c, 1) ? EOF : (unsigned char)c;
}

int putc(int character, FILE *stream)
{
    return fputc(character, stream);
}

int putchar(int character)
{
    return fputc(character, stdout);
}

size_t fwrite(const void *items, size_t size, size_t count, FILE *stream)
{
    int outermost;
    size_t bytes, done;

    if (!size || __builtin_mul_overflow(size, count, &bytes))
        return 0;
    outermost = stream_lock(stream);
    done = stream_write(stream, items, bytes);
    if (stream_end_call(stream))
        done = 0;
    stream_unlock(stream, outermost);
    return done / size;
}

size_t fread(void *items, size_t size, size_t count, FILE *stream)
{
    int outermost;
    size_t bytes, done;

    if (!size || __builtin_mul_overflow(size, count, &bytes))
        return 0;
    outermost = stream_lock(stream);
    done = stream_read(stream, items, bytes);
    stream_unlock(stream, outermost);
    return done / size;
}

int fgetc(FILE *stream)
{
    int outermost = stream_lock(stream);
    int c = stream_get(stream);

    stream_unlock(stream, outermost);
    return c;
}

int getc(FILE *stream)
{
    return fgetc(stream);
}

int getchar(void)
{
    return fgetc(stdin);
}

int ungetc(int character, FILE *stream)
{
    int outermost, full;

    if (character == EOF)
        return EOF;
    outermost = stream_lock(stream);
    full = stream->pushed != 0 || stream_start_reading(stream) != 0;
    if (!full) {
        stream->pushed = (unsigned char)character + 1;
        stream->ended = 0;
    }
    stream_unlock(stream, outermost);
    return full ? EOF : (unsigned char)character;
}

char *fgets(char *line, int size, FILE *stream)
{
    int outermost = stream_lock(stream);
    int length = 0, c = 0;

    while (length < size - 1 && c != '\n' &&
           (c = stream_get(stream)) != EOF)
        line[length++] = (char)c;
    stream_unlock(stream, outermost);
    if (size < 1 || (c == EOF && (!length || stream->failed)))
        return 0;
    line[length] = 0;
    return line;
}
