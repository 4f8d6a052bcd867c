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
#include "system.h"
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
    char *with_suffix = command_scratch(os_system.os)->target;
    size_t length = strlen(name);
    int error = files_find(&files, name);
    int folder = !error && (files.entry.attributes & FAT_ATTRIBUTE_FOLDER);

    if (length + SUFFIX_LENGTH >= TREE_PATH)
        return FILES_EPATH;
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

/* The bytes of program memory that the image takes, counted from its start. */
static void image_range(const struct program_memory *memory,
                        const struct program_image *image, uint64_t *start,
                        uint64_t *end)
{
    *start = UINT64_MAX;
    *end = 0;
    for (unsigned i = 0; i < image->plan.count; i++) {
        const struct elf_segment *segment = &image->plan.segments[i];
        uint64_t base = segment->address - memory->elf.base;

        if (*start > base)
            *start = base;
        if (*end < base + segment->memory_size)
            *end = base + segment->memory_size;
    }
    if (!image->is_elf) {
        *start = 0;
        *end = image->plan.needed; /* the file */
    }
}

/* What the program's image leaves of the memory is for memory_allocate, at
 * the addresses where all of it is seen. */
static void give_memory(const struct baremetal *os,
                        const struct program_image *image)
{
    struct program_memory memory;
    uint64_t start, end;

    fill_memory(os, &memory);
    image_range(&memory, image, &start, &end);
    program_memory_reset(memory.flat, memory.size, memory.flat + start,
                         memory.flat + end);
}

/* What tells one file from another that got its name. */
static struct {
    uint32_t size, first_cluster;
    uint16_t date, time;
} loaded;

static void keep_file(const struct fat_entry *entry)
{
    loaded.size = entry->size;
    loaded.first_cluster = entry->first_cluster;
    loaded.date = entry->date;
    loaded.time = entry->time;
}

/* Opens the file of the program that has ended, if it is still there. */
static int reopen(const struct fault_program *program, struct fat_file *file)
{
    const struct fat_entry *entry = &files.entry;

    return !find_program(program->name) && loaded.size == entry->size &&
           loaded.first_cluster == entry->first_cluster &&
           loaded.date == entry->date && loaded.time == entry->time &&
           !fat_file_open(&files.place.volume->fat, entry, file);
}

/* 1 if commands that come before `exec` leave it alone. */
static int can_stay(const struct baremetal *os,
                    const struct program_image *image)
{
    struct program_memory memory;
    uint64_t start, end;
    const void *commands = files.storage.spare; /* the lower one, if any */
    size_t size;

    if (!commands)
        commands = shell_memory(os, &size);
    fill_memory(os, &memory);
    image_range(&memory, image, &start, &end);
    return memory.flat + end <= (uint64_t)(uintptr_t)commands;
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
    keep_file(&files.entry);
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
    struct fault_program reported = {
        .name = argv[0], .argc = argc, .argv = argv, .image = image,
        .open = reopen,
    };
    const char *name = argv[0];
    int end, error;

    fault_begin(&reported);
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
    fault_report(shell->kernel, &reported);
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

/* Words are in memory that becomes the program's; so is the name of the file
 * for its output, which follows them here. */
static char **keep_words(struct shell *shell, int argc, char **argv)
{
    const char *output = shell->output_name;
    char *last = argv[argc], **kept;

    if (output)
        argv[argc] = (char *)(uintptr_t)output;
    kept = command_list_words(&shell->list, argc + (output != 0), argv);
    argv[argc] = last;
    if (!kept) {
        shell_complain("%s: too many words for a program, or too long ones\n",
                       argv[0]);
    } else if (output) {
        shell->output_name = kept[argc];
        kept[argc] = 0;
    }
    return kept;
}

void shell_run_program(struct shell *shell, int argc, char **argv)
{
    int error;

    argv = keep_words(shell, argc, argv);
    if (!argv)
        return;
    error = load(shell, argv[0], &image);
    if (error)
        explain(argv[0], error, &image);
    else
        start(shell, argc, argv, &image);
}

void shell_load_program(struct shell *shell, const char *name)
{
    int error = FILES_EPATH;

    if (strlen(name) < sizeof shell->loaded_name) {
        memcpy(shell->loaded_name, name, strlen(name) + 1);
        name = shell->loaded_name;
        error = load(shell, name, &image);
    }
    if (error) {
        explain(name, error, &image);
        return;
    }
    if (!can_stay(shell->os, &image)) {
        shell_complain("%s: too large to stay in memory beside commands; its "
                       "name alone runs it\n", name);
        return;
    }
    shell->is_loaded = 1;
    print(shell->os, "%s: entry at %lx; exec runs it\n", name, image.entry);
}

uint64_t shell_loaded_bytes(const struct shell *shell)
{
    uint64_t bytes = 0;

    if (!shell->is_loaded)
        return 0;
    if (!image.is_elf)
        return image.plan.needed; /* the file */
    for (unsigned i = 0; i < image.plan.count; i++)
        bytes += image.plan.segments[i].memory_size;
    return bytes;
}

void shell_exec_program(struct shell *shell, int argc, char **argv)
{
    if (!shell->is_loaded) {
        shell_complain("%s: no program is loaded\n", argv[0]);
        return;
    }
    argv[0] = shell->loaded_name;
    argv = keep_words(shell, argc, argv);
    if (argv)
        start(shell, argc, argv, &image);
}
