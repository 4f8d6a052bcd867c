/* stream_files.c - what stdio.h has on files and errors beside streams.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "stream.h"
#include <errno.h>
#include <os_interface.h>
#include <string.h>

void perror(const char *text)
{
    int error = errno;

    if (text && *text)
        fprintf(stderr, "%s: %s\n", text, strerror(error));
    else
        fprintf(stderr, "%s\n", strerror(error));
}

int remove(const char *path)
{
    int error = os_interface->file_remove(path);

    return error ? error_set(error) : 0;
}

int rename(const char *from, const char *to)
{
    int error = os_interface->file_rename(from, to);

    return error ? error_set(error) : 0;
}
