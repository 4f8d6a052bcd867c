/* startup.c - what runs before the first prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "startup.h"
#include "config.h"
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
        shell_run_list(shell, name);
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
