/* keyboard_layout.c - which characters the keys of PS/2 and USB keyboards are.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "keyboard_layout.h"
#include "keyboard_layout_data.h"
#include "text.h"
#include "utf8.h"

/* Ranges of scan codes, and where the first of them is in a layout. */
static const struct {
    uint8_t first, last, place;
} rows[] = {
    { 0x29, 0x29, 0 },  { 0x02, 0x0D, 1 },  { 0x10, 0x1B, 13 },
    { 0x1E, 0x28, 25 }, { 0x2B, 0x2B, 36 }, { 0x56, 0x56, 37 },
    { 0x2C, 0x35, 38 },
};
#define ROWS (sizeof rows / sizeof rows[0])
#define SCAN_SPACE 0x39

static unsigned in_use;

int keyboard_layout_set(const char *name)
{
    for (unsigned i = 0; keyboard_layouts[i].keys; i++)
        if (text_equal(name, keyboard_layouts[i].name)) {
            in_use = i;
            return 0;
        }
    return 1;
}

const char *keyboard_layout_name(void)
{
    return keyboard_layouts[in_use].name;
}

const char *keyboard_layout_number(unsigned number)
{
    return keyboard_layouts[number].keys ? keyboard_layouts[number].name : 0;
}

static const char *skip(const char *text, unsigned characters)
{
    while (characters--)
        utf8_next(&text);
    return text;
}

/* What stands behind a character in a text of pairs, 0 if it is in none. */
static uint32_t partner_of(const char *pairs, uint32_t character)
{
    while (*pairs) {
        uint32_t first = utf8_next(&pairs), second = utf8_next(&pairs);

        if (first == character)
            return second;
    }
    return 0;
}

/* A letter of ASCII or Latin-1 becomes large if it is small, and small if it is
 * large; all else stays as it is. */
static uint32_t other_case(uint32_t c)
{
    uint32_t small = c | 0x20;

    if ((small >= 'a' && small <= 'z') ||
        (small >= 0xE0 && small <= 0xFE && small != 0xF7))
        return c ^ 0x20;
    return c;
}

uint32_t keyboard_layout_character(uint8_t code, unsigned held)
{
    const char *keys = keyboard_layouts[in_use].keys, *at;
    const char *with_alt = skip(keys, 2 * KEYBOARD_KEYS);
    unsigned row = 0, place;
    uint32_t c;

    if (code == SCAN_SPACE)
        return ' ';
    while (row < ROWS && (code < rows[row].first || code > rows[row].last))
        row++;
    if (row == ROWS)
        return 0;
    place = rows[row].place + code - rows[row].first;
    at = skip(keys, place + (held & KEYBOARD_SHIFT ? KEYBOARD_KEYS : 0));
    c = utf8_next(&at);
    if (held & KEYBOARD_ALTGR && *with_alt)
        c = partner_of(with_alt, c);
    if (held & KEYBOARD_CAPS)
        c = other_case(c);
    return c == KEYBOARD_NONE ? 0 : c;
}

uint32_t keyboard_layout_compose(uint32_t dead, uint32_t character)
{
    const char *pairs = keyboard_accents[dead];
    uint32_t sign = utf8_next(&pairs);

    if (character == ' ' || character == dead)
        return sign;
    return partner_of(pairs, character);
}
