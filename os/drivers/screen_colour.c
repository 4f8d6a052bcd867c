/* screen_colour.c - colours of characters on the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Text mode: IBM VGA, "Attribute Controller", mode control register. The
 * colours are VGA's, too, with its brown for dark yellow.
 */
#include "screen_colour.h"
#include <baremetal.h>
#include <pure64/io.h>
#include <pure64/sysinfo.h>

/* Light grey on black; what is stored is the difference to that. */
#define ATTRIBUTE_FIRST 0x07

#define VGA_ATTRIBUTE 0x3C0        /* index, then value */
#define VGA_ATTRIBUTE_READ 0x3C1
#define VGA_ATTRIBUTE_SCREEN_ON 0x20 /* with the index */
#define VGA_ATTRIBUTE_MODE 0x10
#define VGA_ATTRIBUTE_MODE_BLINK 0x08
#define VGA_INPUT_STATUS_1 0x3DA   /* read: the next write is an index */

#define RED_IS_LOW 0xFF            /* red_mask, if red is the first byte */

/* By the attribute's number: blue in bit 0, green, red, bright. */
static const uint32_t rgb[16] = {
    0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA, 0xAA5500,
    0xAAAAAA, 0x555555, 0x5555FF, 0x55FF55, 0x55FFFF, 0xFF5555, 0xFF55FF,
    0xFFFF55, 0xFFFFFF,
};

/* ANSI has red in bit 0. */
static uint8_t vga(unsigned colour)
{
    return (uint8_t)((colour & 1) << 2 | (colour & 10) | (colour & 4) >> 2);
}

uint8_t screen_colour(unsigned foreground, unsigned background)
{
    return (uint8_t)(vga(background) << 4 | vga(foreground)) ^ ATTRIBUTE_FIRST;
}

uint8_t screen_colour_attribute(uint8_t colour)
{
    return colour ^ ATTRIBUTE_FIRST;
}

static uint64_t pixel(unsigned number)
{
    uint32_t colour = rgb[number];

    if (SYSINFO_EXTENSION->red_mask == RED_IS_LOW)
        colour = __builtin_bswap32(colour) >> 8;
    return colour;
}

const uint64_t *screen_colour_pairs(uint8_t colour)
{
    static uint64_t pairs[4];
    static uint8_t known, is_known;
    uint64_t front, back;

    if (is_known && known == colour)
        return pairs;
    front = pixel(screen_colour_attribute(colour) & 15);
    back = pixel(screen_colour_attribute(colour) >> 4);
    pairs[0] = back << 32 | back;
    pairs[1] = front << 32 | back;
    pairs[2] = back << 32 | front;
    pairs[3] = front << 32 | front;
    known = colour;
    is_known = 1;
    return pairs;
}

void screen_colour_text_mode(void)
{
    uint8_t mode;

    io_in8(VGA_INPUT_STATUS_1);
    io_out8(VGA_ATTRIBUTE, VGA_ATTRIBUTE_SCREEN_ON | VGA_ATTRIBUTE_MODE);
    mode = io_in8(VGA_ATTRIBUTE_READ);
    io_out8(VGA_ATTRIBUTE, mode & (uint8_t)~VGA_ATTRIBUTE_MODE_BLINK);
}
