/* key_decode.c - bytes of a terminal and PS/2 scan codes into keys.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Terminal: ECMA-48, "Control sequences"; the letters and numbers are those
 * of the VT220, of xterm and of rxvt. Keyboard: IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard scan codes", set 1.
 */
#include "key_decode.h"
#include "../keyboard_layout.h"
#include "../utf8.h"
#include <baremetal.h>

#define KEY_ESCAPE 27

/* Keys that are no characters, as bytes of the tables: bit 7 set. */
#define SPECIAL(name) (0x80 | (BAREMETAL_KEY_##name & 0x7F))

static uint16_t key_of_byte(uint8_t byte)
{
    return byte & 0x80 ? 0x100 | (byte & 0x7F) : byte;
}

/* Of ESC [ number ~, by number; of ESC [ and ESC O letter, from '@' on. */
#define SEQUENCE_NUMBERS 9
static const uint8_t sequence_keys[] = {
    0, SPECIAL(HOME), SPECIAL(INSERT), SPECIAL(DELETE), SPECIAL(END),
    SPECIAL(PAGE_UP), SPECIAL(PAGE_DOWN), SPECIAL(HOME), SPECIAL(END),
    0, SPECIAL(UP), SPECIAL(DOWN), SPECIAL(RIGHT), SPECIAL(LEFT),
    0, SPECIAL(END), 0, SPECIAL(HOME),
};

static uint16_t sequence_key(uint8_t final, uint8_t number)
{
    unsigned index = final - '@' + SEQUENCE_NUMBERS;

    if (final == '~')
        index = number < SEQUENCE_NUMBERS ? number : 0;
    return index < sizeof(sequence_keys) ? key_of_byte(sequence_keys[index])
                                         : 0;
}

/* A byte that is not inside a sequence; may begin one. */
static uint32_t terminal_plain(struct key_terminal *terminal, uint8_t byte)
{
    terminal->state = KEY_TERMINAL_PLAIN;
    switch (byte) {
    case KEY_ESCAPE:
        terminal->state = KEY_TERMINAL_ESCAPE;
        terminal->introducer = 0;
        terminal->number = 0;
        return 0;
    case '\r':
        terminal->state = KEY_TERMINAL_CR;
        return '\n';
    case 0x7F:
        return '\b';
    default:
        return byte;
    }
}

static uint32_t terminal_sequence(struct key_terminal *terminal, uint8_t byte)
{
    if (byte < ' ' || byte >= 0x7F) /* broken off */
        return terminal_plain(terminal, byte);
    if (byte >= '@') {
        terminal->state = KEY_TERMINAL_PLAIN;
        return sequence_key(byte, terminal->number);
    }
    /* Other characters come only with keys that have no name here, or
     * before a letter, where the number means nothing. */
    terminal->number = (uint8_t)(terminal->number * 10 + byte - '0');
    return 0;
}

uint32_t key_decode_terminal(struct key_terminal *terminal, uint8_t byte)
{
    switch (terminal->state) {
    case KEY_TERMINAL_CR:
        if (byte == '\n')
            byte = 0;
        break;
    case KEY_TERMINAL_ESCAPE:
        if (byte == '[' || byte == 'O') {
            terminal->state = KEY_TERMINAL_SEQUENCE;
            terminal->introducer = byte;
            return 0;
        }
        /* The Escape key, or Alt with another key. */
        return KEY_ESCAPE | terminal_plain(terminal, byte) << 16;
    case KEY_TERMINAL_SEQUENCE:
        return terminal_sequence(terminal, byte);
    }
    return terminal_plain(terminal, byte);
}

uint32_t key_decode_terminal_end(struct key_terminal *terminal)
{
    if (!key_terminal_pending(terminal))
        return 0;
    terminal->state = KEY_TERMINAL_PLAIN;
    return KEY_ESCAPE | (uint32_t)terminal->introducer << 16;
}

enum scan_code {
    SCAN_ESCAPE = 0x01,
    SCAN_BACKSPACE = 0x0E,
    SCAN_TAB = 0x0F,
    SCAN_ENTER = 0x1C,
    SCAN_CTRL = 0x1D,
    SCAN_LEFT_SHIFT = 0x2A,
    SCAN_SLASH = 0x35,
    SCAN_RIGHT_SHIFT = 0x36,
    SCAN_STAR = 0x37,
    SCAN_ALT = 0x38,
    SCAN_CAPS_LOCK = 0x3A,
    SCAN_PAD = 0x47,       /* the first of keypad and cursor keys */
    SCAN_RELEASE = 0x80,
    SCAN_PREFIX = 0xE0,
    SCAN_PAUSE = 0xE1,     /* and two bytes more */
};

