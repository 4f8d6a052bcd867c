/* screen.c - text on the screen: VGA text mode or a frame buffer.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Video memory is slow to read and not fast to write, so the characters are
 * kept in RAM, and scrolling draws only the cells that change. Text mode and
 * cursor: IBM VGA, CRT controller registers. In QEMU: -vga std, -vga cirrus.
 */
#include "screen.h"
#include "../system.h"
#include "../utf8.h"
#include "screen_colour.h"
#include "screen_font.h"
#include <pure64/boot_info.h>
#include <pure64/io.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define VGA_COLUMNS 80
#define VGA_ROWS 25
#define VGA_CRTC 0x3D4 /* index; its value in the byte above */
#define VGA_CRTC_CURSOR_START 0x0A
#define VGA_CRTC_CURSOR_OFF 0x2000 /* its bit 5, behind the index */
#define VGA_CRTC_CURSOR_LINES 0x0D00 /* as the firmware sets it */
#define VGA_CRTC_CURSOR_HIGH 0x0E
#define VGA_CRTC_CURSOR_LOW 0x0F

#define PIXEL_BYTES 4
#define GLYPH_WIDTH 8
#define GLYPH_HEIGHT 16
/* The cursor in a frame buffer: from this line of the cell down. */
#define CURSOR_LINE 14

#define TAB_WIDTH 8
#define NO_SCREEN_ROWS 24 /* what a terminal has at least */

#define SCREEN_PAGE 4096 /* what memory_take counts */

struct screen {
    uint8_t *video;         /* first byte shown; 0 without a screen */
    const uint8_t *font;    /* glyph 0, if it had one; 0 in text mode */
    uint32_t columns, rows;
    uint32_t column, row;   /* column = columns: the line is full, the next
                               character goes to the next one */
    uint32_t top;           /* 1: row 0 is the status line */
    uint8_t colour;         /* of what is written; see screen_colour.h */
    uint8_t cursor_off;
    struct utf8_decoder decoder;
    uint8_t *cells;         /* codes of screen_font.h, by rows; 0: what pure64
                               or the firmware wrote */
    uint8_t *colours;       /* of each */
};

/* 0 before screen_init. Without a screen it is one line of 80 characters that
 * nobody sees. */
static struct screen *the_screen;

static const uint8_t *screen_glyph(const struct screen *screen,
                                   uint8_t code)
{
    if (code > SCREEN_FONT_REPLACEMENT)
        return screen_font_glyph(code);
    return screen->font + (code < ' ' ? ' ' : code) * GLYPH_HEIGHT;
}

/* Draws a cell of the frame buffer from a line of the glyph down; the bits
 * of `added` are lit in each line. What is shown there is the glyph of `shown`,
 * without anything added; 0: nobody knows. Only lines that differ are written:
 * text that moves up a line shares about half of them, and device memory is
 * slow. */
static void screen_draw(const struct screen *screen, uint32_t index,
                        unsigned line, uint8_t added, uint8_t shown)
{
    const uint8_t *glyph = screen_glyph(screen, screen->cells[index]);
    const uint8_t *old = screen_glyph(screen, shown);
    const uint64_t *pairs = screen_colour_pairs(screen->colours[index]);
    uint32_t left = index % screen->columns * GLYPH_WIDTH * PIXEL_BYTES;
    uint64_t pitch = SYSINFO->frame_pitch * PIXEL_BYTES;
    uint8_t *pixels = screen->video + left +
                      (index / screen->columns * GLYPH_HEIGHT + line) * pitch;

    for (; line < GLYPH_HEIGHT; line++, pixels += pitch) {
        volatile uint64_t *pair = (volatile uint64_t *)pixels;
        unsigned bits = glyph[line] | added;

        if (shown && bits == old[line])
            continue;
        pair[0] = pairs[bits >> 6];
        pair[1] = pairs[bits >> 4 & 3];
        pair[2] = pairs[bits >> 2 & 3];
        pair[3] = pairs[bits & 3];
    }
}

/* `shown`: see screen_draw. */
static void screen_change(struct screen *screen, uint32_t index,
                          uint8_t code, uint8_t shown)
{
    screen->cells[index] = code;
    if (screen->font)
        screen_draw(screen, index, 0, 0, shown);
    else if (screen->video)
        ((volatile uint16_t *)screen->video)[index] =
            (uint16_t)(screen_colour_attribute(screen->colours[index]) << 8 |
                       screen_font_text_mode(code));
}

/* All of it is drawn: a program may have drawn there. */
static void screen_set(struct screen *screen, uint32_t index, uint8_t code)
{
    screen->colours[index] = screen->colour;
    screen_change(screen, index, code, 0);
}

/* What the cursor stands on: a full line's last cell. */
static uint32_t screen_column(const struct screen *screen)
{
    return screen->column - (screen->column == screen->columns);
}

