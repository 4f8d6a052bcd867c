/* test_completion.c - Tab at the prompt, and what was meant by a wrong name.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/completion.c os/completion_word.c os/command_nearest.c os/print.c os/utf8.c pure64/format.c
#include "check.h"
#include "commands.h"
#include "completion.h"
#include <string.h>

struct files files;

static const struct command commands[] = {
    { .name = "help" }, { .name = "hex" }, { .name = "ls" },
    { .name = "mkdir" },
};

const struct command *command_number(unsigned number)
{
    return number < 4 ? &commands[number] : 0;
}

/* One folder, whatever its name: "folder/" or nothing. */
static const char *const names[] = {
    "hello.app", "Helium.app", "notes.txt", "two words.txt", "two/", "x'y",
    "\xC3\xA4rger", "\xC3\xA4hre", "gr\xC3\xB6\xC3\x9F" "e",
    "GR\xC3\x96\xC3\x9F" "TE",
};

int files_list(struct files *unused, const char *path, uint64_t *cursor)
{
    const char *name;
    size_t length;

    (void)unused;
    if (strcmp(path, "") && strcmp(path, "folder/"))
        return -1;
    if (*cursor == sizeof names / sizeof names[0])
        return 0;
    name = names[(*cursor)++];
    length = strlen(name);
    strcpy(files.entry.name, name);
    files.entry.attributes = 0;
    if (name[length - 1] == '/') {
        files.entry.name[length - 1] = 0;
        files.entry.attributes = FAT_ATTRIBUTE_FOLDER;
    }
    return 1;
}

/* ---- the editor, as far as completion sees it */

static struct line_editor editor;
static char listed[2000];

void line_edit_replace(struct line_editor *line, unsigned from,
                       const char *text)
{
    size_t length = strlen(text);

    memmove(line->text + from + length, line->text + line->cursor,
            line->length - line->cursor);
    memcpy(line->text + from, text, length);
    line->length += from + (unsigned)length - line->cursor;
    line->cursor = from + (unsigned)length;
    line->text[line->length] = 0;
}

void line_edit_leave(struct line_editor *line)
{
    (void)line;
    listed[0] = 0;
}

void line_edit_return(struct line_editor *line)
{
    (void)line;
}

static void host_write(const char *text, size_t length)
{
    strncat(listed, text, length);
}

static const struct baremetal os = { .write = host_write };

/* The line after Tab; | is the cursor. */
static const char *completed(const char *text, int again)
{
    static char result[LINE_SIZE + 1];
    const char *cursor = strchr(text, '|');
    size_t before = cursor ? (size_t)(cursor - text) : strlen(text);

    memset(&editor, 0, sizeof editor);
    editor.os = &os;
    memcpy(editor.text, text, before);
    if (cursor)
        strcpy(editor.text + before, cursor + 1);
    editor.length = (unsigned)strlen(editor.text);
    editor.cursor = (unsigned)before;
    strcpy(listed, "(no list)");
    completion_tab(&editor, again);
    memcpy(result, editor.text, editor.cursor);
    result[editor.cursor] = '|';
    strcpy(result + editor.cursor + 1, editor.text + editor.cursor);
    return result;
}

#define COMPLETES(text, result) CHECK(!strcmp(completed(text, 0), result))
#define LISTS(text, list)                                   \
    do {                                                    \
        COMPLETES(text, text "|");                          \
        CHECK(!strcmp(listed, list));                       \
    } while (0)

static void check_words(void)
{
    struct completion_word word;

    completion_find_word("cat 'a b' c\\ d", 14, &word);
    CHECK(word.number == 2 && word.from == 10);
    CHECK(!strcmp(word.text, "c d") && !strcmp(word.first, "cat"));
    completion_find_word("cat 'a b", 8, &word);
    CHECK(word.number == 1 && word.from == 4 && !strcmp(word.text, "a b"));
    completion_find_word("cat ", 4, &word);
    CHECK(word.number == 1 && word.from == 4 && !word.text[0]);
    completion_find_word("cat <a", 6, &word);
    CHECK(word.number == -1 && word.from == 5);
    completion_find_word("<a b", 4, &word);
    CHECK(word.number == 0);
    completion_find_word("cat>>a", 6, &word);
    CHECK(word.number == -1 && word.from == 5);
    completion_find_word("", 0, &word);
    CHECK(word.number == 0 && word.from == 0);
    completion_find_word("cat a;ls b", 10, &word);
    CHECK(word.number == 1 && word.from == 9 && !strcmp(word.first, "ls"));
    completion_find_word("cat > a; h", 10, &word);
    CHECK(word.number == 0 && word.from == 9 && !strcmp(word.text, "h"));
    completion_find_word("cat 'a;b", 8, &word);
    CHECK(word.number == 1 && !strcmp(word.text, "a;b"));
}

