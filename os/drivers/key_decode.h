/* key_decode.h - bytes of a terminal and PS/2 scan codes into keys.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Functions on a state that starts as zeros, and on the keyboard layout. Keys
 * are those of baremetal.h.
 */
#pragma once
#include <stdint.h>

enum key_terminal_state {
    KEY_TERMINAL_PLAIN = 0,
    KEY_TERMINAL_CR,       /* after CR: a LF is the same Enter */
    KEY_TERMINAL_ESCAPE,   /* after ESC */
    KEY_TERMINAL_SEQUENCE, /* after ESC [ or ESC O */
};

struct key_terminal {
    uint8_t state;         /* enum key_terminal_state */
    uint8_t introducer;    /* what followed ESC: 0, '[' or 'O' */
    uint8_t number;        /* so far */
};

/* Takes the next byte a VT100-like terminal sent. Returns no key, one key or
 * two: the first in bits 15:0, the second in bits 31:16. A sequence of a key
 * we have no name for gives none. */
__attribute__((noinline))
uint32_t key_decode_terminal(struct key_terminal *terminal, uint8_t byte);

/* Nothing followed in time: what looked like the start of a sequence was
 * typed. Returns keys as key_decode_terminal. */
uint32_t key_decode_terminal_end(struct key_terminal *terminal);

/* 1 while an Escape waits for what may follow. */
static inline int key_terminal_pending(const struct key_terminal *terminal)
{
    return terminal->state >= KEY_TERMINAL_ESCAPE;
}

struct key_scan {
    uint8_t held;          /* KEY_HELD_* */
    uint8_t locked;        /* KEY_HELD_CAPS: Caps Lock is on */
    uint8_t prefix;        /* 0xE0 just came */
    uint8_t skip;          /* bytes of the Pause key still to come */
    uint8_t dead;          /* the dead key that waits for a letter, or 0 */
};

#define KEY_HELD_LEFT_SHIFT 0x01
#define KEY_HELD_RIGHT_SHIFT 0x02
#define KEY_HELD_LEFT_CTRL 0x04
#define KEY_HELD_RIGHT_CTRL 0x08
#define KEY_HELD_CAPS 0x10
#define KEY_HELD_RIGHT_ALT 0x20

/* Takes the next byte of scan code set 1 and calls add(key) for each key it
 * makes; a character beyond ASCII is as many keys as it has bytes. Characters
 * are those of keyboard_layout.h. The keypad moves the cursor, always. */
void key_decode_scan(struct key_scan *scan, uint8_t code,
                     void (*add)(unsigned key));
