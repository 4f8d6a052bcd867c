/* startup.c - what runs before the first prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "startup.h"
#include "keyboard_layout.h"
#include "print.h"
#include "startup_options.h"
#include "text.h"
#include <pure64/string.h>

#define CONFIG "config.txt"
#define PROGRAM "startup.app"
#define LIST "startup.txt"

/* A key that is held repeats after half a second at most. */
#define WAIT_MS 600
/* All that is read of config.txt. */
#define TEXT_BYTES COMMAND_LIST_TEXT

/* Whole, with a NUL; 0 and a message if it cannot be read. */
static int read_text(const char *path, char *text)
{
    size_t done;
    int file = files_open(&files, path, BAREMETAL_FILE_READ, FILES_SYSTEM);
    int error = file < 0 ? file
                         : files_read(&files, file, text, TEXT_BYTES, &done);

    if (file >= 0)
        files_close(&files, file);
    if (error) {
        shell_complain("%s: %s\n", path, files_error_text(error));
        return 0;
    }
    if (done == TEXT_BYTES) {
        shell_complain("%s: only its first %u bytes count\n", path,
                       TEXT_BYTES - 1);
        done--;
    }
    text[done] = 0;
    return 1;
}

/* The next line, its end replaced by a NUL; 0 behind the last. */
static char *next_line(char **text)
{
    char *line = *text, *end = line;

    if (!*line)
        return 0;
    while (*end && *end != '\n')
        end++;
    *text = *end ? end + 1 : end;
    *end = 0;
    if (end > line && end[-1] == '\r')
        end[-1] = 0;
    return line;
}

static int is_there(const char *path)
{
    return !files_find(&files, path) &&
           !(files.entry.attributes & FAT_ATTRIBUTE_FOLDER);
}

static void read_config(struct startup_options *options, char *text)
{
    unsigned number = 0;
    const char *line;

    if (!is_there(CONFIG) || !read_text(CONFIG, text))
        return;
    while ((line = next_line(&text))) {
        number++;
        if (startup_option(options, line))
            shell_complain(CONFIG ", line %u: \"%s\" is no option; skipped\n",
                           number, line);
    }
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
    if (is_list(name))
        shell_run_list(shell, name);
    else
        shell_run_line(shell, name);
}

void startup_run(struct shell *shell)
{
    char *text = shell->list.text; /* nothing waits there yet */
    struct startup_options options = { .startup = "", .keyboard = "" };
    struct storage_volume *volume;

    /* Without a disk there is nothing to say before somebody asks. */
    if (storage_first(&files.storage, &volume))
        return;
    read_config(&options, text);
    if (options.keyboard[0] && keyboard_layout_set(options.keyboard))
        shell_complain(CONFIG
                       ": %s: no such keyboard layout; keyboard lists them\n",
                       options.keyboard);
    if (options.startup[0]) {
        if (!text_equal(options.startup, "no"))
            run(shell, options.startup);
    } else if (is_there(PROGRAM)) {
        run(shell, PROGRAM);
    } else if (is_there(LIST)) {
        run(shell, LIST);
    }
}
