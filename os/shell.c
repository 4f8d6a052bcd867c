/* shell.c - the command line: reads a line, runs what it names.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "fault_report.h"
#include "print.h"
#include "utf8.h"
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define PROMPT "> "
/* Of the current folder, the end is shown. */
#define PROMPT_FOLDER 30

void shell_start_line(const struct shell *shell)
{
    struct baremetal_screen screen;

    shell->os->screen(&screen);
    if (screen.column)
        shell_complain("\n");
}

int shell_complain_file(const char *name, int error)
{
    if (error == STORAGE_ENOVOLUME && !files.current.is_set &&
        !strchr(name, ':'))
        storage_explain(&files.storage);
    else
        shell_complain("%s: %s\n", name, files_error_text(error));
    return error;
}

static void run_command(struct shell *shell, const struct command *command,
                        int count, char **words)
{
    const char *what = count - 1 > command->arguments_max   ? "too many"
                       : count - 1 < command->arguments_min ? "too few"
                                                            : 0;

    if (what) {
        shell_complain("%s: %s arguments; usage: %s%s%s\n", words[0], what,
                       words[0], command->usage[0] ? " " : "",
                       command->usage);
        return;
    }
    command->run(shell, count, words);
}

void shell_run_words(struct shell *shell, int count, char **words)
{
    const struct command *command = command_find(words[0]);

    if (command)
        run_command(shell, command, count, words);
    else
        shell_run_program(shell, count, words);
}

static int redirect(const struct command_line *line)
{
    unsigned flags = BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE |
                     (line->append ? BAREMETAL_FILE_APPEND
                                   : BAREMETAL_FILE_TRUNCATE);
    int file;

    if (line->input) {
        file = files_open(&files, line->input, BAREMETAL_FILE_READ,
                          FILES_SYSTEM);
        if (file < 0)
            return shell_complain_file(line->input, file);
        output_from_file(file);
    }
    if (line->output) {
        file = files_open(&files, line->output, flags, FILES_SYSTEM);
        if (file < 0)
            return shell_complain_file(line->output, file);
        output_to_file(file);
    }
    return 0;
}

/* What the line did is on the disks when the next prompt comes; then they are
 * looked at anew, for they may have been changed, or exchanged. */
static void end_line(const struct command_line *line)
{
    int error = output_to_console();

    if (error)
        shell_complain_file(line->output ? line->output : "output", error);
    error = files_close_all(&files, FILES_SYSTEM);
    if (!error)
        error = files_forget(&files);
    else
        files_forget(&files);
    if (error)
        shell_complain("disk: %s\n", files_error_text(error));
}

void shell_run_line(struct shell *shell, const char *text)
{
    struct command_line *line = &shell->line;
    int count = command_line_parse(line, text);

    if (count < 0)
        shell_complain("%s\n", command_line_error_text(count));
    if (!count && (line->output || line->input))
        shell_complain("a command is missing before < or >\n");
    if (count <= 0)
        return;
    if (!redirect(line)) {
        output_command_start(!shell->batch && !line->output);
        shell_run_words(shell, line->count, line->words);
        if (shell->batch)
            shell->stopped |= output_stopped();
        output_command_end();
    }
    end_line(line);
}

/* "> " in the root of the first volume, with the folder before it elsewhere. */
static const char *make_prompt(char *text)
{
    char path[FILES_PATH + 16];
    size_t length;

    text[0] = 0;
    if (files.current.is_set && !files_current(&files, path, sizeof path)) {
        const char *start = path;

        length = strlen(path);
        if (length > PROMPT_FOLDER)
            start += length - PROMPT_FOLDER;
        while (utf8_is_inside(*start))
            start++;
        memcpy(text, start, strlen(start) + 1);
    }
    length = strlen(text);
    memcpy(text + length, PROMPT, sizeof PROMPT);
    return text;
}

/* How long the start took can be read from there. */
static void note_first_prompt(void)
{
    if (!SYSINFO_EXTENSION->t_prompt)
        SYSINFO_EXTENSION->t_prompt = cpu_tsc();
}

void shell_loop(struct shell *shell)
{
    char prompt[PROMPT_FOLDER + sizeof PROMPT];

    for (;;) {
        const char *text;

        /* Those of other CPUs, which nothing else waits for. */
        fault_report(shell->kernel, 0);
        shell_start_line(shell);
        note_first_prompt();
        text = line_edit_read(&shell->editor, make_prompt(prompt));
        if (text)
            shell_run_line(shell, text);
    }
}
