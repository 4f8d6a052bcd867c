/* key_decode.c - bytes of a terminal and PS/2 scan codes into keys.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Terminal: ECMA-48, "Control sequences"; the letters and numbers are those
 * of the VT220, of xterm and of rxvt. Keyboard: IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard scan codes", set 1.
 */
#include "key_decode.h"
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
    SCAN_ENTER = 0x1C,
    SCAN_CTRL = 0x1D,
    SCAN_LEFT_SHIFT = 0x2A,
    SCAN_SLASH = 0x35,
    SCAN_RIGHT_SHIFT = 0x36,
    SCAN_ALT = 0x38,
    SCAN_CAPS_LOCK = 0x3A,
    SCAN_PAD = 0x47,       /* the first of keypad and cursor keys */
    SCAN_RELEASE = 0x80,
    SCAN_PREFIX = 0xE0,
    SCAN_PAUSE = 0xE1,     /* and two bytes more */
};

/* Codes 0x00 to 0x53, and 0x00 to 0x39 with Shift. */
static const uint8_t scan_keys[] =
    "\0\x1B" "1234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\x85\x81\x88-\x83\0\x84+\x86\x82\x89\x8A\x87";
static const uint8_t scan_shifted[] =
    "\0\x1B" "!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
#define SCAN_KEYS (sizeof(scan_keys) - 1)
#define SCAN_SHIFTED (sizeof(scan_shifted) - 1)
_Static_assert(SCAN_KEYS == 0x54 && SCAN_SHIFTED == 0x3A, "no code missing");
_Static_assert(SPECIAL(UP) == 0x81 && SPECIAL(DOWN) == 0x82 &&
               SPECIAL(LEFT) == 0x83 && SPECIAL(RIGHT) == 0x84 &&
               SPECIAL(HOME) == 0x85 && SPECIAL(END) == 0x86 &&
               SPECIAL(DELETE) == 0x87 && SPECIAL(PAGE_UP) == 0x88 &&
               SPECIAL(PAGE_DOWN) == 0x89 && SPECIAL(INSERT) == 0x8A,
               "as in scan_keys");

const uint8_t *(*key_decode_layout)(uint8_t code);

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

/* A key that is no modifier went down. */
static uint16_t scan_press(const struct key_scan *scan, uint8_t key)
{
    const uint8_t *layout = key_decode_layout ? key_decode_layout(key) : 0;
    int shift = scan->held & (KEY_HELD_LEFT_SHIFT | KEY_HELD_RIGHT_SHIFT);
    uint8_t c;

    if (key >= SCAN_KEYS && !layout)
        return 0;
    c = layout ? layout[0] : scan_keys[key];
    if (c >= 'a' && c <= 'z' && scan->locked & KEY_HELD_CAPS)
        shift = !shift;
    if (layout && scan->held & KEY_HELD_RIGHT_ALT)
        c = layout[2];
    else if (layout)
        c = layout[shift != 0];
    else if (shift && key < SCAN_SHIFTED)
        c = scan_shifted[key];
    if (scan->held & (KEY_HELD_LEFT_CTRL | KEY_HELD_RIGHT_CTRL) &&
        c >= '@' && c < 0x80)
        c &= 0x1F;
    return key_of_byte(c);
}

uint16_t key_decode_scan(struct key_scan *scan, uint8_t code)
{
    int extended = scan->prefix;
    uint8_t key = code & (SCAN_RELEASE - 1);
    uint8_t modifier = scan_modifier(key, extended);

    if (scan->skip) {
        scan->skip--;
        return 0;
    }
    scan->prefix = code == SCAN_PREFIX;
    if (code == SCAN_PAUSE)
        scan->skip = 2;
    if (code >= SCAN_RELEASE) {
        scan->held &= (uint8_t)~modifier;
        return 0;
    }
    scan->locked ^= modifier & ~scan->held; /* not when it repeats */
    scan->held |= modifier;
    if (modifier)
        return 0;
    if (extended && key < SCAN_PAD)
        return key == SCAN_ENTER ? '\n' : key == SCAN_SLASH ? '/' : 0;
    return scan_press(scan, key);
}
