/* lines.c - a text file, line by line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "lines.h"
#include "file_calls.h"

int lines_open(struct lines *lines, const char *path, uint64_t position)
{
    int error;

    lines->file = files_open(&files, path, BAREMETAL_FILE_READ, FILES_SYSTEM);
    lines->next = lines->length = 0;
    lines->position = position;
    if (lines->file < 0)
        return lines->error = lines->file;
    error = files_seek(&files, lines->file, position);
    if (error)
        files_close(&files, lines->file);
    return lines->error = error;
}

void lines_close(struct lines *lines)
{
    files_close(&files, lines->file);
}

/* The next byte, -1 behind the last. */
static int next_byte(struct lines *lines)
{
    if (lines->next == lines->length) {
        lines->next = 0;
        lines->error = files_read(&files, lines->file, lines->buffer,
                                  sizeof lines->buffer, &lines->length);
        if (lines->error || !lines->length) {
            lines->length = 0;
            return -1;
        }
    }
    lines->position++;
    return (uint8_t)lines->buffer[lines->next++];
}

int lines_next(struct lines *lines, char *line, size_t size)
{
    size_t length = 0;
    int byte = next_byte(lines);

    lines->too_long = 0;
    if (byte < 0)
        return 0;
    for (; byte >= 0 && byte != '\n'; byte = next_byte(lines)) {
        if (length + 1 < size)
            line[length++] = (char)byte;
        else if (byte != '\r')
            lines->too_long = 1;
    }
    if (length && line[length - 1] == '\r')
        length--;
    line[length] = 0;
    return 1;
}
