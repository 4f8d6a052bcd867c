/* line_edit.c - typing and editing one line at the prompt, with history.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Only "cursor left", "cursor right" and printable characters are written
 * while a line is edited, and never in the last column, so terminal and
 * screen show the same. A line longer than there is room scrolls sideways.
 */
#include "line_edit.h"
#include <pure64/string.h>

#define CONTROL(letter) ((letter) - '@')
#define KEY_BACKSPACE 8
#define KEY_TAB 9
#define KEY_ENTER 10

void line_edit_init(struct line_editor *editor, const struct baremetal *os)
{
    editor->os = os;
    editor->history_count = editor->history_next = 0;
}

static void repeat(const struct line_editor *editor, char c, unsigned count)
{
    while (count--)
        editor->os->write(&c, 1);
}

/* Moves the console's cursor to a place behind the prompt. */
static void move_to(struct line_editor *editor, unsigned place)
{
    if (place < editor->shown_cursor)
        repeat(editor, BAREMETAL_LEFT, editor->shown_cursor - place);
    else
        repeat(editor, BAREMETAL_RIGHT, place - editor->shown_cursor);
    editor->shown_cursor = place;
}

/* Chooses which part of the text is visible: the one it was as long as the
 * cursor is in it, else one with room on both sides of the cursor. */
static void scroll(struct line_editor *editor)
{
    unsigned quarter = editor->width / 4;

    if (editor->cursor < editor->first)
        editor->first =
            editor->cursor > quarter ? editor->cursor - quarter : 0;
    else if (editor->cursor - editor->first > editor->width)
        editor->first = editor->cursor - (editor->width - quarter);
}

/* Brings the console up to date, from the first character that differs. */
static void refresh(struct line_editor *editor)
{
    const char *text;
    unsigned length, same = 0;

    scroll(editor);
    text = editor->text + editor->first;
    length = editor->length - editor->first;
    if (length > editor->width)
        length = editor->width;
    while (same < length && same < editor->shown_length &&
           text[same] == editor->shown[same])
        same++;
    if (same < length || same < editor->shown_length) {
        move_to(editor, same);
        editor->os->write(text + same, length - same);
        editor->shown_cursor = length;
        if (editor->shown_length > length) {
            repeat(editor, ' ', editor->shown_length - length);
            editor->shown_cursor = editor->shown_length;
        }
        memcpy(editor->shown, text, length);
        editor->shown_length = length;
    }
    move_to(editor, editor->cursor - editor->first);
}

static void start(struct line_editor *editor)
{
    struct baremetal_screen screen;
    unsigned prompt = (unsigned)strlen(editor->prompt);
    unsigned columns = LINE_COLUMNS;

    editor->os->screen(&screen);
    if (screen.columns > 2 * prompt + 8 && screen.columns < columns)
        columns = screen.columns;
    editor->width = columns - prompt - 1;
    editor->shown_length = editor->shown_cursor = editor->first = 0;
    editor->os->write(editor->prompt, prompt);
}

static void insert(struct line_editor *editor, char c)
{
    char *at = editor->text + editor->cursor;

    if (editor->length + 1 >= LINE_SIZE)
        return;
    memmove(at + 1, at, editor->length - editor->cursor);
    *at = c;
    editor->length++;
    editor->cursor++;
}

/* Removes what is between two places and leaves the cursor there. */
static void cut(struct line_editor *editor, unsigned from, unsigned to)
{
    memmove(editor->text + from, editor->text + to, editor->length - to);
    editor->length -= to - from;
    editor->cursor = from;
}

static void set_text(struct line_editor *editor, const char *text)
{
    editor->length = editor->cursor = (unsigned)strlen(text);
    memcpy(editor->text, text, editor->length);
}

void line_edit_replace(struct line_editor *editor, unsigned from,
                       const char *text)
{
    unsigned length = (unsigned)strlen(text);
    unsigned rest = editor->length - editor->cursor;

    if (from + length + rest >= LINE_SIZE)
        return;
    memmove(editor->text + from + length, editor->text + editor->cursor,
            rest);
    memcpy(editor->text + from, text, length);
    editor->cursor = from + length;
    editor->length = editor->cursor + rest;
}

void line_edit_leave(struct line_editor *editor)
{
    move_to(editor, editor->shown_length);
    repeat(editor, BAREMETAL_NEWLINE, 1);
}

void line_edit_return(struct line_editor *editor)
{
    start(editor);
}

