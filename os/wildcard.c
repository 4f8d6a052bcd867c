/* wildcard.c - names of files for * and ? and [...] in a line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "wildcard.h"
#include "text.h"
#include <pure64/string.h>

static int is_mark(char c)
{
    return c == COMMAND_LINE_ANY || c == COMMAND_LINE_ONE ||
           c == COMMAND_LINE_SET;
}

/* ---- matching one name */

/* What was typed where there is a mark. */
static char typed(char c)
{
    return is_mark(c) ? "*?["[c - COMMAND_LINE_ANY] : c;
}

/* The next character of UTF-8 text, as FAT compares it. */
static uint32_t next_character(const uint8_t **text, const uint8_t *end)
{
    uint32_t c = fat_name_character(text, end);

    while (c >= 0xE0 && *text < end && (**text & 0xC0) == 0x80)
        c = c << 6 | (*(*text)++ & 0x3F);
    return c;
}

/* Inside of [...]. */
static uint32_t next_member(const uint8_t **at, const uint8_t *end)
{
    if (!is_mark((char)**at))
        return next_character(at, end);
    return (uint8_t)typed((char)*(*at)++);
}

/* The character is one of those up to ], with which *at then has passed; -1 if
 * there is no ]. */
static int match_set(const uint8_t **at, const uint8_t *end, uint32_t c)
{
    const uint8_t *p = *at;
    int is_not = p < end && (*p == '!' || *p == '^');
    int found = 0;
    const uint8_t *first = p += is_not;

    while (p < end && (*p != ']' || p == first)) {
        uint32_t low = next_member(&p, end), high = low;

        if (p + 1 < end && p[0] == '-' && p[1] != ']') {
            p++;
            high = next_member(&p, end);
        }
        found |= c >= low && c <= high;
    }
    if (p == end)
        return -1;
    *at = p + 1;
    return found != is_not;
}

/* Does what stands at *at, other than *, allow that character? Then *at is
 * behind it. */
static int match_one(const uint8_t **at, const uint8_t *end, uint32_t c)
{
    const uint8_t *p = *at;
    int match;

    if (*p == COMMAND_LINE_ONE) {
        *at = p + 1;
        return 1;
    }
    if (*p == COMMAND_LINE_SET) {
        p++;
        match = match_set(&p, end, c);
        if (match < 0)
            match = c == '[';
    } else {
        match = next_character(&p, end) == c;
    }
    *at = p;
    return match;
}

/* Where the last * might have ended earlier, it is tried again with one
 * character more. */
int wildcard_match(const char *pattern, size_t length, const char *name)
{
    const uint8_t *p = (const uint8_t *)pattern, *p_end = p + length;
    const uint8_t *n = (const uint8_t *)name, *n_end = n + strlen(name);
    const uint8_t *star = 0, *star_name = 0;

    for (;;) {
        const uint8_t *next_p = p, *next_n = n;

        if (p < p_end && *p == COMMAND_LINE_ANY) {
            star = ++p;
            star_name = n;
            continue;
        }
        if (n == n_end)
            return p == p_end;
        if (p < p_end &&
            match_one(&next_p, p_end, next_character(&next_n, n_end))) {
            p = next_p;
            n = next_n;
            continue;
        }
        if (!star)
            return 0;
        next_character(&star_name, n_end);
        p = star;
        n = star_name;
    }
}

/* ---- paths */

/* Puts text at path[at]; COMMAND_LINE_EFULL. */
static int put(struct wildcard_expansion *expansion, size_t at,
               const char *text, size_t length)
{
    if (length >= sizeof expansion->path - at)
        return COMMAND_LINE_EFULL;
    memcpy(expansion->path + at, text, length);
    expansion->path[at + length] = 0;
    return 0;
}

static int has_mark(const char *text)
{
    while (*text && !is_mark(*text))
        text++;
    return *text != 0;
}

