/* startup_options.h - the options of config.txt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

struct startup_options {
    char startup[64];  /* a program or a list of commands; "no": none */
    char keyboard[8];  /* a layout: keyboard_layout.h */
};

/* Takes one line, without its end. Empty lines and those that start with # say
 * nothing. 0, or 1 if it is wrong. */
int startup_option(struct startup_options *options, const char *line);
