/* keyboard_layout_data.h - the tables of keyboard layouts.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* In these strings codes below 32 stand for no character and for dead keys:
 * numbers of keyboard_accents. */
#define KEYBOARD_NONE 0x1F
#define KEYBOARD_DEAD_MAX 5

/* In one string, as three would need more memory than what is in most of them:
 * - the characters of 48 keys, by their places (ISO/IEC 9995-2, rows E, D, C, B
 *   from the left): the 13 of the row of digits, 12 from Q on, 12 from A on with
 *   the one beside Enter, 11 from the one beside the left Shift key on;
 * - those of the same keys with Shift;
 * - pairs: a character of the former or, with Shift held too, of the latter,
 *   and what its key is with AltGr, the right Alt key. None: that is ignored. */
#define KEYBOARD_KEYS 48
struct keyboard_layout {
    char name[4];
    const char *keys;
};

/* The first one is that of the start; one without keys ends the
 * list. */
extern const struct keyboard_layout keyboard_layouts[];

/* By the numbers of dead keys, from 1: the sign, then pairs of letters without
 * and with it. */
extern const char *const keyboard_accents[KEYBOARD_DEAD_MAX + 1];