/* The bytes of a pattern before its first part with wildcards. */
static size_t fixed_length(const char *pattern)
{
    size_t start = 0;

    for (size_t i = 0; !is_mark(pattern[i]); i++)
        if (pattern[i] == '/' || pattern[i] == '\\' || pattern[i] == ':')
            start = i + 1;
    return start;
}

static int expand(struct wildcard_expansion *expansion, size_t length,
                  const char *pattern);

/* path[0..length) is a folder, the pattern starts with wildcards. */
static int expand_part(struct wildcard_expansion *expansion, size_t length,
                       const char *pattern)
{
    struct files *files = expansion->files;
    size_t part = 0;
    uint64_t cursor = 0;

    while (pattern[part] && pattern[part] != '/' && pattern[part] != '\\')
        part++;
    for (;;) {
        const char *name = files->entry.name;
        int error;

        expansion->path[length] = 0;
        if (files_list(files, expansion->path, &cursor) <= 0)
            return 0; /* what is wrong with the disk, the command will say */
        if (!wildcard_match(pattern, part, name) ||
            (pattern[part] &&
             !(files->entry.attributes & FAT_ATTRIBUTE_FOLDER)))
            continue;
        error = put(expansion, length, name, strlen(name));
        if (!error)
            error = expand(expansion, length + strlen(name), pattern + part);
        if (error)
            return error;
    }
}

/* Adds all there is of path[0..length) and the pattern to the line. */
static int expand(struct wildcard_expansion *expansion, size_t length,
                  const char *pattern)
{
    size_t fixed;
    int error;

    if (!has_mark(pattern)) {
        error = put(expansion, length, pattern, strlen(pattern));
        if (error || (*pattern &&
                      files_find(expansion->files, expansion->path)))
            return error;
        return command_line_add(expansion->line, expansion->path);
    }
    fixed = fixed_length(pattern);
    error = put(expansion, length, pattern, fixed);
    if (error || expansion->parts == WILDCARD_PARTS)
        return error;
    expansion->parts++;
    error = expand_part(expansion, length + fixed, pattern + fixed);
    expansion->parts--;
    return error;
}

/* ---- words */

/* As the alphabet has it, then as the bytes are. */
static int is_before(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] && text_small(a[i]) == text_small(b[i]))
        i++;
    if (text_small(a[i]) != text_small(b[i]))
        return (uint8_t)text_small(a[i]) < (uint8_t)text_small(b[i]);
    return strcmp(a, b) < 0;
}

static void sort(char **words, int count)
{
    for (int i = 1; i < count; i++) {
        char *word = words[i];
        int at = i;

        for (; at && is_before(word, words[at - 1]); at--)
            words[at] = words[at - 1];
        words[at] = word;
    }
}

static void reverse(char **words, int count)
{
    for (int i = 0, j = count - 1; i < j; i++, j--) {
        char *word = words[i];

        words[i] = words[j];
        words[j] = word;
    }
}

/* The names found were added behind all words, `count` of them; they take the
 * place of word number `at`. */
static void place(struct command_line *line, int at, int count)
{
    char **words = line->words + at;
    int others = count - at - 1, names = line->count - count;

    line->count--;
    memmove(words, words + 1, (size_t)(line->count - at + 1) * sizeof *words);
    reverse(words, others);
    reverse(words + others, names);
    reverse(words, others + names);
}

int wildcard_expand(struct wildcard_expansion *expansion,
                    struct command_line *line, struct files *files)
{
    expansion->line = line;
    expansion->files = files;
    for (int i = 0; i < line->count; i++) {
        int count = line->count, names, error;
        char *word = line->words[i];

        if (!has_mark(word))
            continue;
        expansion->parts = 0;
        error = expand(expansion, 0, word);
        if (error) {
            line->count = 0;
            return error;
        }
        names = line->count - count;
        if (!names) {
            for (; *word; word++)
                *word = typed(*word);
            continue;
        }
        sort(line->words + count, names);
        place(line, i, count);
        i += names - 1;
    }
    return 0;
}
