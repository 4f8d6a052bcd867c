/* console_calls.h - struct baremetal's calls about the console beyond text.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "line_edit.h"

/* Whose editor lines are read with. Boot CPU, once. */
void console_calls_start(struct line_editor *editor);

/* Colours, cursor and status line are as before the program. Boot CPU. */
void console_calls_reset(void);

/* See baremetal.h. */
int console_calls_colour(unsigned foreground, unsigned background);
int console_calls_move(unsigned column, unsigned row);
void console_calls_show(int on);
void console_calls_clear(void);
void console_calls_status(const char *text);
int console_calls_line(char *buffer, size_t size);
