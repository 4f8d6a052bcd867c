/* line_edit.h - typing and editing one line at the prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "utf8.h"
#include <baremetal.h>

#define LINE_SIZE 256   /* bytes of the longest line, with its NUL */
#define LINE_HISTORY 16 /* lines remembered */
#define LINE_COLUMNS 80 /* the terminal on COM1 may be no wider */

struct line_editor {
    const struct baremetal *os;
    /* Tab was typed; 0: nothing happens. `again` is 1 if the key before was a
     * Tab, too. */
    void (*complete)(struct line_editor *editor, int again);
    const char *prompt;
    char text[LINE_SIZE];      /* UTF-8, whole characters */
    unsigned length, cursor;   /* in text, bytes */
    struct utf8_decoder typed; /* of a character that comes byte by byte */

    /* What stands on the console behind the prompt: a part of the text. */
    unsigned width;            /* it may have this many columns */
    unsigned first;            /* text[first] is where it starts */
    char shown[LINE_SIZE];
    unsigned shown_length;     /* bytes */
    unsigned shown_cursor;     /* columns */

    /* Lines entered before, a ring; the line in work while one is shown. */
    char history[LINE_HISTORY][LINE_SIZE];
    unsigned history_count, history_next;
    unsigned recalled;         /* 1: the last one; 0: the line in work */
    char draft[LINE_SIZE];
};

/* Once; the editor is all zeros before. */
void line_edit_init(struct line_editor *editor, const struct baremetal *os);

/* Prints the prompt and lets the user type. Returns the text, valid until
 * the next call, or 0 if the user gave the line up with Ctrl-C. The cursor
 * is at the start of a line before and after. */
const char *line_edit_read(struct line_editor *editor, const char *prompt);

enum line_edit_end { LINE_ENTER, LINE_GIVEN_UP, LINE_LAST };

/* The same for a line of a text, without prompt: no completion, and history
 * does not keep it. LINE_LAST: Ctrl-D on an empty line, which *text is then. */
enum line_edit_end line_edit_read_text(struct line_editor *editor,
                                       const char **text);

/* For `complete`. The text from `from` up to the cursor becomes another one,
 * with the cursor behind it; no change if that were too long. */
void line_edit_replace(struct line_editor *editor, unsigned from,
                       const char *text);
/* Around text that is written below the line, which is shown anew then. */
void line_edit_leave(struct line_editor *editor);
void line_edit_return(struct line_editor *editor);
