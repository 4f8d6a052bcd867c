/* test_line_edit.c - typing at the prompt, seen on a terminal.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/line_edit.c os/utf8.c
#include "check.h"
#include "line_edit.h"
#include <stdlib.h>
#include <string.h>

/* ---- a terminal of one line that does what baremetal.h says; each column has
 * a character of Latin-1 */

static char row[200], last_row[200];
static unsigned column, columns, wraps, clears;
static struct utf8_decoder decoder;

static void terminal_put(uint32_t c)
{
    switch (c) {
    case BAREMETAL_LEFT:
        wraps += column == 0;
        column--;
        break;
    case BAREMETAL_RIGHT:
        column++;
        break;
    case BAREMETAL_CLEAR:
        clears++;
        memset(row, ' ', sizeof row);
        column = 0;
        break;
    case BAREMETAL_NEWLINE:
        memcpy(last_row, row, sizeof row);
        memset(row, ' ', sizeof row);
        column = 0;
        break;
    default:
        CHECK((c >= ' ' && c <= '~') || (c >= 0xA0 && c <= 0xFF));
        row[column++] = (char)c;
    }
    wraps += column >= columns; /* the last column stays free */
}

static void terminal_write(const char *text, size_t length)
{
    uint32_t c[2];

    while (length--)
        switch (utf8_decode(&decoder, (uint8_t)*text++, c)) {
        case 2:
            CHECK(!"a whole character");
            break;
        case 1:
            terminal_put(c[0]);
        }
}

static const char *latin(const char *text)
{
    static char line[LINE_SIZE];
    unsigned at = 0;

    while (*text)
        line[at++] = (char)utf8_next(&text);
    line[at] = 0;
    return line;
}

static void terminal_screen(struct baremetal_screen *screen)
{
    memset(screen, 0, sizeof *screen);
    screen->columns = columns == LINE_COLUMNS ? 0 : (uint16_t)columns;
    screen->column = (uint16_t)column;
}

/* ---- the keyboard: text with a few letters for keys behind a backslash */

static const char *keys;

static int next_key(void)
{
    static const struct {
        char letter;
        int key;
    } names[] = {
        { 'l', BAREMETAL_KEY_LEFT }, { 'r', BAREMETAL_KEY_RIGHT },
        { 'u', BAREMETAL_KEY_UP },   { 'd', BAREMETAL_KEY_DOWN },
        { 'h', BAREMETAL_KEY_HOME }, { 'e', BAREMETAL_KEY_END },
        { 'x', BAREMETAL_KEY_DELETE }, { 'b', 8 }, { 'A', 1 }, { 'E', 5 },
        { 'U', 21 }, { 'K', 11 }, { 'L', 12 }, { 'C', 3 }, { 't', 9 },
        { 'p', BAREMETAL_KEY_PAGE_UP }, { 'W', 23 }, { 'D', 4 },
        { 'B', 2 }, { 'F', 6 }, { 'P', 16 }, { 'N', 14 },
    };

    if (!*keys)
        return 10;
    if (*keys != '\\')
        return (uint8_t)*keys++;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].letter == keys[1]) {
            keys += 2;
            return names[i].key;
        }
    abort();
}

static const struct baremetal os = {
    .write = terminal_write,
    .screen = terminal_screen,
    .key_wait = next_key,
};
static struct line_editor *editor;

/* Types the keys, then Enter; what comes back must also have been seen. */
static const char *typed(const char *text)
{
    const char *line;
    size_t seen;

    keys = text;
    memset(row, ' ', sizeof row);
    column = 0;
    line = line_edit_read(editor, "> ");
    CHECK(column == 0 && wraps == 0);
    if (!line)
        return "(none)";
    CHECK(!memcmp(last_row, "> ", 2));
    seen = strlen(latin(line));
    if (seen <= columns - 3) {
        CHECK(!memcmp(last_row + 2, latin(line), seen));
        for (size_t i = 2 + seen; i < sizeof last_row; i++)
            CHECK(last_row[i] == ' ');
    }
    return line;
}

