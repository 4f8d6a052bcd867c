/* shell.h - the state of the command line, and what it can run.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "command_line.h"
#include "command_list.h"
#include "file_calls.h"
#include "line_edit.h"
#include "output.h"
#include <kernel/services.h>

#define OS_NAME "BareMetal OS in C"
#define OS_VERSION "0.1"

struct shell {
    const struct baremetal *os;
    const struct kernel_services *kernel;
    struct line_editor editor;
    struct command_line *line; /* in struct command_scratch */
    struct command_list list;
    const char *output_name; /* behind >; 0: the console */
    int stopped;   /* by Ctrl-C: what waits in the list is dropped */
    int is_loaded; /* a program was brought into memory by `load` */
    /* What `exec` runs it as; the words are in `loaded_name`. */
    char loaded_name[COMMAND_LINE_SIZE];
};

/* Reads and runs one line after another. */
void shell_loop(struct shell *shell) __attribute__((noreturn));

/* Programs may leave the cursor anywhere; what follows starts a line. */
void shell_start_line(const struct shell *shell);

/* Runs one line of text, and the lists of commands it starts. */
void shell_run_line(struct shell *shell, const char *text);

/* Runs a list of commands, a file of lines. */
void shell_run_list(struct shell *shell, const char *path);

/* For a command, `words` being what it was called with: runs the list when the
 * command has ended. */
void shell_add_list(struct shell *shell, char **words, const char *path);

/* Runs the command or program that the first word names, as it was typed or
 * as part of another command. */
void shell_run_words(struct shell *shell, int count, char **words);

/* A message: "NAME: ..." on the console, wherever output goes. */
#define shell_complain(...) print(&output_console, __VA_ARGS__)

/* The same for an error of files.h; returns it. If there is no volume at all,
 * that is explained at length. */
int shell_complain_file(const char *name, int error);

/* 1 if that is there and a file; files.entry says more. */
int shell_is_file(const char *path);

/* The end of program memory, which nobody uses while a command runs; what was
 * loaded stands at its start. At most 1 MiB. */
char *shell_memory(const struct baremetal *os, size_t *size);

/* program_run.c. Runs the program argv[0], looked for as it stands and with
 * .app behind it; all errors are printed. */
void shell_run_program(struct shell *shell, int argc, char **argv);
/* Only brings it into memory, or runs what is there. */
void shell_load_program(struct shell *shell, const char *name);
void shell_exec_program(struct shell *shell, int argc, char **argv);
/* Of program memory, what was loaded and not yet replaced takes; 0: nothing. */
uint64_t shell_loaded_bytes(const struct shell *shell);
