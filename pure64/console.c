/* console.c - text to COM1 and to the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "console.h"
#include "low_memory.h"
#include "paging.h"
#include <font_data.h>
#include <pure64/format.h>
#include <pure64/io.h>
#include <pure64/layout.h>
#include <pure64/options.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* 16550 UART at COM1's address. */
#define COM1 0x3F8
#define UART_DATA (COM1 + 0)
#define UART_DIVISOR_LOW (COM1 + 0)
#define UART_DIVISOR_HIGH (COM1 + 1)
#define UART_IER (COM1 + 1)
#define UART_FCR (COM1 + 2)
#define UART_LCR (COM1 + 3)
#define UART_MCR (COM1 + 4)
#define UART_LSR (COM1 + 5)
#define UART_FCR_ON_CLEAR 0x07 /* FIFOs on, both emptied */
#define UART_LCR_8N1 0x03
#define UART_LCR_DLAB 0x80
#define UART_MCR_DTR_RTS 0x03
#define UART_LSR_THRE 0x20
#define UART_LSR_ABSENT 0xFF
#define UART_DIVISOR 1 /* 115200 */
/* A character takes 87 us, a port read about one: then it is stuck. */
#define UART_POLLS 20000

#define TEXT_ROWS 25
#define TEXT_COLUMNS 80
#define TEXT_GREY 0x0700 /* light grey on black */
/* BIOS data area: the cursor of page 0, column and row, a byte each. */
#define BDA_CURSOR (LAYOUT_BDA + 0x50)

#define GLYPH_WIDTH 8
#define GLYPH_HEIGHT 16
#define GLYPH_FIRST 0x20
#define GLYPH_COUNT (sizeof font_data / GLYPH_HEIGHT)
#define PIXEL_GREY 0xFFAAAAAA /* the same in any order of colours */

static int com1_works;
/* Not written to, though it is there: the options say so. */
static int com1_quiet, screen_quiet;

static struct {
    uint32_t kind; /* enum video_kind */
    uint16_t columns, rows, column, row;
    char *frame;
    uint32_t line_bytes;
    uint64_t pair[4]; /* two pixels, first one in the low half */
} screen;

static void com1_init(void)
{
    io_out8(UART_IER, 0);
    io_out8(UART_LCR, UART_LCR_DLAB | UART_LCR_8N1);
    io_out8(UART_DIVISOR_LOW, UART_DIVISOR);
    io_out8(UART_DIVISOR_HIGH, 0);
    io_out8(UART_LCR, UART_LCR_8N1);
    io_out8(UART_FCR, UART_FCR_ON_CLEAR);
    io_out8(UART_MCR, UART_MCR_DTR_RTS);
    com1_works = io_in8(UART_LSR) != UART_LSR_ABSENT;
}

static void com1_put(char c)
{
    unsigned polls = UART_POLLS;

    if (!com1_works)
        return;
    while (!(io_in8(UART_LSR) & UART_LSR_THRE))
        if (--polls == 0) {
            com1_works = 0;
            return;
        }
    io_out8(UART_DATA, (uint8_t)c);
}

static void text_init(void)
{
    const uint8_t *cursor = low_memory_at(BDA_CURSOR);

    screen.columns = TEXT_COLUMNS;
    screen.rows = TEXT_ROWS;
    if (cursor[0] < TEXT_COLUMNS && cursor[1] < TEXT_ROWS) {
        screen.column = cursor[0];
        screen.row = cursor[1];
    }
}

static void frame_init(const struct boot_info *boot)
{
    const uint64_t grey = PIXEL_GREY;

    if (paging_map_frame_early(boot) != 0)
        return; /* no rows: nothing is drawn */
    screen.columns = (uint16_t)(boot->frame_width / GLYPH_WIDTH);
    screen.rows = (uint16_t)(boot->frame_height / GLYPH_HEIGHT);
    screen.frame = (char *)boot->frame_buffer;
    screen.line_bytes = boot->frame_pitch * 4;
    screen.pair[1] = grey << 32;
    screen.pair[2] = grey;
    screen.pair[3] = grey << 32 | grey;
}

