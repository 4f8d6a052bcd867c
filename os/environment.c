/* environment.c - the variables that programs get.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "environment.h"
#include <pure64/string.h>

/* One behind the other, each with its NUL. */
static char variables[ENVIRONMENT_SIZE];
static size_t used;

/* POSIX.1-2017, XBD "Name"; 0 if it is none. */
static size_t name_length(const char *text)
{
    size_t length = 0;

    while ((text[length] >= 'A' && text[length] <= 'Z') ||
           (text[length] >= 'a' && text[length] <= 'z') ||
           text[length] == '_' ||
           (length && text[length] >= '0' && text[length] <= '9'))
        length++;
    return length;
}

const char *environment_get(unsigned number)
{
    size_t at = 0;

    for (; at < used && number; number--)
        at += strlen(variables + at) + 1;
    return at < used ? variables + at : 0;
}

/* The variable of that name; 0 if there is none. */
static char *find(const char *name, size_t length)
{
    for (size_t at = 0; at < used; at += strlen(variables + at) + 1)
        if (!strncmp(variables + at, name, length) &&
            variables[at + length] == '=')
            return variables + at;
    return 0;
}

static void cut(char *variable)
{
    size_t size = strlen(variable) + 1;

    memmove(variable, variable + size,
            (size_t)(variables + used - (variable + size)));
    used -= size;
}

int environment_set(const char *text)
{
    size_t length = name_length(text), size = strlen(text) + 1;
    char *old;

    if (!length || text[length] != '=')
        return ENVIRONMENT_ENAME;
    old = find(text, length);
    if (size > sizeof variables - used + (old ? strlen(old) + 1 : 0))
        return ENVIRONMENT_EFULL;
    if (old)
        cut(old);
    memcpy(variables + used, text, size);
    used += size;
    return 0;
}

int environment_unset(const char *name)
{
    size_t length = name_length(name);
    char *old = length && !name[length] ? find(name, length) : 0;

    if (old)
        cut(old);
    return old != 0;
}
