/* files.c - makes, reads, renames and removes a file, and lists a folder.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     files [FOLDER]
 */
#include "text.h"

#define NAME "files-example.txt"
#define OTHER_NAME "files-example.old"

/* Prints "WHAT: why" and returns the exit status. */
static int fail(const struct baremetal *os, const char *what, int error)
{
    struct text line = { 0 };

    text_add(&line, what);
    text_add(&line, ": ");
    text_add(&line, os->error_text(error));
    text_print(&line, os);
    return 1;
}

static int write_lines(const struct baremetal *os)
{
    int file = os->file_open(NAME, BAREMETAL_FILE_WRITE |
                                       BAREMETAL_FILE_CREATE |
                                       BAREMETAL_FILE_TRUNCATE);

    if (file < 0)
        return file;
    for (unsigned i = 1; i <= 3; i++) {
        struct text line = { 0 };
        int64_t done;

        text_add(&line, "line ");
        text_number(&line, i, 0);
        text_add(&line, "\n");
        done = os->file_write(file, line.characters, line.length);
        if (done < 0) {
            os->file_close(file);
            return (int)done;
        }
    }
    return os->file_close(file); /* it may be here that the disk is full */
}

static int print_lines(const struct baremetal *os)
{
    int file = os->file_open(NAME, BAREMETAL_FILE_READ);
    char buffer[100];
    int64_t done;

    if (file < 0)
        return file;
    while ((done = os->file_read(file, buffer, sizeof buffer)) > 0)
        os->write(buffer, (size_t)done);
    os->file_close(file);
    return (int)done;
}

static int list(const struct baremetal *os, const char *folder)
{
    static struct baremetal_file info;
    uint64_t cursor = 0;
    int found;

    while ((found = os->folder_read(folder, &cursor, &info)) > 0) {
        struct text line = { 0 };

        text_number(&line, info.size, 10);
        text_add(&line, "  ");
        text_add(&line, info.name);
        text_add(&line, info.attributes & BAREMETAL_FILE_FOLDER ? "/" : "");
        text_print(&line, os);
    }
    return found;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    int error = write_lines(os);

    if (!error)
        error = print_lines(os);
    if (!error)
        error = os->file_rename(NAME, OTHER_NAME);
    if (error)
        return fail(os, NAME, error);
    error = list(os, argc > 1 ? argv[1] : "");
    if (error)
        fail(os, argc > 1 ? argv[1] : "the current folder", error);
    os->file_remove(OTHER_NAME);
    return error != 0;
}
