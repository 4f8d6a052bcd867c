/* test_command_list.c - lines that wait, and variables of programs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/command_list.c os/environment.c
#include "check.h"
#include "command_list.h"
#include "environment.h"
#include <stdlib.h>
#include <string.h>

static struct command_list *list;

static int push(const char *name, const char *text)
{
    size_t room, length = strlen(text);
    int error;
    char *to = command_list_open(list, name, &room, &error);

    if (!to)
        return error;
    if (length > room)
        return COMMAND_LIST_EFULL;
    memcpy(to, text, length);
    return command_list_close(list, length);
}

/* "NAME> LINE", or LINE. */
static const char *next(void)
{
    static char text[COMMAND_LIST_TEXT + 16];
    const char *name, *line = command_list_next(list, &name);

    if (!line)
        return "end";
    sprintf(text, "%s%s%s", name ? name : "", name ? "> " : "", line);
    return text;
}

#define NEXT(text) CHECK(!strcmp(next(), text))

static void check_order(void)
{
    NEXT("end");
    CHECK(!push(0, "first; second"));
    NEXT("first; second");
    CHECK(!command_list_name(list));
    command_list_keep(list, strchr(list->text, ';') + 1);
    CHECK(!push("a.txt", "# comment\r\n\r\n  # another\none\r\ntwo;x\n"));
    NEXT("a.txt> one");
    CHECK(!strcmp(command_list_name(list), "a.txt"));
    CHECK(!push("b.txt", "three"));
    NEXT("b.txt> three");
    NEXT("a.txt> two;x");
    command_list_keep(list, "x");
    NEXT("x");
    NEXT(" second");
    NEXT("end");
    CHECK(!push("a.txt", ""));
    NEXT("end");
    CHECK(!push("a.txt", "one\ntwo"));
    command_list_clear(list);
    NEXT("end");
}

static void check_limits(void)
{
    char text[COMMAND_LIST_TEXT + 1];
    size_t room;
    int error;

    /* What is at its end waits for nothing: for ever. */
    for (unsigned i = 0; i < 10000; i++) {
        CHECK(!push("again", "x"));
        NEXT("again> x");
    }
    for (unsigned i = 0; i < COMMAND_LIST_LEVELS; i++)
        CHECK(!push("n", "x"));
    CHECK(push("n", "x") == COMMAND_LIST_ELEVELS);
    command_list_clear(list);
    memset(text, 'x', sizeof text);
    text[COMMAND_LIST_TEXT - 3] = 0;
    CHECK(!push("n", text));
    CHECK(push("n", "x") == COMMAND_LIST_EFULL);
    CHECK(strlen(next()) == COMMAND_LIST_TEXT);
    text[COMMAND_LIST_TEXT - 3] = 'x';
    text[COMMAND_LIST_TEXT - 2] = 0;
    CHECK(push("n", text) == COMMAND_LIST_EFULL);
    CHECK(!push(0, "y"));
    NEXT("y");
    memcpy(command_list_open(list, "n", &room, &error), "a\0b", 3);
    CHECK(command_list_close(list, 3) == COMMAND_LIST_ETEXT);
    NEXT("end");
    CHECK(command_list_error_text(COMMAND_LIST_ETEXT));
    CHECK(!command_list_error_text(-1));
}

static void check_words(void)
{
    char *words[] = { "one", "", "three", 0 };
    char **copies = command_list_words(list, 3, words);
    char text[COMMAND_LIST_TEXT], *many[COMMAND_LIST_WORDS];

    CHECK(copies && !strcmp(copies[0], "one") && !strcmp(copies[1], "") &&
          !strcmp(copies[2], "three") && !copies[3]);
    CHECK(copies[0] >= list->text && copies[0] != words[0]);
    memset(text, 'x', sizeof text);
    text[sizeof text - 3] = 0;
    CHECK(!push("n", text));
    for (unsigned i = 0; i < COMMAND_LIST_WORDS; i++)
        many[i] = "w";
    CHECK(command_list_words(list, 40, many));
    CHECK(!command_list_words(list, 60, many));
    CHECK(!command_list_words(list, COMMAND_LIST_WORDS, many));
    CHECK(strlen(next()) == COMMAND_LIST_TEXT); /* as it was */
    command_list_clear(list);
    CHECK(command_list_words(list, 256, many));
}

static int is_set(unsigned number, const char *text)
{
    const char *variable = environment_get(number);

    return text ? variable && !strcmp(variable, text) : !variable;
}

static void check_environment(void)
{
    char text[ENVIRONMENT_SIZE + 2];
    size_t rest;

    CHECK(is_set(0, 0));
    CHECK(!environment_set("AB=2") && !environment_set("A=1"));
    CHECK(!environment_set("_x9=") && !environment_set("A=long = er"));
    CHECK(is_set(0, "AB=2") && is_set(1, "_x9=") && is_set(2, "A=long = er"));
    CHECK(is_set(3, 0) && is_set(100, 0));
    CHECK(environment_set("=x") == ENVIRONMENT_ENAME);
    CHECK(environment_set("9a=x") == ENVIRONMENT_ENAME);
    CHECK(environment_set("a b=x") == ENVIRONMENT_ENAME);
    CHECK(environment_set("a") == ENVIRONMENT_ENAME);
    CHECK(!environment_unset("AB=2") && !environment_unset("B"));
    CHECK(!environment_unset("") && environment_unset("AB"));
    CHECK(is_set(0, "_x9=") && is_set(1, "A=long = er") && is_set(2, 0));
    rest = ENVIRONMENT_SIZE - strlen("_x9=") - strlen("A=long = er") - 2;
    memset(text, 'Z', sizeof text);
    text[1] = '=';
    text[rest] = 0;
    CHECK(environment_set(text) == ENVIRONMENT_EFULL);
    CHECK(is_set(2, 0));
    text[rest - 1] = 0;
    CHECK(!environment_set(text) && is_set(2, text));
    CHECK(environment_set("B=") == ENVIRONMENT_EFULL);
    text[2] = 0; /* a shorter one in its place */
    CHECK(!environment_set(text) && is_set(2, "Z="));
    CHECK(!environment_set("B=1") && is_set(3, "B=1"));
}

int main(void)
{
    list = malloc(sizeof *list);
    command_list_clear(list);
    check_order();
    check_limits();
    check_words();
    check_environment();
    free(list);
    return check_report("test_command_list");
}