static uint32_t screen_index(const struct screen *screen)
{
    return screen->row * screen->columns + screen_column(screen);
}

static void screen_cursor(const struct screen *screen, uint8_t line)
{
    uint32_t index = screen_index(screen);

    if (screen->font) {
        screen_draw(screen, index, CURSOR_LINE,
                    screen->cursor_off ? 0 : line, 0);
    } else if (screen->video) {
        io_out16(VGA_CRTC, VGA_CRTC_CURSOR_HIGH | (index & 0xFF00));
        io_out16(VGA_CRTC, (uint16_t)(VGA_CRTC_CURSOR_LOW | index << 8));
    }
}

/* Cells from `first` to the one before `end` become blank. */
static void screen_blank(struct screen *screen, uint32_t first, uint32_t end)
{
    for (; first < end; first++)
        if (screen->cells[first] != ' ' ||
            screen->colours[first] != screen->colour)
            screen_set(screen, first, ' ');
}

static void screen_next_row(struct screen *screen)
{
    uint32_t last = (screen->rows - 1) * screen->columns;

    screen->column = 0;
    if (screen->row + 1 < screen->rows) {
        screen->row++;
        return;
    }
    for (uint32_t i = screen->top * screen->columns; i < last; i++) {
        uint8_t code = screen->cells[i + screen->columns];
        uint8_t colour = screen->colours[i + screen->columns];

        if (!code) /* not known, and not worth reading it back */
            code = ' ';
        if (screen->colours[i] != colour) {
            screen->colours[i] = colour;
            screen_change(screen, i, code, 0);
        } else if (screen->cells[i] != code) {
            screen_change(screen, i, code, screen->cells[i]);
        }
    }
    screen_blank(screen, last, last + screen->columns);
}

/* Everything is drawn: a program may have drawn where cells are blank. */
static void screen_clear(struct screen *screen)
{
    uint32_t cells = screen->columns * screen->rows;
    uint32_t first = screen->top * screen->columns;

    memset(screen->cells + first, 0, cells - first);
    screen_blank(screen, first, cells);
    screen->column = 0;
    screen->row = screen->top;
}

static void screen_control(struct screen *screen, uint8_t code)
{
    uint32_t column = screen_column(screen);

    switch (code) {
    case BAREMETAL_CLEAR:
        screen_clear(screen);
        return;
    case BAREMETAL_NEWLINE:
        screen_next_row(screen);
        return;
    case BAREMETAL_RETURN:
        screen->column = 0;
        column = screen_index(screen);
        screen_blank(screen, column, column + screen->columns);
        return;
    case BAREMETAL_LEFT:
    case BAREMETAL_ERASE:
        screen->column = column - (column > 0);
        if (code == BAREMETAL_ERASE)
            screen_set(screen, screen_index(screen), ' ');
        return;
    case BAREMETAL_TAB:
        column |= TAB_WIDTH - 1;
        /* fall through */
    case BAREMETAL_RIGHT:
        screen->column = column + 1 < screen->columns ? column + 1
                                                      : screen->columns - 1;
    }
}

static void screen_put(struct screen *screen, uint32_t character)
{
    if (character < ' ') {
        screen_control(screen, (uint8_t)character);
        return;
    }
    if (screen->column == screen->columns)
        screen_next_row(screen);
    screen_set(screen, screen_index(screen), screen_font_code(character));
    screen->column++;
}

/* A character may come in several writes. */
static void screen_put_byte(struct screen *screen, uint8_t byte)
{
    uint32_t characters[2];
    unsigned count = utf8_decode(&screen->decoder, byte, characters);

    for (unsigned i = 0; i < count; i++)
        screen_put(screen, characters[i]);
}

void screen_write(const char *text, size_t length)
{
    struct screen *screen = the_screen;

    if (!screen)
        return;
    screen_cursor(screen, 0);
    for (; length > 0; length--)
        screen_put_byte(screen, (uint8_t)*text++);
    screen_cursor(screen, 0xFF);
}

void screen_set_colour(unsigned foreground, unsigned background)
{
    if (the_screen)
        the_screen->colour = screen_colour(foreground, background);
}

int screen_move(unsigned column, unsigned row)
{
    struct screen *screen = the_screen;

    if (!screen || !screen->video) {
        if (screen && column < VGA_COLUMNS)
            screen->column = column;
        return column < VGA_COLUMNS && row < NO_SCREEN_ROWS;
    }
    if (column >= screen->columns || row >= screen->rows || row < screen->top)
        return 0;
    screen_cursor(screen, 0);
    screen->column = column;
    screen->row = row;
    screen_cursor(screen, 0xFF);
    return 1;
}