/* Keypad and cursor keys. */
static const uint8_t scan_pad[] = {
    SPECIAL(HOME), SPECIAL(UP), SPECIAL(PAGE_UP), '-',
    SPECIAL(LEFT), 0, SPECIAL(RIGHT), '+',
    SPECIAL(END), SPECIAL(DOWN), SPECIAL(PAGE_DOWN),
    SPECIAL(INSERT), SPECIAL(DELETE),
};

static uint8_t scan_modifier(uint8_t key, int extended)
{
    if (key == SCAN_CTRL)
        return extended ? KEY_HELD_RIGHT_CTRL : KEY_HELD_LEFT_CTRL;
    if (key == SCAN_ALT && extended)
        return KEY_HELD_RIGHT_ALT;
    if (extended) /* the other ones are made up for old programs */
        return 0;
    switch (key) {
    case SCAN_LEFT_SHIFT:
        return KEY_HELD_LEFT_SHIFT;
    case SCAN_RIGHT_SHIFT:
        return KEY_HELD_RIGHT_SHIFT;
    case SCAN_CAPS_LOCK:
        return KEY_HELD_CAPS;
    default:
        return 0;
    }
}

/* The keys that are no characters, and those of the keypad; 0 for others. */
static uint16_t scan_key(uint8_t key)
{
    switch (key) {
    case SCAN_ESCAPE:
        return KEY_ESCAPE;
    case SCAN_BACKSPACE:
        return '\b';
    case SCAN_TAB:
        return '\t';
    case SCAN_ENTER:
        return '\n';
    case SCAN_STAR:
        return '*';
    }
    if (key < SCAN_PAD || key >= SCAN_PAD + sizeof scan_pad)
        return 0;
    return key_of_byte(scan_pad[key - SCAN_PAD]);
}

static void scan_add(uint32_t character, void (*add)(unsigned key))
{
    char text[UTF8_BYTES_MAX];
    size_t length = utf8_encode(character, text);

    for (size_t i = 0; i < length; i++)
        add((uint8_t)text[i]);
}

/* A character or a dead key was typed. */
static void scan_character(struct key_scan *scan, uint32_t character,
                           void (*add)(unsigned key))
{
    uint32_t dead = scan->dead, whole = 0;

    scan->dead = 0;
    if (dead)
        whole = keyboard_layout_compose(dead, character);
    if (dead && !whole) /* they do not go together */
        scan_add(keyboard_layout_compose(dead, ' '), add);
    if (!whole && character < ' ')
        scan->dead = (uint8_t)character;
    else
        scan_add(whole ? whole : character, add);
}

/* With Ctrl: that of a letter or sign of ASCII, 0 if the key has none. */
static unsigned scan_control(uint32_t character)
{
    if (character < ' ')
        character = keyboard_layout_compose(character, ' ');
    return character >= 0x80  ? 0
           : character >= '@' ? character & 0x1F
                              : character;
}

/* A key that is no modifier went down. */
static void scan_press(struct key_scan *scan, uint8_t code,
                       void (*add)(unsigned key))
{
    const unsigned shift = KEY_HELD_LEFT_SHIFT | KEY_HELD_RIGHT_SHIFT;
    const unsigned ctrl = KEY_HELD_LEFT_CTRL | KEY_HELD_RIGHT_CTRL;
    unsigned key = scan_key(code);
    uint32_t character = keyboard_layout_character(
        code, (scan->held & shift ? KEYBOARD_SHIFT : 0) |
                  (scan->held & KEY_HELD_RIGHT_ALT ? KEYBOARD_ALTGR : 0) |
                  (scan->locked & KEY_HELD_CAPS ? KEYBOARD_CAPS : 0));

    if (character && scan->held & ctrl)
        key = scan_control(character);
    else if (character)
        scan_character(scan, character, add);
    if (!key)
        return;
    /* Backspace takes a dead key back. */
    if (!scan->dead || key != '\b')
        add(key);
    scan->dead = 0;
}

void key_decode_scan(struct key_scan *scan, uint8_t code,
                     void (*add)(unsigned key))
{
    int extended = scan->prefix;
    uint8_t key = code & (SCAN_RELEASE - 1);
    uint8_t modifier = scan_modifier(key, extended);

    if (scan->skip) {
        scan->skip--;
        return;
    }
    scan->prefix = code == SCAN_PREFIX;
    if (code == SCAN_PAUSE)
        scan->skip = 2;
    if (code >= SCAN_RELEASE) {
        scan->held &= (uint8_t)~modifier;
        return;
    }
    scan->locked ^= modifier & ~scan->held; /* not when it repeats */
    scan->held |= modifier;
    if (modifier)
        return;
    if (!extended || key >= SCAN_PAD)
        scan_press(scan, key, add);
    else if (key == SCAN_ENTER)
        add('\n');
    else if (key == SCAN_SLASH)
        add('/');
}
