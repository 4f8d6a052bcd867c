/* screen_font.c - the characters a screen can show.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "screen_font.h"
#include "../fs/code_page.h"
#include <font_latin.h>

#define GLYPH_HEIGHT 16
#define EXTRA_FIRST 0x80
#define EXTRA_COUNT (sizeof font_latin_extra / sizeof font_latin_extra[0])
#define LATIN_FIRST 0xA0

_Static_assert(sizeof font_latin_data == (0x100 - EXTRA_FIRST) * GLYPH_HEIGHT &&
               EXTRA_COUNT == LATIN_FIRST - EXTRA_FIRST, "all codes");

uint8_t screen_font_code(uint32_t character)
{
    if (character < SCREEN_FONT_REPLACEMENT ||
        (character >= LATIN_FIRST && character <= 0xFF))
        return (uint8_t)character;
    for (unsigned i = 0; i < EXTRA_COUNT; i++)
        if (font_latin_extra[i] == character)
            return (uint8_t)(EXTRA_FIRST + i);
    return SCREEN_FONT_REPLACEMENT;
}

const uint8_t *screen_font_glyph(uint8_t code)
{
    return font_latin_data + (code - EXTRA_FIRST) * GLYPH_HEIGHT;
}

uint8_t screen_font_text_mode(uint8_t code)
{
    uint16_t character = code;

    if (code < SCREEN_FONT_REPLACEMENT)
        return code;
    if (code >= EXTRA_FIRST && code < LATIN_FIRST)
        character = font_latin_extra[code - EXTRA_FIRST];
    for (unsigned i = 0; i < 128; i++)
        if (code_page_437[i] == character)
            return (uint8_t)(0x80 + i);
    return '?';
}
