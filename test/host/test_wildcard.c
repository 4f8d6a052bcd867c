/* test_wildcard.c - what * ? and [...] stand for.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/wildcard.c os/command_line.c os/fs/fat_name.c os/fs/code_page.c
#include "check.h"
#include "fs/error.h"
#include "wildcard.h"
#include <stdlib.h>
#include <string.h>

static struct files *files;
static struct command_line *line;
static struct wildcard_expansion *expansion;

/* Paths of all there is, in no order; a folder ends with /. */
static const char *const tree[] = {
    "notes.txt", "b.txt", "A.TXT", "two words.txt", "data/", "data/x1",
    "data/x2", "date/", "date/x1", "date/y/", "date/y/x1", "\xC3\x84rger",
    "x'y", "disk1:/", "disk1:/far.txt", 0,
};
static const char *const *names = tree;
static int fail_at = -1; /* a listing that ends with an error */

/* The first `length` characters are the same, or separators. */
static int starts_with(const char *name, const char *start, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (name[i] != start[i] && (name[i] != '/' || start[i] != '\\'))
            return 0;
    return 1;
}

int files_find(struct files *unused, const char *path)
{
    size_t length = strlen(path);

    (void)unused;
    for (unsigned i = 0; names[i]; i++)
        if (starts_with(names[i], path, length) &&
            (!names[i][length] || !strcmp(names[i] + length, "/")))
            return 0;
    return FS_ENOTFOUND;
}

int files_list(struct files *unused, const char *folder, uint64_t *cursor)
{
    size_t length = strlen(folder);

    (void)unused;
    while (names[*cursor]) {
        const char *name = names[(*cursor)++];
        const char *part = name + length;
        size_t end;

        if (!fail_at--)
            return FS_EIO;
        if (!starts_with(name, folder, length) || !*part)
            continue;
        end = strcspn(part, "/");
        if ((part[end] && part[end + 1]) || strchr(part, ':'))
            continue;
        memcpy(files->entry.name, part, end);
        files->entry.name[end] = 0;
        files->entry.attributes = part[end] ? FAT_ATTRIBUTE_FOLDER : 0;
        return 1;
    }
    return 0;
}

/* The words joined by "|", or "error N". */
static const char *expanded(const char *text)
{
    static char joined[COMMAND_LINE_TEXT + COMMAND_LINE_WORDS];
    int error;

    CHECK(command_line_parse(line, text) > 0);
    error = wildcard_expand(expansion, line, files);
    joined[0] = 0;
    if (error) {
        sprintf(joined, "error %d", error);
        CHECK(!line->count);
        return joined;
    }
    CHECK(!line->words[line->count]);
    for (int i = 0; i < line->count; i++) {
        strcat(joined, i ? "|" : "");
        strcat(joined, line->words[i]);
    }
    return joined;
}

#define EXPANDS(text, words) CHECK(!strcmp(expanded(text), words))

static int matches(const char *pattern, const char *name)
{
    char marked[64];
    size_t length = strlen(pattern);

    for (size_t i = 0; i <= length; i++)
        marked[i] = pattern[i] == '*'   ? COMMAND_LINE_ANY
                    : pattern[i] == '?' ? COMMAND_LINE_ONE
                    : pattern[i] == '[' ? COMMAND_LINE_SET
                                        : pattern[i];
    return wildcard_match(marked, length, name);
}

static void check_names(void)
{
    CHECK(matches("*", "") && matches("*", "x") && matches("**", "x.y"));
    CHECK(matches("?", "x") && !matches("?", "") && !matches("?", "xy"));
    CHECK(matches("a*c", "abbc") && matches("a*c", "ac"));
    CHECK(!matches("a*c", "abcd") && matches("*.TXT", "Notes.txt"));
    CHECK(matches("*a*b*c*", "xxaxbxbcx") && !matches("*a*b*c*", "xcxbxa"));
    CHECK(!matches("*.*", "none") && matches("*.*", "some.app"));
    CHECK(matches("?rger", "\xC3\x84rger") && matches("\xC3\xA4*",
                                                      "\xC3\x84rger"));
    CHECK(matches("?", "\xE2\x82\xAC") && !matches("??", "\xE2\x82\xAC"));
    CHECK(matches("[abc]x", "Bx") && !matches("[abc]x", "dx"));
    CHECK(matches("[a-c0-9]", "7") && !matches("[a-c]", "d"));
    CHECK(matches("[!a-c]", "d") && !matches("[^a-c]", "b"));
    CHECK(matches("[]x]", "]") && matches("[!]]", "x"));
    CHECK(matches("[a-]", "-") && matches("[\xC3\xA0-\xC3\xBF]",
                                          "\xC3\x84"));
    CHECK(matches("[open", "[open") && !matches("[open", "o"));
    CHECK(matches("*[0-9]", "x12") && !matches("*[0-9]", "x1a"));
    CHECK(!matches("[", "") && matches("[*?[]", "[") && !matches("", "x"));
}

static void check_paths(void)
{
    EXPANDS("rm *.txt", "rm|A.TXT|b.txt|notes.txt|two words.txt");
    EXPANDS("rm b* x n*.txt y", "rm|b.txt|x|notes.txt|y");
    EXPANDS("rm '*.txt' \"b*\"", "rm|*.txt|b*");
    EXPANDS("rm q* ?? [z] a[b", "rm|q*|??|[z]|a[b");
    EXPANDS("ls dat?/x*", "ls|data/x1|data/x2|date/x1");
    EXPANDS("ls d*\\*", "ls|data\\x1|data\\x2|date\\x1|date\\y");
    EXPANDS("ls dat?/x1", "ls|data/x1|date/x1");
    EXPANDS("ls */", "ls|data/|date/");
    EXPANDS("ls */y/*", "ls|date/y/x1");
    EXPANDS("ls */*/*", "ls|date/y/x1");
    EXPANDS("ls disk1:/f*", "ls|disk1:/far.txt");
    EXPANDS("ls data*/", "ls|data/");
    EXPANDS("ls n*/", "ls|n*/");
    EXPANDS("x? a", "x?|a");
    EXPANDS("x?y > *", "x'y");
    CHECK(!strcmp(line->output, "*"));
    fail_at = 3;
    EXPANDS("rm *.txt", "rm|A.TXT|b.txt|notes.txt");
    fail_at = -1;
    EXPANDS("ls */*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*",
            "ls|*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*");
}

/* Names are added up to both limits, and nothing is written behind them. */
static void check_limits(void)
{
    static const char *many[COMMAND_LINE_WORDS + 2];
    char name[500];

    for (unsigned i = 0; i < COMMAND_LINE_WORDS - 1; i++)
        many[i] = "x";
    names = many;
    EXPANDS("ls x*", "error -5"); /* with the pattern there are too many */
    many[COMMAND_LINE_WORDS - 2] = 0;
    CHECK(strlen(expanded("ls *")) > COMMAND_LINE_WORDS);
    CHECK(line->count == COMMAND_LINE_WORDS - 1);
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    for (unsigned i = 0; i < 140; i++)
        many[i] = name;
    EXPANDS("ls *", "error -5");
    many[130] = 0;
    CHECK(strlen(expanded("ls *")) > 130 * 499);
    names = tree;
}

int main(void)
{
    files = calloc(1, sizeof *files);
    line = malloc(sizeof *line);
    expansion = malloc(sizeof *expansion);
    check_names();
    check_paths();
    check_limits();
    free(files);
    free(line);
    free(expansion);
    return check_report("test_wildcard");
}
