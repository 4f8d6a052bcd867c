/* command_line.c - splits a typed line into words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "command_line.h"
#include <pure64/string.h>

_Static_assert(COMMAND_LINE_SIZE <= COMMAND_LINE_WORDS &&
               COMMAND_LINE_SIZE <= COMMAND_LINE_TEXT, "any line fits");

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

static int is_redirection(char c)
{
    return c == '<' || c == '>';
}

static int is_end(char c)
{
    return is_space(c) || is_redirection(c) || c == ';';
}

/* Is the character behind a backslash one that the backslash protects? */
static int is_protected(char c, char quote)
{
    if (quote)
        return quote == '"' && (c == '"' || c == '\\');
    return is_end(c) || c == '"' || c == '\'' || c == '\\';
}

static char mark(char c)
{
    switch (c) {
    case '*':
        return COMMAND_LINE_ANY;
    case '?':
        return COMMAND_LINE_ONE;
    case '[':
        return COMMAND_LINE_SET;
    default:
        return c;
    }
}

/* Copies the word at *from to `to`, without its quotation marks. Returns the
 * end of the copy, or 0 if a quotation mark is left open. */
static char *copy_word(const char **from, char *to, int marks)
{
    const char *c = *from;
    char quote = 0;

    for (; *c && (quote || !is_end(*c)); c++) {
        if (*c == '\\' && is_protected(c[1], quote))
            *to++ = *++c;
        else if (quote ? *c == quote : *c == '"' || *c == '\'')
            quote = quote ? 0 : *c;
        else
            *to++ = quote || !marks ? *c : mark(*c);
    }
    *from = c;
    return quote ? 0 : to;
}

static int fail(struct command_line *line, int error)
{
    line->count = 0;
    line->words[0] = 0;
    line->output = line->input = line->rest = 0;
    return error;
}

/* What stands before the next word: nothing, <, > or >>. Where that word is to
 * be noted, 0 if it may not come; *error says why. */
static const char **word_place(struct command_line *line, const char **text,
                               int *error)
{
    const char **place = (const char **)&line->words[line->count];

    if (!is_redirection(**text)) {
        line->count++;
        return place;
    }
    place = **text == '<' ? &line->input : &line->output;
    if (*(*text)++ == '>') {
        line->append = **text == '>';
        *text += line->append;
    }
    while (is_space(**text))
        ++*text;
    *error = *place ? COMMAND_LINE_ETWICE : COMMAND_LINE_EFILE;
    return *place || !**text || is_end(**text) ? 0 : place;
}

/* One word, or the file of a redirection; 0 or an error. */
static int take_word(struct command_line *line, const char **text)
{
    int error, is_word = !is_redirection(**text);
    const char **place = word_place(line, text, &error);
    char *to = line->text + line->used;

    if (!place)
        return error;
    *place = to;
    to = copy_word(text, to, is_word);
    if (!to)
        return COMMAND_LINE_EQUOTE;
    *to++ = 0;
    line->used = (size_t)(to - line->text);
    return 0;
}

/* The copy never outgrows the original: a word's NUL takes the place of the
 * space or the sign behind it, or of the line's own NUL. */
int command_line_parse(struct command_line *line, const char *text)
{
    line->count = line->append = 0;
    line->used = 0;
    line->output = line->input = line->rest = 0;
    if (strlen(text) >= COMMAND_LINE_SIZE)
        return fail(line, COMMAND_LINE_ELONG);
    for (;;) {
        int error;

        while (is_space(*text))
            text++;
        if (!*text || *text == ';')
            break;
        error = take_word(line, &text);
        if (error)
            return fail(line, error);
    }
    if (*text)
        line->rest = text + 1;
    line->words[line->count] = 0;
    return line->count;
}

int command_line_add(struct command_line *line, const char *word)
{
    size_t size = strlen(word) + 1;
    char *copy = line->text + line->used;

    if (line->count == COMMAND_LINE_WORDS ||
        size > sizeof line->text - line->used)
        return COMMAND_LINE_EFULL;
    memcpy(copy, word, size);
    line->used += size;
    line->words[line->count++] = copy;
    line->words[line->count] = 0;
    return 0;
}

const char *command_line_error_text(int error)
{
    switch (error) {
    case COMMAND_LINE_ELONG:
        return "the line is too long";
    case COMMAND_LINE_EQUOTE:
        return "a quotation mark has no partner";
    case COMMAND_LINE_EFILE:
        return "the name of a file is missing behind < or >";
    case COMMAND_LINE_ETWICE:
        return "more than one file behind < or >";
    case COMMAND_LINE_EFULL:
        return "* and ? stand for more names than a line can hold: 2048, of "
               "65536 characters";
    default:
        return "the line cannot be read";
    }
}
