/* commands.h - the table of commands that the shell has itself.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "shell.h"
#include "tree.h"
#include "wildcard.h"

enum command_group {
    COMMANDS_FILES,
    COMMANDS_PROGRAMS,
    COMMANDS_MACHINE,
    COMMANDS_MEMORY,
    COMMANDS_SHELL,
    COMMANDS_ALIASES, /* other names of commands */
    COMMAND_GROUPS,
};

struct command {
    const char *name;
    const char *usage;       /* arguments, for help */
    const char *summary;
    uint8_t group;           /* enum command_group */
    int16_t arguments_min, arguments_max;
    void (*run)(struct shell *shell, int argc, char **argv);
};

#define COMMAND_ANY COMMAND_LINE_WORDS

/* The command of that name, in any case, or 0. */
const struct command *command_find(const char *name);

/* By number from 0; 0 behind the last. */
const struct command *command_number(unsigned number);

/* The command whose name is most like that one, 0 if none is much. */
const struct command *command_nearest(const char *name);

/* How many letters are to be changed, inserted, removed or swapped to make one
 * word of the other; more than COMMAND_DISTANCE_MAX if one is longer than
 * COMMAND_DISTANCE_NAME. */
#define COMMAND_DISTANCE_NAME 24
#define COMMAND_DISTANCE_MAX 2
unsigned command_distance(const char *a, const char *b);

/* Takes options off the words: those before the first word that does not
 * start with -, or up to --. Each is one of the letters; bit n of what is
 * returned stands for letters[n]. -1 and a message for any other one, or if
 * fewer than `least` words are left behind the command's name. */
int command_options(int *argc, char ***argv, const char *letters, int least);

/* Of program memory: what nobody needs while a program runs. */
struct command_scratch {
    struct command_line line;
    struct wildcard_expansion expansion;
    struct tree tree;
    char target[TREE_PATH], copy[TREE_PATH];
};
/* Behind what shell_memory gives, at the very end. */
#define COMMAND_SCRATCH_BYTES 0x20000u
_Static_assert(sizeof(struct command_scratch) <= COMMAND_SCRATCH_BYTES,
               "fits");
struct command_scratch *command_scratch(const struct baremetal *os);

/* Copies a file, replacing another: 0, or the error that was complained of;
 * COMMAND_STOPPED for Ctrl-C. What was not copied whole is removed. */
#define COMMAND_STOPPED 1
int command_copy(struct shell *shell, const char *from, const char *to);

/* commands_files.c, commands_copy.c, commands_tree.c */
void command_ls(struct shell *shell, int argc, char **argv);
void command_cat(struct shell *shell, int argc, char **argv);
void command_cp(struct shell *shell, int argc, char **argv);
void command_mv(struct shell *shell, int argc, char **argv);
void command_rm(struct shell *shell, int argc, char **argv);
void command_mkdir(struct shell *shell, int argc, char **argv);
void command_cd(struct shell *shell, int argc, char **argv);
void command_pwd(struct shell *shell, int argc, char **argv);
void command_df(struct shell *shell, int argc, char **argv);
void command_write(struct shell *shell, int argc, char **argv);
void command_sync(struct shell *shell, int argc, char **argv);

/* commands_shell.c */
void command_echo(struct shell *shell, int argc, char **argv);
void command_history(struct shell *shell, int argc, char **argv);
void command_run(struct shell *shell, int argc, char **argv);
void command_set(struct shell *shell, int argc, char **argv);
void command_unset(struct shell *shell, int argc, char **argv);

/* commands_machine.c */
void command_ver(struct shell *shell, int argc, char **argv);
void command_cpus(struct shell *shell, int argc, char **argv);
void command_devices(struct shell *shell, int argc, char **argv);
void command_net(struct shell *shell, int argc, char **argv);
void command_date(struct shell *shell, int argc, char **argv);
void command_time(struct shell *shell, int argc, char **argv);
void command_keyboard(struct shell *shell, int argc, char **argv);
void command_clear(struct shell *shell, int argc, char **argv);
void command_reboot(struct shell *shell, int argc, char **argv);
void command_shutdown(struct shell *shell, int argc, char **argv);

/* Their lines of `devices`, which `log` has too; of a disk without its end. */
void machine_print_device(const struct baremetal *os,
                          const struct baremetal_pci *info);
void machine_print_disk(const struct baremetal *os,
                        const struct baremetal_disk *info);
void machine_print_net(const struct baremetal *os,
                       const struct baremetal_net *info, const char *what);

/* commands_mem.c, commands_log.c, commands_config.c */
void command_mem(struct shell *shell, int argc, char **argv);
void command_log(struct shell *shell, int argc, char **argv);
void command_config(struct shell *shell, int argc, char **argv);

/* commands_memory.c */
void command_peek(struct shell *shell, int argc, char **argv);
void command_poke(struct shell *shell, int argc, char **argv);
void command_dump(struct shell *shell, int argc, char **argv);
void command_regs(struct shell *shell, int argc, char **argv);
void command_debug(struct shell *shell, int argc, char **argv);
