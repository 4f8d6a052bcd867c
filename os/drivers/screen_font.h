/* screen_font.h - the characters a screen can show.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A cell of the screen holds a byte: ASCII, SCREEN_FONT_REPLACEMENT, from 0xA0
 * on Latin-1, and from 0x80 on other characters of the font.
 */
#pragma once
#include <stdint.h>

#define SCREEN_FONT_REPLACEMENT 0x7F

/* Of a Unicode character from 0x20 on; SCREEN_FONT_REPLACEMENT if there is no
 * glyph. */
uint8_t screen_font_code(uint32_t character);

/* The 16 lines of the glyph of a code from 0x80 on; ASCII is pure64's. */
const uint8_t *screen_font_glyph(uint8_t code);

/* What VGA text mode shows for it, in code page 437: '?' if that lacks it. */
uint8_t screen_font_text_mode(uint8_t code);
