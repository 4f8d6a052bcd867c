/* command_line.c - splits a typed line into words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "command_line.h"
#include <pure64/string.h>

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

static int is_redirection(char c)
{
    return c == '<' || c == '>';
}

/* Is the character behind a backslash one that the backslash protects? */
static int is_protected(char c, char quote)
{
    if (quote)
        return quote == '"' && (c == '"' || c == '\\');
    return is_space(c) || is_redirection(c) || c == '"' || c == '\'' ||
           c == '\\';
}

/* Copies the word at *from to `to`, without its quotation marks. Returns the
 * end of the copy, or 0 if a quotation mark is left open. */
static char *copy_word(const char **from, char *to)
{
    const char *c = *from;
    char quote = 0;

    for (; *c && (quote || !(is_space(*c) || is_redirection(*c))); c++) {
        if (*c == '\\' && is_protected(c[1], quote))
            *to++ = *++c;
        else if (quote ? *c == quote : *c == '"' || *c == '\'')
            quote = quote ? 0 : *c;
        else
            *to++ = *c;
    }
    *from = c;
    return quote ? 0 : to;
}

static int fail(struct command_line *line, int error)
{
    line->count = 0;
    line->words[0] = 0;
    line->output = line->input = 0;
    return error;
}

/* What stands before the next word: nothing, <, > or >>. Where that word is to
 * be noted, 0 if it may not come; *error says why. */
static const char **word_place(struct command_line *line, const char **text,
                               int *error)
{
    const char **place = (const char **)&line->words[line->count];

    *error = COMMAND_LINE_EWORDS;
    if (!is_redirection(**text))
        return line->count++ < COMMAND_LINE_WORDS ? place : 0;
    place = **text == '<' ? &line->input : &line->output;
    if (*(*text)++ == '>') {
        line->append = **text == '>';
        *text += line->append;
    }
    while (is_space(**text))
        ++*text;
    *error = *place ? COMMAND_LINE_ETWICE : COMMAND_LINE_EFILE;
    return *place || !**text || is_redirection(**text) ? 0 : place;
}

/* The copy never outgrows the original: a word's NUL takes the place of the
 * space or the sign behind it, or of the line's own NUL. */
int command_line_parse(struct command_line *line, const char *text)
{
    char *to = line->text;

    line->count = line->append = 0;
    line->output = line->input = 0;
    if (strlen(text) >= COMMAND_LINE_SIZE)
        return fail(line, COMMAND_LINE_ELONG);
    for (;;) {
        const char **place;
        int error;

        while (is_space(*text))
            text++;
        if (!*text)
            break;
        place = word_place(line, &text, &error);
        if (!place)
            return fail(line, error);
        *place = to;
        to = copy_word(&text, to);
        if (!to)
            return fail(line, COMMAND_LINE_EQUOTE);
        *to++ = 0;
    }
    line->words[line->count] = 0;
    return line->count;
}

const char *command_line_error_text(int error)
{
    switch (error) {
    case COMMAND_LINE_ELONG:
        return "the line is too long";
    case COMMAND_LINE_EWORDS:
        return "more than 32 words in a line";
    case COMMAND_LINE_EQUOTE:
        return "a quotation mark has no partner";
    case COMMAND_LINE_EFILE:
        return "the name of a file is missing behind < or >";
    case COMMAND_LINE_ETWICE:
        return "more than one file behind < or >";
    default:
        return "the line cannot be read";
    }
}
