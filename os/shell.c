/* shell.c - the command line: reads a line, runs what it names.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "fault_report.h"
#include "print.h"
#include "utf8.h"
#include "text.h"
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define PROMPT "> "
#define LIST_SUFFIX ".txt"
#define LIST_SUFFIX_LENGTH (sizeof LIST_SUFFIX - 1)
/* Of the current folder, the end is shown. */
#define PROMPT_FOLDER 30
#define PROMPT_CUT "..."

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

int shell_is_file(const char *path)
{
    return !files_find(&files, path) &&
           !(files.entry.attributes & FAT_ATTRIBUTE_FOLDER);
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

static int has_list_suffix(const char *name)
{
    size_t length = strlen(name);

    return length > LIST_SUFFIX_LENGTH &&
           text_equal(name + length - LIST_SUFFIX_LENGTH, LIST_SUFFIX);
}

void shell_run_words(struct shell *shell, int count, char **words)
{
    const struct command *command = command_find(words[0]);

    if (command)
        run_command(shell, command, count, words);
    else if (count == 1 && has_list_suffix(words[0]) &&
             shell_is_file(words[0]))
        shell_add_list(shell, words, words[0]);
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
static void end_line(const struct shell *shell)
{
    int error = output_to_console();

    if (error)
        shell_complain_file(shell->output_name, error);
    error = files_close_all(&files, FILES_SYSTEM);
    if (!error)
        error = files_forget(&files);
    else
        files_forget(&files);
    if (error)
        shell_complain("disk: %s\n", files_error_text(error));
}

/* Text up to a ; or the end of the line. */
static void run_text(struct shell *shell, const char *text)
{
    struct command_scratch *scratch = command_scratch(shell->os);
    struct command_line *line = &scratch->line;
    int error, count = command_line_parse(line, text);

    shell->line = line;
    shell->output_name = line->output;
    if (count > 0) {
        error = wildcard_expand(&scratch->expansion, line, &files);
        count = error ? error : line->count;
    }
    if (count < 0)
        shell_complain("%s\n", command_line_error_text(count));
    if (!count && (line->output || line->input))
        shell_complain("a command is missing before < or >\n");
    command_list_keep(&shell->list, line->rest);
    if (count > 0 && !redirect(line)) {
        output_command_start(!command_list_name(&shell->list) &&
                             !line->output);
        shell_run_words(shell, line->count, line->words);
        shell->stopped |= output_ctrl_c();
        output_command_end();
    }
    end_line(shell);
}

/* What was typed goes on when lists are at their end. */
static void run_all(struct shell *shell)
{
    const char *name, *text;

    shell->stopped = 0;
    while ((text = command_list_next(&shell->list, &name))) {
        if (name)
            shell_complain("%s> %s\n", name, text);
        run_text(shell, text);
        shell_start_line(shell);
        if (!shell->stopped)
            continue;
        name = command_list_name(&shell->list);
        if (name)
            shell_complain("%s: stopped\n", name);
        command_list_clear(&shell->list);
    }
}

void shell_run_line(struct shell *shell, const char *text)
{
    size_t length = strlen(text), room;
    int error;
    char *to = command_list_open(&shell->list, 0, &room, &error);

    if (!to || length > room)
        return; /* nothing else waits: there is room for any line */
    memcpy(to, text, length);
    command_list_close(&shell->list, length);
    run_all(shell);
}

/* ---- lists of commands */

/* 0, an enum command_list_error or an error of files.h. */
static int read_list(struct command_list *list, const char *path)
{
    size_t room, done;
    uint32_t size;
    int error, close_error;
    char *text = command_list_open(list, path, &room, &error);
    int file = files_open(&files, path, BAREMETAL_FILE_READ, FILES_SYSTEM);

    if (file < 0)
        return file;
    files_tell(&files, file, 0, &size);
    if (text && size > room) {
        text = 0;
        error = COMMAND_LIST_EFULL;
    }
    if (text)
        error = files_read(&files, file, text, size, &done);
    close_error = files_close(&files, file);
    if (error || close_error)
        return error ? error : close_error;
    return command_list_close(list, done);
}

static int add_list(struct shell *shell, const char *path)
{
    int error = read_list(&shell->list, path);
    const char *text = command_list_error_text(error);

    if (error && text)
        shell_complain("%s: %s\n", path, text);
    else if (error)
        shell_complain_file(path, error);
    return error;
}

/* It runs when files of < and > are closed, and a time was taken. */
void shell_add_list(struct shell *shell, char **words, const char *path)
{
    const struct command_line *line = shell->line;

    if (words != line->words || line->input || line->output)
        shell_complain("%s: a list of commands is neither timed nor "
                       "redirected; its lines can be\n", path);
    else
        add_list(shell, path);
}

void shell_run_list(struct shell *shell, const char *path)
{
    if (!add_list(shell, path))
        run_all(shell);
}

/* The end of a path that is too long for a prompt, from the start of a name
 * or at least of a character. */
static const char *path_end(const char *path)
{
    const char *end = path + strlen(path) - PROMPT_FOLDER;
    const char *name = strchr(end, '/');

    if (name)
        return name;
    while (utf8_is_inside(*end))
        end++;
    return end;
}

/* "> " in the root of the first volume, with the folder before it elsewhere. */
static const char *make_prompt(char *text)
{
    char path[FILES_PATH + 16];
    const char *start = path;
    size_t length = 0;

    if (files.current.is_set && !files_current(&files, path, sizeof path)) {
        if (strlen(path) > PROMPT_FOLDER) {
            start = path_end(path);
            memcpy(text, PROMPT_CUT, sizeof PROMPT_CUT);
            length = sizeof PROMPT_CUT - 1;
        }
        memcpy(text + length, start, strlen(start));
        length += strlen(start);
    }
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
    char prompt[sizeof PROMPT_CUT + PROMPT_FOLDER + sizeof PROMPT];

    command_list_clear(&shell->list); /* after an exception: it is lost */
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
