/* program_run.c - runs a program by its name.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "callback.h"
#include "commands.h"
#include "fault_report.h"
#include "fs/error.h"
#include "legacy.h"
#include "print.h"
#include "program_load.h"
#include "program_memory.h"
#include "system_calls.h"
#include "text.h"
#include "work.h"
#include <pure64/layout.h>
#include <pure64/string.h>

#define SUFFIX ".app"
#define SUFFIX_LENGTH (sizeof SUFFIX - 1)

static int has_suffix(const char *name)
{
    size_t length = strlen(name);

    return length > SUFFIX_LENGTH &&
           text_equal(name + length - SUFFIX_LENGTH, SUFFIX);
}

/* A file of exactly that name, else one with .app behind it; a folder of the
 * name counts only if there is neither. Into files.entry and files.place. */
static int find_here(const char *name)
{
    static char with_suffix[COMMAND_LINE_SIZE + SUFFIX_LENGTH];
    size_t length = strlen(name);
    int error = files_find(&files, name);
    int folder = !error && (files.entry.attributes & FAT_ATTRIBUTE_FOLDER);

    if (!folder && error != FS_ENOTFOUND)
        return error;
    memcpy(with_suffix, name, length);
    memcpy(with_suffix + length, SUFFIX, SUFFIX_LENGTH + 1);
    error = files_find(&files, with_suffix);
    if (error == FS_ENOTFOUND && folder)
        return FS_EISFOLDER;
    return error;
}

/* In the current folder, and a plain name also where the system's programs
 * are: in the root of the first volume. */
static int find_program(const char *name)
{
    int error = find_here(name);
    int is_set = files.current.is_set;

    if (error != FS_ENOTFOUND || !is_set || strchr(name, '/') ||
        strchr(name, '\\') || strchr(name, ':'))
        return error;
    files.current.is_set = 0;
    error = find_here(name);
    files.current.is_set = is_set;
    return error;
}

static void fill_memory(const struct baremetal *os,
                        struct program_memory *memory)
{
    struct baremetal_memory program;
    uint64_t low_size = LAYOUT_LOW_RAM_END - LAYOUT_LOW_RAM;

    os->memory(&program);
    memory->flat = LAYOUT_HIGH_RAM;
    memory->size = program.size;
    memory->elf.base = LAYOUT_LOW_RAM;
    memory->elf.limit = LAYOUT_LOW_RAM_END;
    if (low_size > program.size)
        low_size = program.size;
    memory->elf.end = LAYOUT_LOW_RAM + low_size;
}

/* What the program's image leaves of the memory is for memory_allocate, at
 * the addresses where all of it is seen. */
static void give_memory(const struct baremetal *os,
                        const struct program_image *image)
{
    struct program_memory memory;
    uint64_t start = UINT64_MAX, end = 0;

    fill_memory(os, &memory);
    for (unsigned i = 0; i < image->plan.count; i++) {
        const struct elf_segment *segment = &image->plan.segments[i];
        uint64_t base = segment->address - memory.elf.base;

        if (start > base)
            start = base;
        if (end < base + segment->memory_size)
            end = base + segment->memory_size;
    }
    if (!image->is_elf) {
        start = 0;
        end = image->plan.needed; /* the file */
    }
    program_memory_reset(memory.flat, memory.size, memory.flat + start,
                         memory.flat + end);
}

static int load(struct shell *shell, const char *name,
                struct program_image *image)
{
    struct program_memory memory;
    struct fat_file file;
    int error = find_program(name);

    shell->is_loaded = 0;
    if (!error)
        error = fat_file_open(&files.place.volume->fat, &files.entry, &file);
    if (error)
        return error;
    fill_memory(shell->os, &memory);
    return program_load(&file, has_suffix(files.entry.name) ||
                        has_suffix(files.entry.short_name), &memory, image);
}

/* The program in the current folder whose name is most like that one, if it is
 * more like it than `least` steps; 0 if there is none. */