static void read_options(const char *options)
{
    const char *place;
    int length = options_find(options, "console", &place);

    com1_quiet = length == 6 && !memcmp(place, "screen", 6) && screen.rows;
    screen_quiet = length == 6 && !memcmp(place, "serial", 6) && com1_works;
}

void console_init(const struct boot_info *boot, const char *options)
{
    com1_init();
    screen.kind = boot->video;
    if (boot->video == VIDEO_TEXT)
        text_init();
    else if (boot->video == VIDEO_FRAME)
        frame_init(boot);
    read_options(options);
}

void console_use_both(void)
{
    com1_quiet = 0;
    screen_quiet = 0;
}

/* Two pixels a store: some 300 instructions a character. */
static void frame_draw(unsigned char c)
{
    const unsigned char *glyph, *end;
    char *line = screen.frame +
        (uint64_t)screen.row * GLYPH_HEIGHT * screen.line_bytes +
        screen.column * GLYPH_WIDTH * 4;

    c = (unsigned char)(c - GLYPH_FIRST);
    glyph = &font_data[(c < GLYPH_COUNT ? c : GLYPH_COUNT - 1) * GLYPH_HEIGHT];
    for (end = glyph + GLYPH_HEIGHT; glyph < end; glyph++) {
        volatile uint64_t *pixels = (uint64_t *)line;
        pixels[0] = screen.pair[*glyph >> 6];
        pixels[1] = screen.pair[*glyph >> 4 & 3];
        pixels[2] = screen.pair[*glyph >> 2 & 3];
        pixels[3] = screen.pair[*glyph & 3];
        line += screen.line_bytes;
    }
}

static void text_draw(unsigned char c)
{
    volatile uint16_t *cells = (uint16_t *)LAYOUT_TEXT_SCREEN;
    cells[screen.row * TEXT_COLUMNS + screen.column] = TEXT_GREY | c;
}

/* At the end of the screen only text mode scrolls: it begins somewhere, where
 * the firmware stopped. A frame buffer begins at its top, and what pure64
 * says fits; should it not, it goes on at the top. */
static void screen_next_row(void)
{
    uint16_t *cells = (uint16_t *)LAYOUT_TEXT_SCREEN;
    const unsigned last = (TEXT_ROWS - 1) * TEXT_COLUMNS;

    screen.column = 0;
    if (++screen.row < screen.rows)
        return;
    screen.row = 0;
    if (screen.kind == VIDEO_TEXT) {
        screen.row = TEXT_ROWS - 1;
        memmove(cells, cells + TEXT_COLUMNS, last * sizeof *cells);
        for (unsigned i = 0; i < TEXT_COLUMNS; i++)
            cells[last + i] = TEXT_GREY | ' ';
    }
}

static void screen_put(char c)
{
    if (screen.rows == 0 || screen.columns == 0)
        return;
    if (c == '\n') {
        screen_next_row();
        return;
    }
    if (screen.column == screen.columns)
        screen_next_row();
    if (screen.kind == VIDEO_TEXT)
        text_draw((unsigned char)c);
    else
        frame_draw((unsigned char)c);
    screen.column++;
}

void console_put(void *context, char c)
{
    (void)context;
    if (c == '\n' && !com1_quiet)
        com1_put('\r');
    if (!com1_quiet)
        com1_put(c);
    if (!screen_quiet)
        screen_put(c);
}

void console_print(const char *text, ...)
{
    va_list list;

    va_start(list, text);
    format_list(console_put, 0, text, list);
    va_end(list);
}

void console_copy_font(void)
{
    _Static_assert(sizeof font_data <= LAYOUT_FONT_SIZE, "font too large");
    memcpy((void *)LAYOUT_FONT, font_data, sizeof font_data);
    SYSINFO_EXTENSION->font = LAYOUT_FONT;
    SYSINFO_EXTENSION->font_first = GLYPH_FIRST;
    SYSINFO_EXTENSION->font_count = GLYPH_COUNT;
}

uint16_t console_column(void)
{
    return screen.column;
}

uint16_t console_row(void)
{
    return screen.row;
}
