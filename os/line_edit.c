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

/* Where the character before the one at `at` starts; 0 there. */
static unsigned before(const char *text, unsigned at)
{
    while (at && utf8_is_inside(text[--at]))
        ;
    return at;
}

/* Where the one behind it starts; `length` at the end. */
static unsigned behind(const char *text, unsigned at, unsigned length)
{
    while (at < length && ++at < length && utf8_is_inside(text[at]))
        ;
    return at;
}

/* Moves the console's cursor to a column behind the prompt. */
static void move_to(struct line_editor *editor, unsigned column)
{
    if (column < editor->shown_cursor)
        repeat(editor, BAREMETAL_LEFT, editor->shown_cursor - column);
    else
        repeat(editor, BAREMETAL_RIGHT, column - editor->shown_cursor);
    editor->shown_cursor = column;
}

/* Moves it behind what is shown. */
static void move_to_end(struct line_editor *editor)
{
    move_to(editor, utf8_columns(editor->shown, editor->shown_length));
}

/* Chooses which part of the text is visible: the one it was as long as the
 * cursor is in it, else one with room on both sides of the cursor. */
static void scroll(struct line_editor *editor)
{
    unsigned columns = editor->width / 4; /* left of the cursor */

    if (editor->cursor >= editor->first) {
        if (utf8_columns(editor->text + editor->first,
                         editor->cursor - editor->first) <= editor->width)
            return;
        columns = editor->width - columns;
    }
    editor->first = editor->cursor;
    while (columns--)
        editor->first = before(editor->text, editor->first);
}

/* Bytes of the text from there on that have room. */
static unsigned visible(const struct line_editor *editor)
{
    unsigned end = editor->first;

    for (unsigned i = 0; i < editor->width; i++)
        end = behind(editor->text, end, editor->length);
    return end - editor->first;
}

/* Bytes that both begin with, up to the start of a character. */
static unsigned same_start(const char *a, unsigned a_length, const char *b,
                           unsigned b_length)
{
    unsigned same = 0;

    while (same < a_length && same < b_length && a[same] == b[same])
        same++;
    while (same && ((same < a_length && utf8_is_inside(a[same])) ||
                    (same < b_length && utf8_is_inside(b[same]))))
        same--;
    return same;
}

/* Brings the console up to date, from the first character that differs. */
static void refresh(struct line_editor *editor)
{
    const char *text;
    unsigned length, same;

    scroll(editor);
    text = editor->text + editor->first;
    length = visible(editor);
    same = same_start(text, length, editor->shown, editor->shown_length);
    if (same < length || same < editor->shown_length) {
        unsigned columns = utf8_columns(text, length);
        unsigned old = utf8_columns(editor->shown, editor->shown_length);

        move_to(editor, utf8_columns(text, same));
        editor->os->write(text + same, length - same);
        if (old > columns)
            repeat(editor, ' ', old - columns);
        editor->shown_cursor = old > columns ? old : columns;
        memcpy(editor->shown, text, length);
        editor->shown_length = length;
    }
    move_to(editor, utf8_columns(text, editor->cursor - editor->first));
}

static void start(struct line_editor *editor)
{
    struct baremetal_screen screen;
    size_t length = strlen(editor->prompt);
    unsigned prompt = utf8_columns(editor->prompt, length);
    unsigned columns = LINE_COLUMNS;

    editor->os->screen(&screen);
    if (screen.columns > 2 * prompt + 8 && screen.columns < columns)
        columns = screen.columns;
    editor->width = columns - prompt - 1;
    editor->shown_length = editor->shown_cursor = editor->first = 0;
    editor->os->write(editor->prompt, length);
}

static void insert(struct line_editor *editor, uint32_t character)
{
    char *at = editor->text + editor->cursor;
    char bytes[UTF8_BYTES_MAX];
    size_t size = utf8_encode(character, bytes);

    if (editor->length + size >= LINE_SIZE)
        return;
    memmove(at + size, at, editor->length - editor->cursor);
    memcpy(at, bytes, size);
    editor->length += (unsigned)size;
    editor->cursor += (unsigned)size;
}

/* A key that is a byte of text. Control codes are no text, and what is not
 * UTF-8 is dropped. */
static void type_byte(struct line_editor *editor, uint8_t byte)
{
    uint32_t characters[2], last;
    unsigned count = utf8_decode(&editor->typed, byte, characters);

    if (!count)
        return;
    last = characters[count - 1];
    if (last >= ' ' && (last < 0x7F || last >= 0xA0) &&
        last != UTF8_REPLACEMENT)
        insert(editor, last);
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
    move_to_end(editor);
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
        cut(editor, before(editor->text, editor->cursor), editor->cursor);
        break;
    case BAREMETAL_KEY_DELETE:
    case CONTROL('D'):
        cut(editor, editor->cursor,
            behind(editor->text, editor->cursor, editor->length));
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
        if (key > 0 && key <= 0xFF)
            type_byte(editor, (uint8_t)key);
    }
}

static void travel(struct line_editor *editor, int key)
{
    switch (key) {
    case BAREMETAL_KEY_LEFT:
    case CONTROL('B'):
        editor->cursor = before(editor->text, editor->cursor);
        break;
    case BAREMETAL_KEY_RIGHT:
    case CONTROL('F'):
        editor->cursor = behind(editor->text, editor->cursor, editor->length);
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
    editor->typed.missing = 0;
    start(editor);
    while ((key = editor->os->key_wait()) != KEY_ENTER) {
        if (key == CONTROL('C')) {
            move_to_end(editor);
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
