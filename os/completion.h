/* completion.h - Tab at the prompt: names of commands, programs and files.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "line_edit.h"
#include <stddef.h>

/* The word that ends at the cursor. */
struct completion_word {
    unsigned from;           /* where it starts in the line */
    int number;              /* 0: it is the command; -1: a file of < or > */
    char first[16];          /* the command, if it is not this word */
    char text[LINE_SIZE];    /* without its quotation marks */
};

/* Finds it in `length` bytes of a line. */
void completion_find_word(const char *line, unsigned length,
                          struct completion_word *word);

/* Names that continue what was typed, whatever the case of letters. */
struct completion_names {
    const char *start;       /* what was typed of the name */
    unsigned count;
    int is_whole;            /* the only one is no folder */
    size_t common;           /* so many characters all begin with */
    char name[LINE_SIZE];    /* the first, as far as all have it */
};

void completion_add_name(struct completion_names *names, const char *name,
                         int is_folder);

/* Quotes a word where that is needed, and closes it, with a space behind, if
 * it is whole. 0 if it does not fit into `size` bytes. */
int completion_quote(const char *word, int is_whole, char *text, size_t size);

/* struct line_editor's complete. */
void completion_tab(struct line_editor *editor, int again);
