/* options.c - the option words: what each is called, takes and means.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "options.h"
#include "text.h"
#include <pure64/string.h>

#define CPUS_MAX 0xFFFFFFFF
#define MEMORY_MAX INT64_MAX
#define MHZ_MAX 100000 /* faster clocks are not believed */

const struct option options_table[OPTIONS] = {
    [OPTION_CPUS] = { "cpus", "a number from 1 on",
                      "at most so many CPUs are started", OPTIONS_NUMBER, 1,
                      1, CPUS_MAX, 0 },
    [OPTION_MEMORY] = { "memory", "a size from 4M on, as 64M or 2G",
                        "only so much RAM is used", OPTIONS_SIZE, 1,
                        OPTIONS_MEMORY_MIN, MEMORY_MAX, 0 },
    [OPTION_VIDEO] = { "video", "a size as 1024x768, text or none",
                       "the screen's mode", OPTIONS_PICTURE, 1, 0, 0,
                       0 },
    [OPTION_NOUSB] = { "nousb", "no value",
                       "USB (xHCI) is left to the firmware", OPTIONS_WORD, 1,
                       0, 0, 0 },
    [OPTION_CONSOLE] = { "console", "serial, screen or both",
                         "where text goes", OPTIONS_CHOICE, 1, 0, 0,
                         "serial\0screen\0both\0" },
    [OPTION_TSC_MHZ] = { "tsc_mhz", "a number from 1 to 100000",
                         "clock frequency, where it is not found",
                         OPTIONS_NUMBER, 1, 1, MHZ_MAX, 0 },
    [OPTION_GDB] = { "gdb", "com1 or com2", "the serial line of a debugger",
                     OPTIONS_CHOICE, 1, 0, 0, "com1\0com2\0" },
    [OPTION_STARTUP] = { "startup", "a program, a list as list.txt, or no",
                         "runs before the first prompt", OPTIONS_NAME, 0, 1,
                         63, 0 },
    [OPTION_KEYBOARD] = { "keyboard", "a layout, as de",
                          "the layout of the keyboard", OPTIONS_NAME, 0, 1,
                          15, 0 },
};

struct options_set options_in_effect;

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* In any case of letters; `word` is of small ones. */
static int is_word(const char *text, size_t length, const char *word)
{
    size_t i = 0;

    while (i < length && word[i] && text_small(text[i]) == word[i])
        i++;
    return i == length && !word[i];
}

const char *options_value(const char *word)
{
    const char *value = strchr(word, '=');

    return value ? value + 1 : "";
}

/* Judged by those who read it. */
static int is_picture(const char *word)
{
    struct boot_options block;

    return !options_make(&block, word);
}

static int is_choice(const char *choices, const char *value)
{
    while (*choices && strcmp(choices, value))
        choices += strlen(choices) + 1;
    return *choices != 0;
}

/* 1 if the option takes what its word says. */
static int is_right(const struct option *option, const char *word)
{
    const char *value = options_value(word);
    uint64_t number;

    /* It would be two words. */
    if (option->kind != OPTIONS_NAME && (strchr(word, ' ') || strchr(word, '\t')))
        return 0;
    switch (option->kind) {
    case OPTIONS_NUMBER:
    case OPTIONS_SIZE:
        return options_number(word, option->name,
                              option->kind == OPTIONS_SIZE, &number) &&
               number >= option->least && number <= option->most;
    case OPTIONS_PICTURE:
        return is_picture(word);
    case OPTIONS_CHOICE:
        return is_choice(option->choices, value);
    case OPTIONS_NAME:
        return strlen(value) >= option->least &&
               strlen(value) <= option->most;
    default:
        return !strchr(word, '=');
    }
}

/* As pure64 and the boot stages read them: small letters, but K, M and G. */
static void set_case(const struct option *option, char *value)
{
    for (; *value && option->kind != OPTIONS_NAME; value++) {
        *value = text_small(*value);
        if (option->kind == OPTIONS_SIZE && *value >= 'a' && *value <= 'z')
            *value = (char)(*value + 'A' - 'a');
    }
}

/* The name's and the value's place in a line without blanks at its ends. */
struct parts {
    const char *name, *value; /* value 0: there is no = */
    size_t name_length, value_length;
};

static struct parts split(const char *text, size_t length)
{
    struct parts parts = { .name = text };
    size_t equals = 0;

    while (equals < length && text[equals] != '=')
        equals++;
    parts.name_length = equals;
    while (parts.name_length && is_blank(text[parts.name_length - 1]))
        parts.name_length--;
    if (equals == length)
        return parts;
    equals++;
    while (equals < length && is_blank(text[equals]))
        equals++;
    parts.value = text + equals;
    parts.value_length = length - equals;
    return parts;
}

static int make_word(const struct option *option, const struct parts *parts,
                     char *word)
{
    size_t length = strlen(option->name);

    memcpy(word, option->name, length + 1);
    if (parts->value) {
        if (length + parts->value_length + 2 > OPTIONS_WORD_SIZE)
            return OPTIONS_ELONG;
        word[length++] = '=';
        memcpy(word + length, parts->value, parts->value_length);
        word[length + parts->value_length] = 0;
        set_case(option, word + length);
    }
    return is_right(option, word) ? 0 : OPTIONS_EVALUE;
}

int options_read(const char *text, size_t length,
                 char word[OPTIONS_WORD_SIZE], unsigned *option)
{
    struct parts parts;
    int error;

    *option = OPTIONS;
    word[0] = 0;
    while (length && is_blank(text[length - 1]))
        length--;
    while (length && is_blank(*text)) {
        text++;
        length--;
    }
    if (!length || *text == '#')
        return OPTIONS;
    parts = split(text, length);
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (!is_word(parts.name, parts.name_length, options_table[i].name))
            continue;
        *option = i;
        error = make_word(&options_table[i], &parts, word);
        return error ? error : (int)i;
    }
    return OPTIONS_ENAME;
}

int options_same(unsigned option, const char *a, const char *b)
{
    const struct option *known = &options_table[option];
    uint64_t number_a, number_b;

    if ((known->kind == OPTIONS_NUMBER || known->kind == OPTIONS_SIZE) &&
        options_number(a, known->name, 1, &number_a) &&
        options_number(b, known->name, 1, &number_b))
        return number_a == number_b;
    return !strcmp(a, b);
}

int options_text(const struct options_set *set, char text[OPTIONS_TEXT_SIZE])
{
    size_t length = 0;

    for (unsigned i = 0; i < OPTIONS; i++) {
        size_t more = strlen(set->word[i]);

        if (!options_table[i].boot || !more)
            continue;
        if (length + more + 2 > OPTIONS_TEXT_SIZE)
            return OPTIONS_ETEXT;
        if (length)
            text[length++] = ' ';
        memcpy(text + length, set->word[i], more);
        length += more;
    }
    text[length] = 0;
    return 0;
}
