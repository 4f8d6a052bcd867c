/* console_calls.c - struct baremetal's calls about the console beyond text.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The terminal at COM1 is told by the sequences of ECMA-48 ("SGR", "CUP") and
 * of DEC's VT100 User Guide ("Programmer Information": scrolling region, saved
 * cursor); how many rows it has need not be known for that.
 */
#include "console_calls.h"
#include "console.h"
#include "drivers/screen.h"
#include "drivers/serial_16550.h"
#include "output.h"
#include "utf8.h"
#include <pure64/format.h>
#include <pure64/string.h>

#define COLOURS 16
#define SGR_FOREGROUND 30
#define SGR_BACKGROUND 40
#define SGR_BRIGHT 60   /* added to one of them */
#define KEY_CTRL_D 4

static struct {
    uint8_t foreground, background;
    uint8_t cursor_off, status;
} now;

static struct {
    struct line_editor *editor;
    uint8_t is_reading;
    /* The shell's, meanwhile. */
    const struct baremetal *os;
    unsigned history_count;
} line;

struct sequence {
    char text[40];
    size_t length;
};

static void put(void *context, char c)
{
    struct sequence *sequence = context;

    if (sequence->length < sizeof sequence->text)
        sequence->text[sequence->length++] = c;
}

#define TERMINAL(...)                                                  \
    do {                                                               \
        struct sequence sequence = {.length = 0};                      \
        format(put, &sequence, __VA_ARGS__);                           \
        console_terminal(sequence.text, sequence.length);              \
    } while (0)

static unsigned sgr(unsigned base, unsigned colour)
{
    return base + colour % BAREMETAL_BRIGHT +
           (colour & BAREMETAL_BRIGHT ? SGR_BRIGHT : 0);
}

/* What the terminal calls the colour it has at first, only it knows. */
static void terminal_colour(void)
{
    if (now.foreground == BAREMETAL_WHITE && now.background == BAREMETAL_BLACK)
        TERMINAL("\x1B[0m");
    else
        TERMINAL("\x1B[%u;%um", sgr(SGR_FOREGROUND, now.foreground),
                 sgr(SGR_BACKGROUND, now.background));
}

/* For all of these: text that goes to a file has none of it. */
static int is_elsewhere(void)
{
    return output_redirected() & OUTPUT_TO_FILE;
}

static void set_colour(unsigned foreground, unsigned background)
{
    uint64_t flags = console_lock();

    now.foreground = (uint8_t)foreground;
    now.background = (uint8_t)background;
    terminal_colour();
    screen_set_colour(foreground, background);
    console_unlock(flags);
}

int console_calls_colour(unsigned foreground, unsigned background)
{
    if (foreground >= COLOURS || background >= COLOURS)
        return BAREMETAL_EINVAL;
    if (!is_elsewhere())
        set_colour(foreground, background);
    return 0;
}

int console_calls_move(unsigned column, unsigned row)
{
    uint64_t flags;
    int is_there;

    if (is_elsewhere())
        return 0;
    flags = console_lock();
    is_there = row >= now.status && screen_move(column, row);
    if (is_there)
        TERMINAL("\x1B[%u;%uH", row + 1, column + 1);
    console_unlock(flags);
    return is_there ? 0 : BAREMETAL_EINVAL;
}

static void show_cursor(int on)
{
    uint64_t flags = console_lock();

    now.cursor_off = !on;
    TERMINAL("\x1B[?25%c", on ? 'h' : 'l');
    screen_show_cursor(on);
    console_unlock(flags);
}

void console_calls_show(int on)
{
    if (!is_elsewhere())
        show_cursor(on);
}

void console_calls_clear(void)
{
    static const char clear = BAREMETAL_CLEAR;

    if (!is_elsewhere())
        console_write(&clear, 1);
}

/* The region that scrolls starts in the second row. When the line comes, the
 * cursor goes a row down, for it may be in the first; so it does on the
 * screen. */
static void terminal_status(const char *text)
{
    if (text && !now.status)
        TERMINAL("\x1B" "D");
    TERMINAL("\x1B" "7\x1B[%sr\x1B[H", text ? "2" : "");
    if (text) {
        TERMINAL("\x1B[0;7m");
        for (; *text; text++)
            if ((uint8_t)*text >= ' ')
                console_terminal(text, 1);
    }
    TERMINAL("\x1B[K\x1B" "8");
    terminal_colour();
}

static void set_status(const char *text)
{
    uint64_t flags = console_lock();

    terminal_status(text);
    screen_status(text);
    now.status = text != 0;
    serial_keep_first_row(text != 0);
    console_unlock(flags);
}

void console_calls_status(const char *text)
{
    char copy[LINE_COLUMNS];
    size_t length;

    if (is_elsewhere() || (!text && !now.status))
        return;
    if (!text) {
        set_status(0);
        return;
    }
    /* May fault: without the lock. And no terminal is sure to have more. */
    for (length = 0; length < sizeof copy - 1 && text[length]; length++)
        copy[length] = text[length];
    while (length && utf8_is_inside(text[length]))
        length--; /* no character is cut */
    copy[length] = 0;
    set_status(copy);
}

static void give_editor_back(void)
{
    line.editor->os = line.os;
    line.editor->history_count = line.history_count;
    line.is_reading = 0;
}

void console_calls_reset(void)
{
    if (now.status)
        set_status(0);
    if (now.cursor_off)
        show_cursor(1);
    if (now.foreground != BAREMETAL_WHITE || now.background != BAREMETAL_BLACK)
        set_colour(BAREMETAL_WHITE, BAREMETAL_BLACK);
    if (line.is_reading)
        give_editor_back();
}

void console_calls_start(struct line_editor *editor)
{
    line.editor = editor;
    now.foreground = BAREMETAL_WHITE;
}

/* Lines of a file are not shown, and have no end but their own. */
static int read_file_line(char *buffer, size_t size)
{
    size_t length = 0;
    int key;

    while ((key = output_key_wait()) != '\n') {
        if (key == KEY_CTRL_D && !length)
            return BAREMETAL_EEND;
        if (key == KEY_CTRL_D)
            break;
        if (length + 1 < size)
            buffer[length++] = (char)key;
    }
    buffer[length] = 0;
    return (int)length;
}

/* The prompt's editor is not in use while a program runs; its lines are not
 * the program's. */
static enum line_edit_end edit(const char **text)
{
    enum line_edit_end end;

    line.os = line.editor->os;
    line.history_count = line.editor->history_count;
    line.is_reading = 1;
    line.editor->history_count = 0;
    line.editor->os = &output_console;
    end = line_edit_read_text(line.editor, text);
    give_editor_back();
    return end;
}

int console_calls_line(char *buffer, size_t size)
{
    const char *text;
    size_t length;

    if (!size)
        return BAREMETAL_EINVAL;
    if (line.is_reading)
        return BAREMETAL_EBUSY;
    if (output_redirected() & OUTPUT_FROM_FILE)
        return read_file_line(buffer, size);
    if (edit(&text) != LINE_ENTER)
        return BAREMETAL_EEND;
    length = strlen(text);
    if (length > size - 1)
        length = size - 1;
    memcpy(buffer, text, length);
    buffer[length] = 0;
    return (int)length;
}
