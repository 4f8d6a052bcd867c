/* command_list.h - lines that wait to be run: what was typed, and lists of
 * commands.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A line may start a list, whose lines come before the rest of that line. Lists
 * that wait for others to end are bounded, in number and in bytes; one that is
 * at its end waits for nothing.
 */
#pragma once
#include <stddef.h>

#define COMMAND_LIST_LEVELS 8
#define COMMAND_LIST_TEXT 4096 /* of all that waits, with names and NULs */
#define COMMAND_LIST_WORDS 512 /* at least, for the words of a program */

/* Beside those of files.h, which end before. */
enum command_list_error {
    COMMAND_LIST_ELEVELS = -100, /* COMMAND_LIST_LEVELS wait already */
    COMMAND_LIST_EFULL = -101,   /* more than COMMAND_LIST_TEXT in all */
    COMMAND_LIST_ETEXT = -102,   /* bytes that are no text */
};

struct command_list {
    unsigned levels;
    struct {
        const char *name;    /* 0: a typed line */
        char *next;          /* the next line */
        const char *rest;    /* of the line before it; or 0 */
        char *end;
    } level[COMMAND_LIST_LEVELS];
    /* What waits, and behind it the words of the program that runs. */
    char text[COMMAND_LIST_TEXT + COMMAND_LIST_WORDS];
};

/* Nothing waits. */
void command_list_clear(struct command_list *list);

/* Adds a level, in two steps: returns where its text is to be put and in *room
 * how many bytes of it fit, then takes `length` bytes that are there. `name` is
 * 0 for what was typed. The first returns 0 and *error, the second a negative
 * enum command_list_error. */
char *command_list_open(struct command_list *list, const char *name,
                        size_t *room, int *error);
int command_list_close(struct command_list *list, size_t length);

/* What is to be run next, valid until the next call; 0 if nothing is left.
 * *name is the list's whose line starts there, 0 for a typed line and in the
 * midst of a line. Empty lines and those that start with # are left out. */
const char *command_list_next(struct command_list *list, const char **name);

/* Behind a ; in what command_list_next returned: comes next time. */
void command_list_keep(struct command_list *list, const char *rest);

/* The list whose line was returned last: its name, or 0. */
const char *command_list_name(const struct command_list *list);

/* Copies words to where they stay while a program runs, up to the next call of
 * another function; a null pointer follows them. 0: there is no room. */
char **command_list_words(struct command_list *list, int count, char **words);

/* A few words, to follow "NAME: "; 0 for any other error. */
const char *command_list_error_text(int error);
