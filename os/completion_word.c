/* completion_word.c - what is typed, and what continues it: no files here.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Words are those of command_line.h.
 */
#include "completion.h"
#include "text.h"
#include <pure64/string.h>

static int is_redirection(char c)
{
    return c == '<' || c == '>';
}

/* Does a backslash before it take the character as it is? */
static int is_protected(char c, char quote)
{
    if (quote)
        return quote == '"' && (c == '"' || c == '\\');
    return c && strchr(" \t\"'\\<>;", c);
}

/* Copies the word at `at` and returns its end: `length` if the cursor is in it
 * or right behind it. */
static unsigned copy_word(const char *line, unsigned at, unsigned length,
                          char *text)
{
    char quote = 0;

    for (; at < length; at++) {
        char c = line[at];

        if (c == '\\' && at + 1 < length && is_protected(line[at + 1], quote))
            *text++ = line[++at];
        else if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        else if (!quote && (c == ' ' || c == '\t' || c == ';' ||
                            is_redirection(c)))
            break;
        else
            *text++ = c;
    }
    *text = 0;
    return at;
}

void completion_find_word(const char *line, unsigned length,
                          struct completion_word *word)
{
    int number = 0, is_file = 0;
    unsigned at = 0;

    word->first[0] = 0;
    for (;;) {
        while (at < length && (line[at] == ' ' || line[at] == '\t' ||
                               is_redirection(line[at])))
            is_file |= is_redirection(line[at++]);
        if (at < length && line[at] == ';') {
            at++;
            number = is_file = 0;
            word->first[0] = 0;
            continue;
        }
        word->from = at;
        word->number = is_file ? -1 : number;
        at = copy_word(line, at, length, word->text);
        if (at >= length)
            return;
        if (word->number == 0 && strlen(word->text) < sizeof word->first)
            memcpy(word->first, word->text, strlen(word->text) + 1);
        number += !is_file;
        is_file = 0;
    }
}

/* 1 if both have the same byte there, but for the case of letters: of ASCII,
 * and behind the byte 0xC3 of Latin-1, where the last two pairs are none. */
static int same_letter(const char *a, const char *b, size_t at)
{
    uint8_t other = (uint8_t)(a[at] ^ b[at]), small = (uint8_t)b[at] | 0x20;

    if (at && (uint8_t)b[at - 1] == 0xC3 && other == 0x20)
        return small != 0xB7 && small != 0xBF;
    return text_small(a[at]) == text_small(b[at]);
}

void completion_add_name(struct completion_names *names, const char *name,
                         int is_folder)
{
    size_t length = strlen(name), same = 0;

    while (names->start[same] && same_letter(names->start, name, same))
        same++;
    if (names->start[same] || length + 1 >= sizeof names->name)
        return;
    if (!names->count++) {
        memcpy(names->name, name, length + 1);
        names->common = length;
        names->is_whole = !is_folder;
        return;
    }
    names->is_whole = 0;
    for (same = 0;
         same < names->common && same_letter(names->name, name, same);)
        same++;
    /* Not in the midst of a character of several bytes. */
    while (same && utf8_is_inside(names->name[same]))
        same--;
    names->common = same;
    names->name[same] = 0;
}

static int needs_quotes(const char *word)
{
    for (; *word; word++)
        if (strchr(" \t\"'<>;*?[", *word))
            return 1;
    return 0;
}

int completion_quote(const char *word, int is_whole, char *text, size_t size)
{
    int quotes = needs_quotes(word);
    size_t at = 0;

    /* Each character may need two, then there are "", a space and the NUL. */
    if (2 * strlen(word) + 4 > size)
        return 0;
    if (quotes)
        text[at++] = '"';
    for (; *word; word++) {
        if (quotes && (*word == '"' || *word == '\\'))
            text[at++] = '\\';
        text[at++] = *word;
    }
    if (quotes && is_whole)
        text[at++] = '"';
    if (is_whole)
        text[at++] = ' ';
    text[at] = 0;
    return 1;
}