void screen_show_cursor(int on)
{
    struct screen *screen = the_screen;

    if (!screen)
        return;
    screen->cursor_off = !on;
    screen_cursor(screen, 0xFF);
    if (screen->video && !screen->font)
        io_out16(VGA_CRTC, VGA_CRTC_CURSOR_START | VGA_CRTC_CURSOR_LINES |
                               (on ? 0 : VGA_CRTC_CURSOR_OFF));
}

/* The text in row 0, where nothing scrolls. */
static void screen_status_text(struct screen *screen, const char *text)
{
    struct screen before = *screen;

    screen->row = screen->column = 0;
    screen->decoder.missing = 0;
    if (text)
        screen->colour = screen_colour(BAREMETAL_BLACK, BAREMETAL_WHITE);
    screen_blank(screen, 0, screen->columns);
    for (; text && *text && screen->column < screen->columns; text++)
        if ((uint8_t)*text >= ' ')
            screen_put_byte(screen, (uint8_t)*text);
    screen->decoder = before.decoder;
    screen->row = before.row;
    screen->column = before.column;
    screen->colour = before.colour;
}

void screen_status(const char *text)
{
    struct screen *screen = the_screen;

    if (!screen || screen->rows < 2)
        return;
    screen_cursor(screen, 0);
    if (text && !screen->top) {
        uint32_t column = screen->column;

        screen_next_row(screen);
        screen->column = column;
    }
    screen->top = text != 0;
    screen_status_text(screen, text);
    screen_cursor(screen, 0xFF);
}

/* Width, height, pitch and bits are the same four words in both. */
#define DESCRIPTION_FRAME offsetof(struct baremetal_screen, width)
#define SYSINFO_FRAME offsetof(struct sysinfo, frame_width)
#define FRAME_SIZE (4 * sizeof(uint16_t))
_Static_assert(offsetof(struct baremetal_screen, pitch) - DESCRIPTION_FRAME ==
                   offsetof(struct sysinfo, frame_pitch) - SYSINFO_FRAME &&
               offsetof(struct baremetal_screen, bits) - DESCRIPTION_FRAME ==
                   offsetof(struct sysinfo, frame_bits) - SYSINFO_FRAME,
               "in the same order");

void screen_describe(struct baremetal_screen *description)
{
    const struct screen *screen = the_screen;

    memset(description, 0, sizeof(*description));
    if (!screen)
        return;
    description->column = (uint16_t)screen_column(screen);
    /* All 0 in text mode. */
    memcpy((uint8_t *)description + DESCRIPTION_FRAME,
           (const uint8_t *)LAYOUT_SYSINFO + SYSINFO_FRAME, FRAME_SIZE);
    if (SYSINFO->frame_buffer)
        description->frame_buffer =
            (uint64_t)system_memory_at(SYSINFO->frame_buffer);
    if (!screen->video)
        return;
    description->row = (uint16_t)screen->row;
    description->columns = (uint16_t)screen->columns;
    description->rows = (uint16_t)screen->rows;
}

void screen_init(unsigned kind)
{
    uint32_t columns = VGA_COLUMNS, rows = VGA_ROWS, known;
    uint64_t pages;
    static struct screen memory, *screen = &memory;

    if (kind == VIDEO_FRAME) {
        columns = SYSINFO->frame_width / GLYPH_WIDTH;
        rows = SYSINFO->frame_height / GLYPH_HEIGHT;
    }
    if (columns * rows == 0)
        kind = VIDEO_NONE;
    if (kind == VIDEO_NONE) {
        columns = VGA_COLUMNS;
        rows = 1;
    }
    pages = os_system.kernel->memory_take(
        (2 * columns * rows + SCREEN_PAGE - 1) / SCREEN_PAGE);
    if (!pages)
        return;
    screen->cells = system_memory_at(pages);
    screen->colours = screen->cells + columns * rows;
    screen->columns = columns;
    screen->rows = rows;
    /* The line that nobody sees begins anew: pure64's was on the screen. */
    screen->column = SYSINFO_EXTENSION->screen_column % columns;
    screen->row = SYSINFO_EXTENSION->screen_row % rows;
    if (kind == VIDEO_TEXT) {
        screen->video = system_memory_at(LAYOUT_TEXT_SCREEN);
        screen_colour_text_mode();
    }
    if (kind == VIDEO_FRAME) {
        screen->video = system_memory_at(SYSINFO->frame_buffer);
        screen->font = (const uint8_t *)system_memory_at(SYSINFO_EXTENSION->font) -
                       SYSINFO_EXTENSION->font_first * GLYPH_HEIGHT;
    }
    /* Below the cursor's row the screen is blank. */
    known = (screen->row + 1) * columns;
    memset(screen->cells + known, ' ', columns * rows - known);
    the_screen = screen;
}
