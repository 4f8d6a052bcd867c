/* shell.c - the command line: reads a line, runs what it names.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "shell.h"
#include "fault_report.h"
#include "print.h"
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>

#define PROMPT "> "

/* Programs may leave the cursor anywhere; the prompt starts a line. */
static void start_line(const struct baremetal *os)
{
    struct baremetal_screen screen;

    os->screen(&screen);
    if (screen.column)
        print(os, "\n");
}

static void run_command(struct shell *shell, const struct command *command)
{
    struct command_line *line = &shell->line;

    if (line->count - 1 > command->arguments_max)
        print(shell->os, "%s: too many arguments; usage: %s%s%s\n",
              command->name, command->name, command->usage[0] ? " " : "",
              command->usage);
    else
        command->run(shell, line->count, line->words);
}

static void run_line(struct shell *shell, const char *text)
{
    struct command_line *line = &shell->line;
    const struct command *command;
    int count = command_line_parse(line, text);

    if (count < 0)
        print(shell->os, "%s\n", command_line_error_text(count));
    if (count <= 0)
        return;
    command = command_find(line->words[0]);
    if (command)
        run_command(shell, command);
    else
        shell_run_program(shell, line->count, line->words);
}

/* How long the start took can be read from there. */
static void note_first_prompt(void)
{
    if (!SYSINFO_EXTENSION->t_prompt)
        SYSINFO_EXTENSION->t_prompt = cpu_tsc();
}

void shell_loop(struct shell *shell)
{
    for (;;) {
        const char *text;

        /* Those of other CPUs, which nothing else waits for. */
        fault_report(shell->os, shell->kernel, 0);
        start_line(shell->os);
        note_first_prompt();
        text = line_edit_read(&shell->editor, PROMPT);
        if (text)
            run_line(shell, text);
    }
}