static char *history_line(struct line_editor *editor, unsigned back)
{
    return editor->history[(editor->history_next + LINE_HISTORY - back) %
                           LINE_HISTORY];
}

static void recall(struct line_editor *editor, unsigned back)
{
    if (back > editor->history_count)
        return;
    if (!editor->recalled) {
        memcpy(editor->draft, editor->text, editor->length);
        editor->draft[editor->length] = 0;
    }
    editor->recalled = back;
    set_text(editor, back ? history_line(editor, back) : editor->draft);
}

static void remember(struct line_editor *editor)
{
    if (!editor->length || (editor->history_count &&
        !strcmp(history_line(editor, 1), editor->text)))
        return;
    memcpy(editor->history[editor->history_next], editor->text,
           editor->length + 1);
    editor->history_next = (editor->history_next + 1) % LINE_HISTORY;
    if (editor->history_count < LINE_HISTORY)
        editor->history_count++;
}

/* Ctrl-W: the word before the cursor, with the spaces behind it. */
static void cut_word(struct line_editor *editor)
{
    unsigned from = editor->cursor;

    while (from && editor->text[from - 1] == ' ')
        from--;
    while (from && editor->text[from - 1] != ' ')
        from--;
    cut(editor, from, editor->cursor);
}

static void edit(struct line_editor *editor, int key)
{
    switch (key) {
    case KEY_BACKSPACE:
        if (editor->cursor)
            cut(editor, editor->cursor - 1, editor->cursor);
        break;
    case BAREMETAL_KEY_DELETE:
    case CONTROL('D'):
        if (editor->cursor < editor->length)
            cut(editor, editor->cursor, editor->cursor + 1);
        break;
    case CONTROL('U'):
        cut(editor, 0, editor->length);
        break;
    case CONTROL('K'):
        cut(editor, editor->cursor, editor->length);
        break;
    case CONTROL('W'):
        cut_word(editor);
        break;
    case CONTROL('L'):
        repeat(editor, BAREMETAL_CLEAR, 1);
        start(editor);
        break;
    default:
        if (key >= ' ' && key <= '~')
            insert(editor, (char)key);
    }
}

static void travel(struct line_editor *editor, int key)
{
    switch (key) {
    case BAREMETAL_KEY_LEFT:
    case CONTROL('B'):
        editor->cursor -= editor->cursor > 0;
        break;
    case BAREMETAL_KEY_RIGHT:
    case CONTROL('F'):
        editor->cursor += editor->cursor < editor->length;
        break;
    case BAREMETAL_KEY_HOME:
    case CONTROL('A'):
        editor->cursor = 0;
        break;
    case BAREMETAL_KEY_END:
    case CONTROL('E'):
        editor->cursor = editor->length;
        break;
    case BAREMETAL_KEY_UP:
    case CONTROL('P'):
        recall(editor, editor->recalled + 1);
        break;
    case BAREMETAL_KEY_DOWN:
    case CONTROL('N'):
        if (editor->recalled)
            recall(editor, editor->recalled - 1);
        break;
    default:
        edit(editor, key);
    }
}

/* Types until Enter, Ctrl-C or, in a text, Ctrl-D on an empty line. */
static enum line_edit_end type(struct line_editor *editor, int is_text)
{
    int last = 0, key;

    editor->length = editor->cursor = editor->recalled = 0;
    start(editor);
    while ((key = editor->os->key_wait()) != KEY_ENTER) {
        if (key == CONTROL('C')) {
            move_to(editor, editor->shown_length);
            editor->os->write("^C\n", 3);
            return LINE_GIVEN_UP;
        }
        if (is_text && key == CONTROL('D') && !editor->length)
            break;
        if (key == KEY_TAB && !is_text && editor->complete)
            editor->complete(editor, last == KEY_TAB);
        else
            travel(editor, key);
        refresh(editor);
        last = key;
    }
    line_edit_leave(editor);
    editor->text[editor->length] = 0;
    return key == KEY_ENTER ? LINE_ENTER : LINE_LAST;
}

const char *line_edit_read(struct line_editor *editor, const char *prompt)
{
    editor->prompt = prompt;
    if (type(editor, 0) != LINE_ENTER)
        return 0;
    remember(editor);
    return editor->text;
}

enum line_edit_end line_edit_read_text(struct line_editor *editor,
                                       const char **text)
{
    editor->prompt = "";
    *text = editor->text;
    return type(editor, 1);
}
