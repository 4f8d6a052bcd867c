/* lines.h - a text file, line by line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "files.h"

struct lines {
    int file;
    int error;          /* what ended it before the end of the file */
    int too_long;       /* the last line was cut: it did not fit */
    uint64_t position;  /* of the next line in the file */
    size_t next, length;
    char buffer[128];
};

/* From `position` on; 0 or an error of files.h. */
int lines_open(struct lines *lines, const char *path, uint64_t position);
void lines_close(struct lines *lines);

/* The next line without its end, LF or CR LF, and with a NUL: 1, or 0 behind
 * the last and after an error. */
int lines_next(struct lines *lines, char *line, size_t size);
