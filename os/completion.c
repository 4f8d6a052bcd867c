/* completion.c - Tab at the prompt: names of commands, programs and files.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The first Tab adds what all names have in common that continue the word; if
 * that is nothing, or at the second Tab, they are listed.
 */
#include "completion.h"
#include "commands.h"
#include "print.h"
#include "text.h"
#include <pure64/string.h>

#define SUFFIX ".app"
#define LIST_MAX 100 /* more names than that are only counted */
#define COLUMN 20
#define COLUMNS (LINE_COLUMNS / COLUMN)

/* What is done with each name. */
struct use {
    struct completion_names names;
    const struct baremetal *os; /* not 0: they are listed there */
    unsigned column;
};

static void list_name(struct use *use, const char *name, int is_folder)
{
    size_t length = utf8_columns(name, strlen(name)) + (size_t)is_folder;

    print(use->os, "%s%s", name, is_folder ? "/" : "");
    if (length >= COLUMN || ++use->column == COLUMNS) {
        print(use->os, "\n");
        use->column = 0;
        return;
    }
    while (length++ < COLUMN)
        print(use->os, " ");
}

static void use_name(struct use *use, const char *name, int is_folder)
{
    unsigned count = use->names.count;

    completion_add_name(&use->names, name, is_folder);
    if (use->os && use->names.count > count && count < LIST_MAX)
        list_name(use, name, is_folder);
}

/* Where the last part of a path starts. */
static size_t last_part(const char *path)
{
    size_t start = 0;

    for (size_t i = 0; path[i]; i++)
        if (path[i] == '/' || path[i] == '\\' || path[i] == ':')
            start = i + 1;
    return start;
}

static void use_commands(struct use *use)
{
    const struct command *command;

    for (unsigned i = 0; (command = command_number(i)); i++)
        use_name(use, command->name, 0);
}

/* All of a folder, or only its programs, as they are called. */
static void use_folder(struct use *use, const char *folder, int programs)
{
    uint64_t cursor = 0;

    while (files_list(&files, folder, &cursor) > 0) {
        char *name = files.entry.name;
        size_t length = strlen(name), suffix = sizeof SUFFIX - 1;
        int is_folder = (files.entry.attributes & FAT_ATTRIBUTE_FOLDER) != 0;

        if (programs && (is_folder || length <= suffix ||
                         !text_equal(name + length - suffix, SUFFIX)))
            continue;
        if (programs)
            name[length - suffix] = 0;
        use_name(use, name, is_folder);
    }
}

static void use_names(struct use *use, const struct completion_word *word)
{
    size_t start = last_part(word->text);
    char folder[LINE_SIZE];

    use->names.start = word->text + start;
    use->names.count = 0;
    use->names.common = 0;
    use->names.is_whole = 0;
    use->column = 0;
    memcpy(folder, word->text, start);
    folder[start] = 0;
    if (!word->number && !start) {
        use_commands(use);
        use_folder(use, "", 1);
    } else if (word->number == 1 && text_equal(word->first, "help")) {
        use_commands(use);
    } else if (word->number == 1 && text_equal(word->first, "config")) {
        use_name(use, "apply", 0);
    } else {
        use_folder(use, folder, 0);
    }
}

static void list(struct line_editor *editor, struct use *use,
                 const struct completion_word *word)
{
    line_edit_leave(editor);
    use->os = editor->os;
    use_names(use, word);
    if (use->column)
        print(editor->os, "\n");
    if (use->names.count > LIST_MAX)
        print(editor->os, "... %u names in all\n", use->names.count);
    line_edit_return(editor);
}

void completion_tab(struct line_editor *editor, int again)
{
    static struct completion_word word;
    static struct use use;
    static char text[LINE_SIZE], quoted[2 * LINE_SIZE + 4];
    size_t start;
    int is_more;

    completion_find_word(editor->text, editor->cursor, &word);
    start = last_part(word.text);
    use.os = 0;
    use_names(&use, &word);
    is_more = use.names.common > strlen(use.names.start);
    if (use.names.count > 1 && (again || !is_more)) {
        list(editor, &use, &word);
        return;
    }
    if (!use.names.count || start + use.names.common + 2 > sizeof text)
        return;
    memcpy(text, word.text, start);
    memcpy(text + start, use.names.name, use.names.common + 1);
    if (use.names.count == 1 && !use.names.is_whole)
        memcpy(text + start + use.names.common, "/", 2);
    if (completion_quote(text, use.names.is_whole, quoted, sizeof quoted))
        line_edit_replace(editor, word.from, quoted);
}
