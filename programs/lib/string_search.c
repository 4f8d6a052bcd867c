/* string_search.c - finding characters, words and strings in strings.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdint.h>
#include <string.h>

char *strchr(const char *text, int character)
{
    for (; *text != (char)character; text++)
        if (!*text)
            return 0;
    return (char *)(uintptr_t)text;
}

char *strrchr(const char *text, int character)
{
    const char *found = 0;

    do
        if (*text == (char)character)
            found = text;
    while (*text++);
    return (char *)(uintptr_t)found;
}

char *strstr(const char *text, const char *part)
{
    size_t length = strlen(part);

    for (; strncmp(text, part, length); text++)
        if (!*text)
            return 0;
    return (char *)(uintptr_t)text;
}

/* How many characters at the start are in the set, or are not. */
static size_t span(const char *text, const char *set, int wanted)
{
    size_t length = 0;

    while (text[length] && (strchr(set, text[length]) != 0) == wanted)
        length++;
    return length;
}

size_t strspn(const char *text, const char *set)
{
    return span(text, set, 1);
}

size_t strcspn(const char *text, const char *set)
{
    return span(text, set, 0);
}

char *strpbrk(const char *text, const char *set)
{
    text += strcspn(text, set);
    return *text ? (char *)(uintptr_t)text : 0;
}

char *strtok_r(char *restrict text, const char *restrict set,
               char **restrict rest)
{
    char *word = text ? text : *rest;

    word += strspn(word, set);
    *rest = word + strcspn(word, set);
    if (**rest)
        *(*rest)++ = 0;
    return *word ? word : 0;
}

char *strtok(char *restrict text, const char *restrict set)
{
    static char *rest;

    return strtok_r(text, set, &rest);
}