static void check_quoting(void)
{
    char text[20];

    CHECK(completion_quote("ab", 1, text, sizeof text));
    CHECK(!strcmp(text, "ab "));
    CHECK(completion_quote("a \"\\b", 1, text, sizeof text));
    CHECK(!strcmp(text, "\"a \\\"\\\\b\" "));
    CHECK(completion_quote("a;b", 1, text, sizeof text));
    CHECK(!strcmp(text, "\"a;b\" "));
    CHECK(completion_quote("[a", 1, text, sizeof text));
    CHECK(!strcmp(text, "\"[a\" "));
    CHECK(completion_quote("a b", 0, text, sizeof text));
    CHECK(!strcmp(text, "\"a b"));
    CHECK(!completion_quote("123456789", 1, text, sizeof text));
}

static void check_distance(void)
{
    CHECK(command_distance("help", "help") == 0);
    CHECK(command_distance("HELP", "help") == 0);
    CHECK(command_distance("hlep", "help") == 1);
    CHECK(command_distance("hel", "help") == 1);
    CHECK(command_distance("helpp", "help") == 1);
    CHECK(command_distance("halo", "help") == 2);
    CHECK(command_distance("", "help") == 4);
    CHECK(command_distance("abcdefghijklmnopqrstuvwxyz",
                           "abcdefghijklmnopqrstuvwxyz") > 2);
    CHECK(!strcmp(command_nearest("mkdri")->name, "mkdir"));
    CHECK(!strcmp(command_nearest("l")->name, "ls"));
    CHECK(!command_nearest("zz"));
}

int main(void)
{
    check_words();
    check_quoting();
    check_distance();
    COMPLETES("mk", "mkdir |");
    COMPLETES("MK", "mkdir |");
    COMPLETES("hell", "hello |");
    COMPLETES("heli", "Helium |");
    COMPLETES("q", "q|");
    COMPLETES("note", "note|"); /* no program */
    COMPLETES("cat note", "cat notes.txt |");
    COMPLETES("cat folder/note| x", "cat folder/notes.txt | x");
    COMPLETES("cat nowhere/note", "cat nowhere/note|");
    COMPLETES("cat tw", "cat two|");
    COMPLETES("cat 'two w", "cat \"two words.txt\" |");
    COMPLETES("cat two\\ w", "cat \"two words.txt\" |");
    COMPLETES("cat x", "cat \"x'y\" |");
    COMPLETES("help m", "help mkdir |");
    COMPLETES("ls > note", "ls > notes.txt |");
    COMPLETES("cat hel", "cat hel|");
    COMPLETES("cat \xC3\xA4h", "cat \xC3\xA4hre |");
    COMPLETES("cat \xC3\x84h", "cat \xC3\xA4hre |"); /* small or large */
    COMPLETES("cat g", "cat gr\xC3\xB6\xC3\x9F|");
    LISTS("cat gr\xC3\xB6\xC3\x9F",
          "gr\xC3\xB6\xC3\x9F" "e               "
          "GR\xC3\x96\xC3\x9F" "TE              \n");
    COMPLETES("cat gr\xC3\xB6\xC3\xBF" "e", "cat gr\xC3\xB6\xC3\xBF" "e|");
    LISTS("he", "help                hex                 "
                "hello               Helium\n");
    LISTS("cat two", "two words.txt       two/                \n");
    CHECK(!strcmp(completed("cat two", 1), "cat two|"));
    CHECK(strstr(listed, "two/"));
    COMPLETES("cat two/", "cat two/|");
    return check_report("test_completion");
}
