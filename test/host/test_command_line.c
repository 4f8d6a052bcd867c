/* test_command_line.c - splitting typed lines into words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/command_line.c
#include "check.h"
#include "command_line.h"
#include <stdlib.h>
#include <string.h>

/* The words joined by "|", or "error N". */
static const char *parsed(const char *text)
{
    static char joined[600];
    struct command_line *line = malloc(sizeof *line);
    int count = command_line_parse(line, text);

    joined[0] = 0;
    if (count < 0)
        sprintf(joined, "error %d", count);
    CHECK(line->count == (count < 0 ? 0 : count));
    CHECK(line->words[line->count] == 0);
    for (int i = 0; i < line->count; i++) {
        strcat(joined, i ? "|" : "");
        strcat(joined, line->words[i]);
    }
    if (line->input)
        strcat(strcat(joined, " <"), line->input);
    if (line->output)
        strcat(strcat(joined, line->append ? " >>" : " >"), line->output);
    CHECK(count >= 0 || (!line->input && !line->output));
    free(line);
    return joined;
}

#define PARSES(text, words) CHECK(!strcmp(parsed(text), words))

static void check_limits(void)
{
    char text[COMMAND_LINE_SIZE + 8];

    memset(text, 'x', sizeof text);
    text[COMMAND_LINE_SIZE] = 0;
    PARSES(text, "error -1");
    text[COMMAND_LINE_SIZE - 1] = 0;
    PARSES(text, text);
    for (int i = 0; i < COMMAND_LINE_SIZE / 2; i++)
        memcpy(text + 2 * i, "a ", 3);
    text[COMMAND_LINE_SIZE - 1] = 0;
    CHECK(strlen(parsed(text)) == COMMAND_LINE_SIZE - 1);
    memcpy(text + COMMAND_LINE_SIZE - 3, ">b", 2);
    CHECK(strstr(parsed(text), "a >b"));
}

/* Words behind those of the line, up to the limits of both. */
static void check_add(void)
{
    struct command_line *line = malloc(sizeof *line);
    char word[COMMAND_LINE_TEXT / 4];
    int count = 0;

    CHECK(command_line_parse(line, "one two") == 2);
    while (!command_line_add(line, "x"))
        CHECK(++count < COMMAND_LINE_WORDS);
    CHECK(line->count == COMMAND_LINE_WORDS);
    CHECK(count == COMMAND_LINE_WORDS - 2);
    CHECK(!line->words[COMMAND_LINE_WORDS]);
    CHECK(!strcmp(line->words[1], "two"));

    memset(word, 'w', sizeof word);
    word[sizeof word - 1] = 0;
    CHECK(command_line_parse(line, "one") == 1);
    for (count = 0; count < 3; count++)
        CHECK(!command_line_add(line, word));
    CHECK(command_line_add(line, word) == COMMAND_LINE_EFULL);
    CHECK(line->count == 4 && !line->words[4]);
    word[sizeof word - 5] = 0; /* the last byte is used */
    CHECK(!command_line_add(line, word));
    CHECK(line->used == COMMAND_LINE_TEXT);
    CHECK(command_line_add(line, "") == COMMAND_LINE_EFULL);
    free(line);
}

/* What is behind a ; and what is marked. */
static void check_rest(void)
{
    struct command_line *line = malloc(sizeof *line);

    CHECK(command_line_parse(line, "one two; three") == 2);
    CHECK(!strcmp(line->rest, " three"));
    CHECK(command_line_parse(line, "one > a;") == 1);
    CHECK(!strcmp(line->rest, "") && !strcmp(line->output, "a"));
    CHECK(command_line_parse(line, "one \";\" \\; ';'") == 4);
    CHECK(!line->rest && !strcmp(line->words[2], ";"));
    CHECK(command_line_parse(line, ";;") == 0 && !strcmp(line->rest, ";"));
    CHECK(command_line_parse(line, "'open; x") < 0 && !line->rest);
    CHECK(command_line_parse(line, "a*?[b] '*?[' \"*\" \\* > *") == 4);
    CHECK(!strcmp(line->words[0], "a\1\2\3b]"));
    CHECK(!strcmp(line->words[1], "*?["));
    CHECK(!strcmp(line->words[2], "*"));
    CHECK(!strcmp(line->words[3], "\\\1")); /* tools\*.app is a DOS path */
    CHECK(!strcmp(line->output, "*"));
    free(line);
}

/* No line of these characters may write outside its words. */
static void check_any_line(void)
{
    static const char alphabet[] = "a\"'\\ \t<>b;*";
    unsigned state = 12345;

    for (int round = 0; round < 20000; round++) {
        char text[COMMAND_LINE_SIZE + 1];
        unsigned length;
        state = state * 1103515245u + 12345u;
        length = (state >> 8) % (round % 8 ? 12 : COMMAND_LINE_SIZE);
        for (unsigned i = 0; i < length; i++) {
            state = state * 1103515245u + 12345u;
            text[i] = alphabet[(state >> 16) % (sizeof alphabet - 1)];
        }
        text[length] = 0;
        CHECK(strlen(parsed(text)) <= sizeof text);
    }
}

int main(void)
{
    PARSES("", "");
    PARSES("  \t ", "");
    PARSES("hello", "hello");
    PARSES("  hello   world\t!", "hello|world|!");
    PARSES("echo \"two words\" three", "echo|two words|three");
    PARSES("echo 'two  words'", "echo|two  words");
    PARSES("a\"b c\"d'e f'g", "ab cde fg");
    PARSES("echo \"\" ''", "echo||");
    PARSES("echo \"it's\" 'say \"x\"'", "echo|it's|say \"x\"");
    PARSES("my\\ file \\\"x\\\" \\'", "my file|\"x\"|'");
    PARSES("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d");
    PARSES("'a\\'", "a\\");
    PARSES("ls tools\\hello.app", "ls|tools\\hello.app");
    PARSES("end\\", "end\\");
    PARSES("a\\\\b", "a\\b");
    PARSES("ls > out", "ls >out");
    PARSES("ls>out", "ls >out");
    PARSES("ls -l >>out more", "ls|-l|more >>out");
    PARSES("< in cat>\"an out\"", "cat <in >an out");
    PARSES("cat<in>out", "cat <in >out");
    PARSES("echo a\\>b '>' \">>\" \\<", "echo|a>b|>|>>|<");
    PARSES("> out", " >out");
    PARSES("ls >", "error -3");
    PARSES("ls > > out", "error -3");
    PARSES("ls > <", "error -3");
    PARSES("ls > a > b", "error -4");
    PARSES("cat < a b < c", "error -4");
    PARSES("ls >>> a", "error -3");
    PARSES("ls >;", "error -3");
    PARSES("ls; cd", "ls");
    PARSES("ls > 'open", "error -2");
    PARSES("echo \"open", "error -2");
    PARSES("echo 'open", "error -2");
    PARSES("\"", "error -2");
    CHECK(strcmp(command_line_error_text(COMMAND_LINE_ELONG),
                 command_line_error_text(COMMAND_LINE_EFULL)));
    check_limits();
    check_add();
    check_rest();
    check_any_line();
    return check_report("test_command_line");
}
