/* command_line.h - a typed line as words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

#define COMMAND_LINE_SIZE 256 /* with its final NUL */
#define COMMAND_LINE_WORDS 32

enum command_line_error {
    COMMAND_LINE_ELONG = -1,  /* COMMAND_LINE_SIZE characters or more */
    COMMAND_LINE_EWORDS = -2, /* more than COMMAND_LINE_WORDS words */
    COMMAND_LINE_EQUOTE = -3, /* a quotation mark without its partner */
    COMMAND_LINE_EFILE = -4,  /* > or < without the name of a file */
    COMMAND_LINE_ETWICE = -5, /* two files for output, or for input */
};

struct command_line {
    int count;
    const char *output;      /* behind > or >>, which are no words; or 0 */
    const char *input;       /* behind < */
    int append;              /* it was >> */
    char *words[COMMAND_LINE_WORDS + 1]; /* a null pointer follows the last */
    char text[COMMAND_LINE_SIZE];        /* what they point into */
};

/* Splits at spaces and tabs, and at < and >, which name files. "..." and '...'
 * keep them in a word and may be part of one. A backslash before one of these,
 * before a quotation mark or a backslash takes that character as it is, inside
 * "..." only before " and \; any other backslash is an ordinary character
 * (people type DOS paths). Returns the number of words or a negative enum
 * command_line_error; then there are no words. */
int command_line_parse(struct command_line *line, const char *text);

/* A sentence without full stop. */
const char *command_line_error_text(int error);