#define TYPES(text, result) CHECK(!strcmp(typed(text), result))

static void check_editing(void)
{
    TYPES("hello", "hello");
    TYPES("helo\\l\\lxy\\b\\r\\rl", "hexlol");
    TYPES("abc\\b\\bd", "ad");
    TYPES("\\b\\x\\l\\rabc\\r", "abc");
    TYPES("bc\\hab\\b\\ed", "abcd");
    TYPES("bc\\Aa\\Ed", "abcd");
    TYPES("abcd\\l\\l\\x", "abd");
    TYPES("abcd\\l\\l\\K", "ab");
    TYPES("abcd\\l\\Uxy", "xy");
    TYPES("abcd\\l\\l\\t\\px", "abxcd");
    TYPES("abcd\\l\\LX", "abcXd");
    CHECK(clears == 1);
    TYPES("one two  \\W!", "one !");
    TYPES("one two\\l\\l\\W", "one wo");
    TYPES(" x\\W\\W\\Wy", "y");
    TYPES("abc\\h\\D\\F\\B\\Bx\\D", "xc");
    TYPES("\\Dab\\D", "ab");
    TYPES("abc\\C", "(none)");
    CHECK(!memcmp(last_row, "> abc^C ", 8));
}

/* Characters of two bytes, and bytes that are none. */
static void check_characters(void)
{
    TYPES("äöü", "äöü");
    TYPES("äöü\\b\\lß", "äßö");
    TYPES("äöü\\l\\l\\xa\\r\\re", "äaüe");
    TYPES("äöü\\hx\\r\\D\\ey", "xäüy");
    TYPES("äöü\\b\\b\\b\\b\\x", "");
    TYPES("ein Käse  \\Wöl", "ein öl");
    TYPES("äöü\\l\\K", "äö");
    TYPES("ä\\l\\l\\lö\\Fa", "öäa");
    /* The start is the same but for the second byte. */
    TYPES("äx\\h\\xö", "öx");
    TYPES("aä\\l\\lä", "äaä");
    TYPES("Größe\\C", "(none)");
    CHECK(!memcmp(last_row, "> Gr\xF6\xDF" "e^C ", 10));
    TYPES("Größe\\t!", "Größe!");
    TYPES("\\u\\b?", "Größe?");
    TYPES("a\xC3" "b", "ab");
    TYPES("a\xC3\\l\xC3\xA4", "\xC3\xA4" "a");
    TYPES("\xA4\xFF" "a\xC2\x85\xE2\x82", "a");
    TYPES("b", "b");
}

/* A prompt of more bytes than columns. */
static void check_prompt(void)
{
    keys = "ab\\lü";
    memset(row, ' ', sizeof row);
    CHECK(!strcmp(line_edit_read(editor, "/öä> "), "aüb"));
    CHECK(!memcmp(last_row, "/\xF6\xE4> a\xFC" "b ", 9));
}

static void check_history(void)
{
    line_edit_init(editor, &os);
    TYPES("\\u\\d", "");
    TYPES("one", "one");
    TYPES("two", "two");
    TYPES("two", "two");
    TYPES("", "");
    TYPES("\\u", "two");
    TYPES("\\u\\u", "one");
    TYPES("\\u\\u\\u\\u\\u", "one");
    TYPES("draft\\u\\u\\d\\d\\d!", "draft!");
    TYPES("\\u\\u\\bX", "onX");
    for (char c = 'a'; c < 'a' + LINE_HISTORY; c++) {
        char text[2] = { c, 0 };
        TYPES(text, text);
    }
    /* Lines before the letter a are forgotten. */
    TYPES("\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u\\u", "a");
}

/* ---- completion: puts "done" in the place of the last letter */

static int tabs_in_a_row, listed;

static void complete(struct line_editor *line, int again)
{
    tabs_in_a_row = again ? tabs_in_a_row + 1 : 1;
    if (tabs_in_a_row > 1) {
        line_edit_leave(line);
        listed++;
        line_edit_return(line);
    } else if (line->cursor) {
        line_edit_replace(line, line->cursor - 1, "done");
    }
}

