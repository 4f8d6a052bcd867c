/* commands.c - the table of commands that the shell has itself.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "print.h"
#include "text.h"
#include <pure64/string.h>

static void command_help(struct shell *shell, int argc, char **argv);
static void command_load(struct shell *shell, int argc, char **argv);

#define ALIAS(alias, command, arguments_min, arguments_max, run)            \
    { alias, "", command, COMMANDS_ALIASES, arguments_min, arguments_max, run }

static const struct command commands[] = {
    { "ls", "[-l] [PATH...]", "lists files and folders; -l: with dates",
      COMMANDS_FILES, 0, COMMAND_ANY, command_ls },
    { "cat", "FILE...", "shows what is in files", COMMANDS_FILES, 0,
      COMMAND_ANY, command_cat },
    { "write", "FILE", "makes a file of the lines that are typed",
      COMMANDS_FILES, 1, 1, command_write },
    { "cp", "[-r] FROM... TO", "copies files, or into a folder; -r: folders",
      COMMANDS_FILES, 2, COMMAND_ANY, command_cp },
    { "mv", "FROM... TO", "renames, or moves elsewhere", COMMANDS_FILES,
      2, COMMAND_ANY, command_mv },
    { "rm", "[-rf] PATH...", "removes; -r: full folders; -f: if there",
      COMMANDS_FILES, 1, COMMAND_ANY, command_rm },
    { "mkdir", "[-p] PATH...", "makes folders; -p: those above, too",
      COMMANDS_FILES, 1, COMMAND_ANY, command_mkdir },
    { "cd", "[PATH]", "goes to a folder, as disk1:/folder", COMMANDS_FILES, 0,
      1, command_cd },
    { "pwd", "", "shows the current folder", COMMANDS_FILES, 0, 0,
      command_pwd },
    { "df", "", "lists the volumes and their free space", COMMANDS_FILES, 0,
      0, command_df },
    { "sync", "", "writes all that is not yet on the disks", COMMANDS_FILES,
      0, 0, command_sync },

    { "load", "PROGRAM", "brings a program into memory", COMMANDS_PROGRAMS, 1,
      1, command_load },
    { "exec", "[ARGUMENT...]", "runs what was loaded", COMMANDS_PROGRAMS, 0,
      COMMAND_ANY, shell_exec_program },
    { "run", "FILE", "runs a list of commands, as FILE.txt alone does",
      COMMANDS_PROGRAMS, 1, 1, command_run },
    { "set", "[NAME=VALUE...]", "sets variables for programs, or lists them",
      COMMANDS_PROGRAMS, 0, COMMAND_ANY, command_set },
    { "unset", "NAME...", "takes variables away", COMMANDS_PROGRAMS, 1,
      COMMAND_ANY, command_unset },
    { "time", "[COMMAND...]", "shows the time, or measures a command",
      COMMANDS_PROGRAMS, 0, COMMAND_ANY, command_time },

    { "ver", "", "shows version and machine", COMMANDS_MACHINE, 0, 0,
      command_ver },
    { "cpus", "", "lists the CPUs", COMMANDS_MACHINE, 0, 0, command_cpus },
    { "mem", "", "shows how memory is used", COMMANDS_MACHINE, 0, 0,
      command_mem },
    { "log", "", "shows what happened since the start", COMMANDS_MACHINE, 0,
      0, command_log },
    { "config", "[apply]", "shows the options; apply: for the next start",
      COMMANDS_MACHINE, 0, 1, command_config },
    { "devices", "", "lists the devices and what drives them",
      COMMANDS_MACHINE, 0, 0, command_devices },
    { "net", "", "shows the network interfaces", COMMANDS_MACHINE, 0, 0,
      command_net },
    { "date", "", "shows date and time", COMMANDS_MACHINE, 0, 0,
      command_date },
    { "reboot", "", "restarts the machine", COMMANDS_MACHINE, 0, 0,
      command_reboot },
    { "shutdown", "", "switches the machine off", COMMANDS_MACHINE, 0, 0,
      command_shutdown },

    { "peek", "ADDRESS [1|2|4|8]", "shows that many bytes as a number",
      COMMANDS_MEMORY, 1, 2, command_peek },
    { "poke", "ADDRESS VALUE [1|2|4|8]", "writes that many bytes",
      COMMANDS_MEMORY, 2, 3, command_poke },
    { "dump", "ADDRESS [BYTES]",
      "shows bytes in hex; or FILE [OFFSET [BYTES]]",
      COMMANDS_MEMORY, 1, 3, command_dump },
    { "regs", "", "shows the registers at the last exception",
      COMMANDS_MEMORY, 0, 0, command_regs },

    { "keyboard", "[LAYOUT]", "sets the layout of the keyboard, or lists them",
      COMMANDS_SHELL, 0, 1, command_keyboard },
    { "echo", "[TEXT...]", "shows the text, as for > FILE", COMMANDS_SHELL, 0,
      COMMAND_ANY, command_echo },
    { "history", "", "lists the lines typed before", COMMANDS_SHELL, 0, 0,
      command_history },
    { "clear", "", "clears the screen", COMMANDS_SHELL, 0, 0, command_clear },
    { "help", "[COMMAND]", "lists the commands, or explains one",
      COMMANDS_SHELL, 0, 1, command_help },

    ALIAS("dir", "ls", 0, COMMAND_ANY, command_ls),
    ALIAS("copy", "cp", 2, COMMAND_ANY, command_cp),
    ALIAS("del", "rm", 1, COMMAND_ANY, command_rm),
    ALIAS("ren", "mv", 2, 2, command_mv),
    ALIAS("move", "mv", 2, COMMAND_ANY, command_mv),
    ALIAS("rmdir", "rm", 1, COMMAND_ANY, command_rm),
    ALIAS("more", "cat", 0, COMMAND_ANY, command_cat),
    ALIAS("type", "cat", 0, COMMAND_ANY, command_cat),
    ALIAS("cls", "clear", 0, 0, command_clear),
    ALIAS("exit", "shutdown", 0, 0, command_shutdown),
    ALIAS("debug", "regs or, with [ADDRESS [BYTES]], dump", 0, 2,
          command_debug),
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static const char *const groups[COMMANDS_ALIASES] = {
    [COMMANDS_FILES] = "Files", [COMMANDS_PROGRAMS] = "Programs",
    [COMMANDS_MACHINE] = "Machine", [COMMANDS_MEMORY] = "Memory",
    [COMMANDS_SHELL] = "Command line",
};

const struct command *command_number(unsigned number)
{
    return number < COMMANDS ? &commands[number] : 0;
}

const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (text_equal(name, commands[i].name))
            return &commands[i];
    return 0;
}

int command_options(int *argc, char ***argv, const char *letters, int least)
{
    char *name = **argv;
    int options = 0, ended = 0;

    for (; *argc > 1 && !ended && (*argv)[1][0] == '-' && (*argv)[1][1];
         --*argc, ++*argv) {
        const char *letter = (*argv)[1] + 1;

        ended = !strcmp(letter, "-");
        for (; *letter && !ended; letter++) {
            const char *known = strchr(letters, *letter);

            if (!known) {
                shell_complain("%s: %s: no such option; help %s lists them\n",
                               name, (*argv)[1], name);
                return -1;
            }
            options |= 1 << (known - letters);
        }
    }
    **argv = name;
    if (*argc - 1 >= least)
        return options;
    shell_complain("%s: too few arguments; help %s lists them\n", name, name);
    return -1;
}

/* ---- */

