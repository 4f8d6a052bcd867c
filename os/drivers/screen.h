/* screen.h - text on the screen: VGA text mode or a frame buffer.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* Takes over the screen pure64 describes, its text staying where it is; `kind`
 * is its enum video_kind, or VIDEO_NONE: then no text is shown, and the frame
 * buffer is the programs' alone. Boot CPU, once, at start. */
void screen_init(unsigned kind);

/* Writes console text, UTF-8; nothing happens before screen_init. Without a screen
 * it only counts columns. Any CPU, with the console's lock held. */
void screen_write(const char *text, size_t length);

/* What struct baremetal's text_colour, cursor_move, cursor_show and
 * status_line do on the screen. Any CPU, with the console's lock held. */
void screen_set_colour(unsigned foreground, unsigned background);
int screen_move(unsigned column, unsigned row); /* 0: not there */
void screen_show_cursor(int on);
void screen_status(const char *text);

/* Any CPU, with the console's lock held. */
void screen_describe(struct baremetal_screen *description);
