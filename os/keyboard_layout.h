/* keyboard_layout.h - which characters the keys of PS/2 and USB keyboards are.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* By its name, in any case; 1 if there is no such layout. Boot CPU. */
int keyboard_layout_set(const char *name);

/* The one in use. */
const char *keyboard_layout_name(void);

/* The names of all, by number; 0 behind the last. */
const char *keyboard_layout_number(unsigned number);

enum keyboard_held {
    KEYBOARD_SHIFT = 1,
    KEYBOARD_ALTGR = 2,
    KEYBOARD_CAPS = 4, /* Caps Lock is on */
};

/* The character (Unicode) of a key by its scan code of set 1, with what is held
 * besides: 0 if it has none then, below 32 a dead key. Any CPU. */
uint32_t keyboard_layout_character(uint8_t code, unsigned held);

/* What a dead key and the character typed next are together, 0 if nothing. With
 * a space or typed twice it is the sign itself. */
uint32_t keyboard_layout_compose(uint32_t dead, uint32_t character);