static const char *nearest_program(const char *name, unsigned least)
{
    static char nearest[COMMAND_DISTANCE_NAME + 1];
    uint64_t cursor = 0;

    nearest[0] = 0;
    while (files_list(&files, "", &cursor) > 0) {
        size_t length = strlen(files.entry.name);
        unsigned steps;

        if (!has_suffix(files.entry.name) ||
            length - SUFFIX_LENGTH > COMMAND_DISTANCE_NAME)
            continue;
        files.entry.name[length - SUFFIX_LENGTH] = 0;
        steps = command_distance(name, files.entry.name);
        if (steps < least && steps < length - SUFFIX_LENGTH) {
            least = steps;
            memcpy(nearest, files.entry.name, length - SUFFIX_LENGTH + 1);
        }
    }
    return nearest[0] ? nearest : 0;
}

static void explain_not_found(const char *name)
{
    const struct command *command = command_nearest(name);
    unsigned steps = command ? command_distance(name, command->name)
                             : COMMAND_DISTANCE_MAX + 1;
    const char *nearest = nearest_program(name, steps);

    if (!nearest && command)
        nearest = command->name;
    if (nearest)
        shell_complain("%s: not found; did you mean %s?\n", name, nearest);
    else
        shell_complain("%s: not found; help lists the commands, "
                       "ls the programs\n", name);
}

static void explain(const char *name, int error,
                    const struct program_image *image)
{
    if (error == FS_ENOTFOUND)
        explain_not_found(name);
    else if (error == FS_EISFOLDER)
        shell_complain("%s: not a program: it is a folder\n", name);
    else if (error == STORAGE_ENOVOLUME && !files.current.is_set) {
        shell_complain("%s: not found; it is no command, and there is "
                       "nothing to load programs from\n", name);
        storage_explain(&files.storage);
    } else if (error <= STORAGE_ENODISK && error >= FILES_ELAST)
        shell_complain("%s: %s\n", name, files_error_text(error));
    else
        program_explain(&output_console, name, error, image);
}

/* A flat program leaves no status worth a word in RAX. */
static void start(struct shell *shell, int argc, char **argv,
                  const struct program_image *image)
{
    struct kernel_program program = {
        .entry = image->entry,
        .argc = argc,
        .argv = argv,
    };
    const char *name = argv[0];
    int end, error;

    work_reset();
    legacy_reset(image->entry);
    system_program_begin(name);
    give_memory(shell->os, image);
    output_command_end();
    file_calls_begin();
    end = shell->kernel->program_run(&program);
    callback_reset();
    system_program_end();
    error = file_calls_end();

    /* However it ended: there may have been a fault just before. */
    fault_report(&output_console, shell->kernel, name);
    if (end == PROGRAM_STOPPED) {
        shell->stopped = 1;
        shell_start_line(shell);
        shell_complain("%s: stopped\n", name);
    } else if (end == PROGRAM_RETURNED && image->is_elf && program.status) {
        shell_start_line(shell);
        shell_complain("%s: exit status %d\n", name, program.status);
    }
    if (error)
        shell_complain("%s: when its files were closed: %s\n", name,
                       files_error_text(error));
}

static struct program_image image;

void shell_run_program(struct shell *shell, int argc, char **argv)
{
    int error = load(shell, argv[0], &image);

    if (error)
        explain(argv[0], error, &image);
    else
        start(shell, argc, argv, &image);
}

void shell_load_program(struct shell *shell, const char *name)
{
    int error = load(shell, name, &image);

    if (error) {
        explain(name, error, &image);
        return;
    }
    memcpy(shell->loaded_name, name, strlen(name) + 1);
    shell->is_loaded = 1;
    print(shell->os, "%s: entry at %lx; exec runs it\n", name, image.entry);
}

void shell_exec_program(struct shell *shell, int argc, char **argv)
{
    if (!shell->is_loaded) {
        shell_complain("%s: no program is loaded\n", argv[0]);
        return;
    }
    argv[0] = shell->loaded_name;
    start(shell, argc, argv, &image);
}
