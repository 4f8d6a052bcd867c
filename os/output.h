/* output.h - where text goes and keys come from: console, pages of it, files.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What programs and commands write goes to the console, or to the file that
 * `>` names; their keys come from the keyboards, or from the file that `<`
 * names. Messages about what went wrong are written to output_console, which is
 * neither paged nor redirected.
 */
#pragma once
#include <baremetal.h>

/* Only write, key_wait and screen are there. */
extern const struct baremetal output_console;

/* struct baremetal's write, key and key_wait. Keys from a file: its bytes,
 * then Ctrl-D. */
void output_write(const char *text, size_t length);
int output_key(void);
int output_key_wait(void);

/* What does not go to, or come from, the console. Any CPU. */
#define OUTPUT_TO_FILE 1
#define OUTPUT_FROM_FILE 2
int output_redirected(void);

/* From now on; an open file's number, see files.h. Boot CPU. */
void output_to_file(int file);
void output_from_file(int file);
/* Ends both and closes the files; the first error there was. */
int output_to_console(void);

/* os was entered again: both have ended, without closing. */
void output_reset(void);

/* Around a command of the shell; with `pages`, which is for commands that a
 * user has typed, it stops after each screen of text. Boot CPU. */
void output_command_start(int pages);
void output_command_end(void);

/* 1 if the rest of what a command writes is not wanted: Ctrl-C was typed, or q
 * instead of another page, or it does not fit on the disk. Boot CPU. */
int output_stopped(void);
/* 1 if that was Ctrl-C, and commands that wait are not wanted either. */
int output_ctrl_c(void);
