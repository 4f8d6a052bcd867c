/* output.c - where text goes and keys come from: console, pages of it, files.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "output.h"
#include "console.h"
#include "file_calls.h"
#include "input.h"
#include "utf8.h"
#include <pure64/string.h>

#define KEY_CTRL_C 3
#define KEY_CTRL_D 4
#define KEY_ENTER 10
#define KEY_ESCAPE 27

#define MORE "-- more (q ends) --"
#define ROWS_UNKNOWN 24 /* a terminal has at least these */
#define COLUMNS_UNKNOWN 80

/* Guarded by file_calls_enter, as the file below them. */
static struct {
    int is_on;
    int file;
    int error;
    size_t length;
    char bytes[512];
} to;
static struct {
    int is_on;
    int file;
    int ended;
    size_t length, next;
    char bytes[512];
} from;

static struct {
    int is_on;
    int stopped;
    int ctrl_c;             /* by that */
    unsigned rows, columns; /* of the screen */
    unsigned row, column;   /* written since the last stop */
} page;

const struct baremetal output_console = {
    .write = console_write,
    .key_wait = input_key_wait,
    .screen = console_screen,
};

/* ---- files */

/* After an error nothing more is written: the rest would have a gap. */
static void empty_buffer(void)
{
    size_t done;

    if (!to.error)
        to.error = files_write(&files, to.file, to.bytes, to.length, &done);
    to.length = 0;
}

static void write_file(const char *text, size_t length)
{
    while (length) {
        size_t part = sizeof to.bytes - to.length;

        if (part > length)
            part = length;
        memcpy(to.bytes + to.length, text, part);
        to.length += part;
        text += part;
        length -= part;
        if (to.length == sizeof to.bytes)
            empty_buffer();
    }
}

/* The next byte, 0 at the end. */
static int read_file(void)
{
    if (from.next == from.length && !from.ended) {
        from.next = 0;
        if (files_read(&files, from.file, from.bytes, sizeof from.bytes,
                       &from.length))
            from.length = 0;
    }
    if (from.next < from.length)
        return (uint8_t)from.bytes[from.next++];
    from.ended = 1;
    return 0;
}

/* Text of DOS ends its lines by CR and LF, which is one Enter; there is no key
 * 0. */
static int file_key(void)
{
    int key;

    if (!file_calls_enter())
        return 0;
    do
        key = read_file();
    while ((!key && !from.ended) || key == '\r');
    file_calls_leave();
    return key;
}

int output_key(void)
{
    int ended = from.ended;
    int key;

    if (!from.is_on)
        return input_key();
    key = file_key();
    return key || ended ? key : KEY_CTRL_D;
}

int output_key_wait(void)
{
    int key;

    if (!from.is_on)
        return input_key_wait();
    key = file_key();
    return key ? key : KEY_CTRL_D;
}

int output_redirected(void)
{
    return (to.is_on ? OUTPUT_TO_FILE : 0) |
           (from.is_on ? OUTPUT_FROM_FILE : 0);
}

void output_to_file(int file)
{
    to.file = file;
    to.error = 0;
    to.length = 0;
    to.is_on = 1;
}

void output_from_file(int file)
{
    from.file = file;
    from.ended = 0;
    from.length = from.next = 0;
    from.is_on = 1;
}

int output_to_console(void)
{
    int error = 0, close_error = 0;

    if (to.is_on) {
        to.is_on = 0;
        if (to.length)
            empty_buffer();
        close_error = files_close(&files, to.file);
        error = to.error;
    }
    if (from.is_on) {
        from.is_on = 0;
        files_close(&files, from.file);
    }
    return error ? error : close_error;
}

void output_reset(void)
{
    to.is_on = from.is_on = page.is_on = 0;
}

/* ---- pages */

void output_command_start(int pages)
{
    struct baremetal_screen screen;

    console_screen(&screen);
    page.rows = screen.rows ? screen.rows : ROWS_UNKNOWN;
    page.columns = screen.columns ? screen.columns : COLUMNS_UNKNOWN;
    page.row = page.column = 0;
    page.stopped = page.ctrl_c = 0;
    page.is_on = pages;
}

void output_command_end(void)
{
    page.is_on = 0;
}

static void ask_for_more(void)
{
    int key;

    console_write(MORE, sizeof MORE - 1);
    key = input_key_wait();
    console_write("\r", 1); /* which clears the line: BAREMETAL_RETURN */
    if (key == 'q' || key == 'Q' || key == KEY_CTRL_C || key == KEY_ESCAPE)
        page.stopped = 1;
    page.ctrl_c = key == KEY_CTRL_C;
    page.row = key == KEY_ENTER ? page.row - 1 : 0;
}

/* As the console counts: a full line ends when another character comes, which
 * has one column, however many bytes. */
static void count(char c)
{
    if (c == BAREMETAL_CLEAR) {
        page.row = page.column = 0;
    } else if (c == BAREMETAL_NEWLINE) {
        page.row++;
        page.column = 0;
    } else if ((uint8_t)c >= ' ' && !utf8_is_inside(c) &&
               ++page.column > page.columns) {
        page.row++;
        page.column = 1;
    }
}

/* What is on the screen stays there until a key is typed. */
static void write_page(const char *text, size_t length)
{
    size_t start = 0;

    for (size_t i = 0; i < length && !page.stopped; i++) {
        if (page.row + 1 >= page.rows && !page.column) {
            console_write(text + start, i - start);
            start = i;
            ask_for_more();
        }
        count(text[i]);
    }
    if (!page.stopped)
        console_write(text + start, length - start);
}

int output_stopped(void)
{
    input_look();
    if (input_take_ctrl_c())
        page.stopped = page.ctrl_c = 1;
    if (to.is_on && to.error)
        page.stopped = 1;
    return page.stopped;
}

int output_ctrl_c(void)
{
    return output_stopped() && page.ctrl_c;
}

/* ---- */

void output_write(const char *text, size_t length)
{
    if (to.is_on && file_calls_enter()) {
        write_file(text, length);
        file_calls_leave();
    } else if (page.is_on) {
        write_page(text, length);
    } else {
        console_write(text, length);
    }
}
