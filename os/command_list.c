/* command_list.c - lines that wait to be run.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "command_list.h"
#include <pure64/string.h>
#include <stdint.h>

void command_list_clear(struct command_list *list)
{
    list->levels = 0;
}

/* Takes away what is at its end. */
static void trim(struct command_list *list)
{
    while (list->levels) {
        unsigned last = list->levels - 1;

        if (list->level[last].rest ||
            list->level[last].next < list->level[last].end)
            break;
        list->levels--;
    }
}

char *command_list_open(struct command_list *list, const char *name,
                        size_t *room, int *error)
{
    char *end = list->text + COMMAND_LIST_TEXT, *at = list->text;
    size_t size = name ? strlen(name) + 1 : 0;
    unsigned number;

    trim(list);
    number = list->levels;
    *error = COMMAND_LIST_ELEVELS;
    if (number == COMMAND_LIST_LEVELS)
        return 0;
    if (number)
        at = list->level[number - 1].end + 1;
    *error = COMMAND_LIST_EFULL;
    if ((size_t)(end - at) < size + 1)
        return 0;
    list->level[number].name = name ? at : 0;
    if (name)
        memcpy(at, name, size);
    at += size;
    list->level[number].next = at;
    *room = (size_t)(end - at) - 1;
    return at;
}

int command_list_close(struct command_list *list, size_t length)
{
    char *at = list->level[list->levels].next;

    for (size_t i = 0; i < length; i++)
        if (!at[i])
            return COMMAND_LIST_ETEXT;
    at[length] = 0;
    list->level[list->levels].end = at + length;
    list->level[list->levels].rest = 0;
    list->levels++;
    return 0;
}

/* The line at *next, its end replaced by a NUL. */
static char *take_line(char **next)
{
    char *line = *next, *end = line;

    while (*end && *end != '\n')
        end++;
    *next = *end ? end + 1 : end;
    *end = 0;
    if (end > line && end[-1] == '\r')
        end[-1] = 0;
    return line;
}

static int is_comment(const char *line)
{
    while (*line == ' ' || *line == '\t')
        line++;
    return !*line || *line == '#';
}

const char *command_list_next(struct command_list *list, const char **name)
{
    for (;;) {
        const char *line;
        unsigned last;

        trim(list);
        if (!list->levels)
            return 0;
        last = list->levels - 1;
        line = list->level[last].rest;
        *name = line ? 0 : list->level[last].name;
        if (!line)
            line = take_line(&list->level[last].next);
        list->level[last].rest = 0;
        if (!is_comment(line))
            return line;
    }
}

void command_list_keep(struct command_list *list, const char *rest)
{
    list->level[list->levels - 1].rest = rest;
}

const char *command_list_name(const struct command_list *list)
{
    return list->levels ? list->level[list->levels - 1].name : 0;
}

char **command_list_words(struct command_list *list, int count, char **words)
{
    char *end = list->text + sizeof list->text, *at = list->text, **copies;

    if (list->levels)
        at = list->level[list->levels - 1].end + 1;
    at += -(uintptr_t)at % sizeof *copies;
    copies = (char **)(void *)at;
    if ((size_t)(end - at) < ((size_t)count + 1) * sizeof *copies)
        return 0;
    at += ((size_t)count + 1) * sizeof *copies;
    for (int i = 0; i < count; i++) {
        size_t size = strlen(words[i]) + 1;

        if ((size_t)(end - at) < size)
            return 0;
        copies[i] = memcpy(at, words[i], size);
        at += size;
    }
    copies[count] = 0;
    return copies;
}

const char *command_list_error_text(int error)
{
    switch (error) {
    case COMMAND_LIST_ELEVELS:
        return "too many lists of commands wait for each other";
    case COMMAND_LIST_EFULL:
        return "lists of commands may have 4095 bytes in all";
    case COMMAND_LIST_ETEXT:
        return "is not a list of commands: it holds bytes that are no text";
    default:
        return 0;
    }
}
