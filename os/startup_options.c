/* startup_options.c - the options of config.txt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "startup_options.h"
#include "text.h"
#include <pure64/string.h>

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* What follows `name` and an equals sign; 0 if that is not what is there. */
static const char *value_of(const char *line, const char *name)
{
    while (*name)
        if (text_small(*line++) != *name++)
            return 0;
    while (is_space(*line))
        line++;
    if (*line++ != '=')
        return 0;
    while (is_space(*line))
        line++;
    return line;
}

/* Without blanks at its end; 1 if it is empty or too long. */
static int copy_value(char *to, size_t size, const char *value)
{
    size_t length = strlen(value);

    while (length && is_space(value[length - 1]))
        length--;
    if (!length || length >= size)
        return 1;
    memcpy(to, value, length);
    to[length] = 0;
    return 0;
}

int startup_option(struct startup_options *options, const char *line)
{
    const char *value;

    while (is_space(*line))
        line++;
    if (!*line || *line == '#')
        return 0;
    value = value_of(line, "startup");
    if (value)
        return copy_value(options->startup, sizeof options->startup, value);
    value = value_of(line, "keyboard");
    if (value)
        return copy_value(options->keyboard, sizeof options->keyboard, value);
    return 1;
}
