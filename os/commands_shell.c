/* commands_shell.c - the commands about the command line itself: echo,
 * history, lists of commands, variables.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "environment.h"
#include "print.h"

void command_echo(struct shell *shell, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        print(shell->os, "%s%s", argv[i], i + 1 < argc ? " " : "");
    print(shell->os, "\n");
}

void command_history(struct shell *shell, int argc, char **argv)
{
    const struct line_editor *editor = &shell->editor;

    (void)argc;
    (void)argv;
    for (unsigned back = editor->history_count; back; back--)
        print(shell->os, "%s\n",
              editor->history[(editor->history_next + LINE_HISTORY - back) %
                              LINE_HISTORY]);
}

void command_run(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    shell_add_list(shell, argv, argv[1]);
}

/* ---- variables */

static void complain_variable(const char *text, int error)
{
    if (error == ENVIRONMENT_ENAME)
        shell_complain("%s: not NAME=VALUE with a NAME of letters, digits "
                       "and _\n", text);
    else
        shell_complain("%s: does not fit; all variables may have %u bytes\n",
                       text, ENVIRONMENT_SIZE);
}

void command_set(struct shell *shell, int argc, char **argv)
{
    const char *variable;

    for (unsigned i = 0; argc == 1 && (variable = environment_get(i)); i++)
        print(shell->os, "%s\n", variable);
    for (int i = 1; i < argc; i++) {
        int error = environment_set(argv[i]);

        if (error)
            complain_variable(argv[i], error);
    }
}

void command_unset(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    for (int i = 1; i < argc; i++)
        if (!environment_unset(argv[i]))
            shell_complain("%s: is not set\n", argv[i]);
}
