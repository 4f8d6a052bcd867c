/* startup.c - what runs before the first prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "startup.h"
#include "config.h"
#include "lines.h"
#include "log.h"
#include "print.h"
#include "text.h"
#include <pure64/string.h>

#define PROGRAM "startup.app"
#define LIST "startup.txt"

/* A key that is held repeats after half a second at most. */
#define WAIT_MS 600

static int is_there(const char *path)
{
    return !files_find(&files, path) &&
           !(files.entry.attributes & FAT_ATTRIBUTE_FOLDER);
}

/* 1 if a key was typed, or is held: it and those behind it are gone then. */
static int key_typed(const struct baremetal *os)
{
    int typed = 0;

    for (unsigned ms = 0; ms < WAIT_MS && !typed; ms++) {
        typed = os->key();
        if (os->delay_us(1000))
            break;
    }
    while (typed && os->key())
        ;
    return typed;
}

/* The list is looked for where it was found first, wherever its commands go,
 * and opened for each line anew: they close all files. */
static void list_path(const char *name, char *path)
{
    char root[CONFIG_PATH_SIZE];
    struct storage_volume *volume;
    size_t length = 0;

    if (!strchr(name, ':') && !config_path("", root, &volume)) {
        length = strlen(root);
        memcpy(path, root, length);
    }
    memcpy(path + length, name, strlen(name) + 1);
}

/* The line at *position, which goes on behind it; 0 behind the last. */
static int read_line(const char *path, uint64_t *position, char *line)
{
    struct lines lines;
    int is_line = 0;

    if (!lines_open(&lines, path, *position)) {
        is_line = lines_next(&lines, line, COMMAND_LINE_SIZE);
        *position = lines.position;
        lines_close(&lines);
    }
    if (lines.error)
        shell_complain("%s: %s\n", path, files_error_text(lines.error));
    else if (is_line && lines.too_long)
        shell_complain("%s: a line is longer than %u characters\n", path,
                       COMMAND_LINE_SIZE - 1);
    return is_line && !lines.too_long;
}

static void run_list(struct shell *shell, const char *name)
{
    static char line[COMMAND_LINE_SIZE];
    static char path[CONFIG_PATH_SIZE + OPTIONS_WORD_SIZE];
    uint64_t position = 0;

    list_path(name, path);
    shell->batch = 1;
    shell->stopped = 0;
    while (!shell->stopped && read_line(path, &position, line)) {
        if (line[0] == '#' || !line[0])
            continue;
        shell_complain("%s> %s\n", name, line);
        shell_run_line(shell, line);
        shell_start_line(shell);
    }
    shell->batch = 0;
}

static int is_list(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && text_equal(name + length - 4, ".txt");
}

static void run(struct shell *shell, const char *name)
{
    shell_complain("Starting %s; a key stops it.\n", name);
    if (key_typed(shell->os)) {
        shell_complain("%s: not started, for a key was typed\n", name);
        return;
    }
    log_events_only();
    if (is_list(name))
        run_list(shell, name);
    else
        shell_run_line(shell, name);
}

void startup_run(struct shell *shell)
{
    const char *word = options_in_effect.word[OPTION_STARTUP];
    struct storage_volume *volume;

    config_start();
    /* Without a disk there is nothing to say before somebody asks. */
    if (storage_first(&files.storage, &volume))
        return;
    if (word[0]) {
        if (!text_equal(options_value(word), "no"))
            run(shell, options_value(word));
    } else if (is_there(PROGRAM)) {
        run(shell, PROGRAM);
    } else if (is_there(LIST)) {
        run(shell, LIST);
    }
}