static void check_completion(void)
{
    char text[LINE_SIZE + 8], full[LINE_SIZE + 8];

    editor->complete = complete;
    listed = 0;
    TYPES("abc\\t!", "abdone!");
    TYPES("abc\\l\\t!", "adone!c");
    TYPES("abc\\t\\t\\tx", "abdonex");
    CHECK(listed == 2);
    TYPES("\\t", "");
    /* No room: nothing changes. */
    memset(full, 'x', LINE_SIZE - 3);
    memcpy(full + LINE_SIZE - 3, "", 1);
    memcpy(text, full, LINE_SIZE - 2);
    memcpy(text + LINE_SIZE - 3, "\\t", 3);
    TYPES(text, full);
    editor->complete = 0;
}

/* Lines of a text are no history, and Tab does nothing there. */
static void check_text(void)
{
    const char *line;

    line_edit_init(editor, &os);
    editor->complete = complete;
    keys = "some\\t text";
    CHECK(line_edit_read_text(editor, &line) == LINE_ENTER);
    CHECK(!strcmp(line, "some text"));
    keys = "\\D";
    CHECK(line_edit_read_text(editor, &line) == LINE_LAST);
    CHECK(!strcmp(line, ""));
    keys = "ab\\h\\D";
    CHECK(line_edit_read_text(editor, &line) == LINE_ENTER);
    CHECK(!strcmp(line, "b"));
    keys = "abc\\C";
    CHECK(line_edit_read_text(editor, &line) == LINE_GIVEN_UP);
    CHECK(column == 0);
    editor->complete = 0;
    TYPES("\\u\\P\\N", "");
}

/* Against a plain string that is edited the same way. */
static void check_long(void)
{
    char text[2 * LINE_SIZE + 1], model[LINE_SIZE];
    unsigned state = 1;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    CHECK(strlen(typed(text)) == LINE_SIZE - 1);
    for (int round = 0; round < 2000; round++) {
        unsigned length = 0, cursor = 0, at = 0, bytes = 0;
        model[0] = 0;
        while (at < sizeof text - 8) {
            state = state * 1103515245u + 12345u;
            unsigned what = state >> 16;
            text[at++] = '\\';
            if (what % 16 < 9 && bytes < LINE_SIZE - 2) {
                int wide = what / 64 % 4 == 0;
                char c = (char)((wide ? 0xE0 : 'a') + what % 26);
                at = at - 1 + (unsigned)utf8_encode((uint8_t)c, text + at - 1);
                bytes += 1 + (unsigned)wide;
                memmove(model + cursor + 1, model + cursor,
                        length - cursor + 1);
                model[cursor++] = c;
                length++;
            } else if (what % 16 < 11) {
                text[at++] = 'b';
                if (cursor) {
                    bytes -= 1 + (model[cursor - 1] < 0);
                    memmove(model + cursor - 1, model + cursor,
                            length - cursor + 1);
                    cursor--;
                    length--;
                }
            } else if (what % 16 < 14) {
                text[at++] = 'l';
                cursor -= cursor > 0;
            } else if (what % 97 == 0) {
                text[at++] = 'h';
                cursor = 0;
            } else if (what % 89 == 0) {
                text[at++] = 'e';
                cursor = length;
            } else {
                text[at++] = 'r';
                cursor += cursor < length;
            }
        }
        text[at] = 0;
        CHECK(!strcmp(latin(typed(text)), model));
    }
}

int main(void)
{
    static const unsigned widths[] = { LINE_COLUMNS, 40, 20, 128 };

    editor = calloc(1, sizeof *editor);
    for (unsigned i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        columns = widths[i] > LINE_COLUMNS ? LINE_COLUMNS : widths[i];
        clears = 0;
        line_edit_init(editor, &os);
        check_editing();
        check_characters();
        check_prompt();
        check_history();
        check_completion();
        check_text();
        check_long();
    }
    free(editor);
    return check_report("test_line_edit");
}
