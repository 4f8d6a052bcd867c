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
    for (int i = 0; i < COMMAND_LINE_WORDS; i++)
        memcpy(text + 2 * i, "a ", 3);
    CHECK(strlen(parsed(text)) == 2 * COMMAND_LINE_WORDS - 1);
    strcat(text, "b");
    PARSES(text, "error -2");
    /* Files are no words. */
    text[2 * COMMAND_LINE_WORDS] = '>';
    strcat(text, "b");
    CHECK(strstr(parsed(text), "a >b"));
}

/* No line of these characters may write outside its words. */
static void check_any_line(void)
{
    static const char alphabet[] = "a\"'\\ \t<>b";
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
    PARSES("ls >", "error -4");
    PARSES("ls > > out", "error -4");
    PARSES("ls > <", "error -4");
    PARSES("ls > a > b", "error -5");
    PARSES("cat < a b < c", "error -5");
    PARSES("ls >>> a", "error -4");
    PARSES("ls > 'open", "error -3");
    PARSES("echo \"open", "error -3");
    PARSES("echo 'open", "error -3");
    PARSES("\"", "error -3");
    CHECK(strcmp(command_line_error_text(COMMAND_LINE_ELONG),
                 command_line_error_text(COMMAND_LINE_EWORDS)));
    check_limits();
    check_any_line();
    return check_report("test_command_line");
}
