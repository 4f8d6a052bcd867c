/* commands_copy.c - the commands about what is in files: cat, cp, write.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "fs/error.h"
#include "print.h"
#include <pure64/string.h>

#define BUFFER_BYTES (1u << 20)
#define TEXT_BYTES 4096 /* shown between two looks for Ctrl-C */
#define LARGE_BYTES (32u << 20) /* worth more memory for the FAT */

char *shell_memory(const struct baremetal *os, size_t *size)
{
    struct baremetal_memory memory;

    os->memory(&memory);
    *size = BUFFER_BYTES;
    while (*size > memory.size / 4)
        *size /= 2;
    return (char *)memory.base + memory.size - COMMAND_SCRATCH_BYTES - *size;
}

struct command_scratch *command_scratch(const struct baremetal *os)
{
    size_t size;
    char *memory = shell_memory(os, &size);

    return (struct command_scratch *)(void *)(memory + size);
}

/* ---- cat */

/* Bytes that a console does not print, or that would move its cursor. */
static void make_printable(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((uint8_t)text[i] < ' ' && text[i] != '\n' && text[i] != '\t') ||
            text[i] == 0x7F)
            text[i] = text[i] == '\r' ? ' ' : '.';
}

static int show_file(struct shell *shell, const char *path)
{
    size_t size, done;
    char *buffer = shell_memory(shell->os, &size);
    int file = files_open(&files, path, BAREMETAL_FILE_READ, FILES_SYSTEM);
    int error;

    if (file < 0)
        return file;
    if (!shell->line->output)
        size = TEXT_BYTES;
    do {
        error = files_read(&files, file, buffer, size, &done);
        if (!shell->line->output)
            make_printable(buffer, done);
        shell->os->write(buffer, done);
    } while (!error && done == size && !output_stopped());
    files_close(&files, file);
    return error;
}

void command_cat(struct shell *shell, int argc, char **argv)
{
    int error;

    if (argc == 1 && shell->line->input) {
        error = show_file(shell, shell->line->input);
        if (error)
            shell_complain_file(shell->line->input, error);
    } else if (argc == 1) {
        shell_complain("%s: which file?\n", argv[0]);
    }
    for (int i = 1; i < argc && !output_stopped(); i++) {
        error = show_file(shell, argv[i]);
        if (error)
            shell_complain_file(argv[i], error);
    }
}

/* ---- copying a file */

static int copy_pieces(struct shell *shell, int from, int to)
{
    size_t size, done, written;
    char *buffer = shell_memory(shell->os, &size);

    for (;;) {
        int error = files_read(&files, from, buffer, size, &done);

        if (!error)
            error = files_write(&files, to, buffer, done, &written);
        if (error || done < size)
            return error;
        if (output_stopped())
            return COMMAND_STOPPED;
    }
}

/* Through the buffer at the end of program memory, with what is below it for
 * the tables if they are long. */
static int copy_contents(struct shell *shell, int from, int to)
{
    uint32_t size = 0;
    int error = files_tell(&files, from, 0, &size);

    if (!error && size >= LARGE_BYTES)
        storage_lend_spare(&files.storage);
    if (!error)
        error = copy_pieces(shell, from, to);
    storage_end_spare(&files.storage);
    return error;
}

/* 0, COMMAND_STOPPED or an error, *culprit being the file it is about. What was
 * not copied whole is removed. */
static int copy_file(struct shell *shell, const char *from, const char *to,
                     const char **culprit)
{
    int source = files_open(&files, from, BAREMETAL_FILE_READ, FILES_SYSTEM);
    int target, error, close_error;

    *culprit = from;
    if (source < 0)
        return source;
    *culprit = to;
    target = files_open(&files, to,
                        BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE |
                            BAREMETAL_FILE_TRUNCATE,
                        FILES_SYSTEM);
    if (target < 0) {
        files_close(&files, source);
        return target;
    }
    error = copy_contents(shell, source, target);
    close_error = files_close(&files, target);
    files_close(&files, source);
    if (!error)
        error = close_error;
    if (error)
        files_remove(&files, to);
    return error;
}

int command_copy(struct shell *shell, const char *from, const char *to)
{
    const char *culprit = from;
    int error = copy_file(shell, from, to, &culprit);

    if (error == COMMAND_STOPPED)
        shell_complain("%s: stopped\n", from);
    else if (error == FILES_EOPEN)
        shell_complain("%s: cannot be copied to itself\n", from);
    else if (error == FS_EISFOLDER && culprit == from)
        shell_complain("%s: is a folder; cp -r copies it\n", from);
    else if (error)
        shell_complain_file(culprit, error);
    return error;
}

/* ---- write */

/* Lines from the keyboard up to Ctrl-D: how many bytes, or -1 if the user gave
 * it up. */
static long type_text(struct shell *shell, char *buffer, size_t size)
{
    size_t length = 0;
    const char *line;

    for (;;) {
        enum line_edit_end end = line_edit_read_text(&shell->editor, &line);
        size_t part = strlen(line);

        if (end == LINE_GIVEN_UP)
            return -1;
        if (end == LINE_LAST)
            return (long)length;
        if (length + part + 1 > size) {
            shell_complain("the text is too long; the last line is left "
                           "out\n");
            return (long)length;
        }
        memcpy(buffer + length, line, part);
        buffer[length + part] = '\n';
        length += part + 1;
    }
}

/* The file is touched when all is typed: what is given up leaves no trace. */
void command_write(struct shell *shell, int argc, char **argv)
{
    size_t size, done;
    char *buffer = shell_memory(shell->os, &size);
    long length;
    int file, error, close_error;

    (void)argc;
    if (!shell->line->input)
        shell_complain("Ctrl-D on an empty line ends the text, Ctrl-C gives "
                       "it up.\n");
    length = type_text(shell, buffer, size);
    if (length < 0)
        return;
    file = files_open(&files, argv[1],
                      BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE |
                          BAREMETAL_FILE_TRUNCATE,
                      FILES_SYSTEM);
    if (file < 0) {
        shell_complain_file(argv[1], file);
        return;
    }
    error = files_write(&files, file, buffer, (size_t)length, &done);
    close_error = files_close(&files, file);
    if (error || close_error)
        shell_complain_file(argv[1], error ? error : close_error);
}
