/* screen_colour.h - colours of characters on the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A colour is a byte that stands for foreground and background; 0 is light
 * grey on black, so that zeroed memory needs no other start.
 */
#pragma once
#include <stdint.h>

/* Of enum baremetal_colour. */
uint8_t screen_colour(unsigned foreground, unsigned background);

/* VGA text mode's attribute: foreground(3:0), background(7:4). */
uint8_t screen_colour_attribute(uint8_t colour);

/* Two pixels at once of a frame buffer, foreground where the bit of the index
 * is set; bit 1 is the left pixel. Valid until the next call; with the
 * console's lock held. */
const uint64_t *screen_colour_pairs(uint8_t colour);

/* Lets VGA text mode show bright backgrounds instead of blinking. */
void screen_colour_text_mode(void);
