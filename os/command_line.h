/* command_line.h - a typed line as words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>

#define COMMAND_LINE_SIZE 256 /* of a line as typed, with its final NUL */
#define COMMAND_LINE_WORDS 2048
#define COMMAND_LINE_TEXT 65536 /* of all words, each with its NUL */

enum command_line_error {
    COMMAND_LINE_ELONG = -1,  /* COMMAND_LINE_SIZE characters or more */
    COMMAND_LINE_EQUOTE = -2, /* a quotation mark without its partner */
    COMMAND_LINE_EFILE = -3,  /* > or < without the name of a file */
    COMMAND_LINE_ETWICE = -4, /* two files for output, or for input */
    COMMAND_LINE_EFULL = -5,  /* names for * and ? that do not fit */
};

/* What * ? [ are in a word, unless they are quoted: see wildcard.h. */
enum command_line_mark {
    COMMAND_LINE_ANY = 1,
    COMMAND_LINE_ONE = 2,
    COMMAND_LINE_SET = 3,
};

struct command_line {
    int count;
    const char *output;      /* behind > or >>, which are no words; or 0 */
    const char *input;       /* behind < */
    int append;              /* it was >> */
    const char *rest;        /* behind a ; in the line parsed; or 0 */
    char *words[COMMAND_LINE_WORDS + 1]; /* a null pointer follows the last */
    size_t used;             /* bytes of text */
    char text[COMMAND_LINE_TEXT]; /* what they point into */
};

/* Splits at spaces and tabs, and at < and >, which name files, up to a ; or
 * the end. "..." and '...' keep all these in a word and may be part of one. A
 * backslash before one of them, before a quotation mark or a backslash takes
 * that character as it is, inside "..." only before " and \; any other
 * backslash is an ordinary character (people type DOS paths). Returns the
 * number of words or a negative enum command_line_error; then there are no
 * words and no rest. */
int command_line_parse(struct command_line *line, const char *text);

/* Copies a word behind the last one; 0, or COMMAND_LINE_EFULL. */
int command_line_add(struct command_line *line, const char *word);

/* A sentence without full stop. */
const char *command_line_error_text(int error);
