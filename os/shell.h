/* shell.h - the state of the command line, and what it can run.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "command_line.h"
#include "line_edit.h"
#include "storage.h"
#include <kernel/services.h>

#define OS_NAME "BareMetal OS in C"
#define OS_VERSION "0.1"

struct shell {
    const struct baremetal *os;
    const struct kernel_services *kernel;
    struct storage storage;
    struct line_editor editor;
    struct command_line line;
    struct fat_entry entry; /* of the program, or of what is listed */
};

/* Reads and runs one line after another. */
void shell_loop(struct shell *shell) __attribute__((noreturn));

/* A command of the shell itself: commands.c. */
struct command {
    const char *name;
    const char *usage;       /* arguments, for help */
    const char *summary;
    int arguments_max;
    void (*run)(struct shell *shell, int argc, char **argv);
};

/* The command of that name, in any case, or 0. */
const struct command *command_find(const char *name);

/* Runs the program argv[0], looked for as it stands and with .app behind it;
 * all errors are printed: program_run.c. */
void shell_run_program(struct shell *shell, int argc, char **argv);