static void command_load(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    shell_load_program(shell, argv[1]);
}

static void print_command(const struct baremetal *os,
                          const struct command *command)
{
    if (command->group == COMMANDS_ALIASES)
        print(os, "%-8s is %s\n", command->name, command->summary);
    else
        print(os, "%-8s %-23s %s\n", command->name, command->usage,
              command->summary);
}

static void print_groups(const struct baremetal *os)
{
    for (unsigned group = 0; group < COMMANDS_ALIASES; group++) {
        print(os, "%s:\n", groups[group]);
        for (unsigned i = 0; i < COMMANDS; i++)
            if (commands[i].group == group)
                print_command(os, &commands[i]);
    }
    print(os, "Other names:");
    for (unsigned i = 0; i < COMMANDS; i++)
        if (commands[i].group == COMMANDS_ALIASES)
            print(os, " %s", commands[i].name);
    print(os, "\n\n"
              "Anything else is a program: its file name, with or without "
              ".app, then its\narguments. \"...\" keeps spaces in an "
              "argument. > FILE, >> FILE and < FILE take\nits output and "
              "input to and from files. * and ? stand for parts of names.\n"
              "A ; is between two commands. Tab completes names.\n");
}

static void command_help(struct shell *shell, int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(argv[1]) : 0;

    if (command)
        print_command(shell->os, command);
    else if (argc > 1)
        shell_complain("%s: no such command; help lists all of them\n",
                       argv[1]);
    else
        print_groups(shell->os);
}
