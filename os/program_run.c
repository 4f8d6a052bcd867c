/* program_run.c - runs a program by its name.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "fault_report.h"
#include "fs/error.h"
#include "legacy.h"
#include "print.h"
#include "program_load.h"
#include "program_memory.h"
#include "shell.h"
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
 * name counts only if there is neither. */
static int find_program(struct shell *shell, struct fat_volume *volume,
                        const char *name)
{
    char with_suffix[COMMAND_LINE_SIZE + SUFFIX_LENGTH];
    size_t length = strlen(name);
    int error = fat_find(volume, name, &shell->entry);
    int folder = !error && (shell->entry.attributes & FAT_ATTRIBUTE_FOLDER);

    if (!folder && error != FS_ENOTFOUND)
        return error;
    memcpy(with_suffix, name, length);
    memcpy(with_suffix + length, SUFFIX, SUFFIX_LENGTH + 1);
    error = fat_find(volume, with_suffix, &shell->entry);
    if (error == FS_ENOTFOUND && folder)
        return FS_EISFOLDER;
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
    struct fat_volume *volume = &shell->storage.volume;
    struct program_memory memory;
    struct fat_file file;
    int error = find_program(shell, volume, name);

    if (!error)
        error = fat_file_open(volume, &shell->entry, &file);
    if (error)
        return error;
    fill_memory(shell->os, &memory);
    return program_load(&file, has_suffix(shell->entry.name) ||
                        has_suffix(shell->entry.short_name), &memory, image);
}

static void explain(struct shell *shell, const char *name, int error,
                    const struct program_image *image)
{
    if (error == FS_ENOTFOUND)
        print(shell->os, "%s: not found; help lists the commands, "
              "ls the programs\n", name);
    else if (error == FS_EISFOLDER)
        print(shell->os, "%s: not a program: it is a folder\n", name);
    else
        program_explain(shell->os, name, error, image);
}

static void print_status(const struct baremetal *os, const char *name,
                         int status)
{
    struct baremetal_screen screen;

    os->screen(&screen);
    print(os, "%s%s: exit status %d\n", screen.column ? "\n" : "", name,
          status);
}

static void print_stopped(const struct baremetal *os, const char *name)
{
    struct baremetal_screen screen;

    os->screen(&screen);
    print(os, "%s%s: stopped\n", screen.column ? "\n" : "", name);
}

/* A flat program leaves no status worth a word in RAX. The disk may have
 * changed under us while a program ran. */
static void start(struct shell *shell, int argc, char **argv,
                  const struct program_image *image)
{
    struct kernel_program program = {
        .entry = image->entry,
        .argc = argc,
        .argv = argv,
    };
    const char *name = argv[0];
    int end;

    work_reset();
    legacy_reset(image->entry);
    give_memory(shell->os, image);
    end = shell->kernel->program_run(&program);

    /* However it ended: there may have been a fault just before. */
    fault_report(shell->os, shell->kernel, name);
    if (end == PROGRAM_STOPPED)
        print_stopped(shell->os, name);
    storage_forget(&shell->storage);
    if (end == PROGRAM_RETURNED && image->is_elf && program.status)
        print_status(shell->os, name, program.status);
}

void program_run(struct shell *shell, int argc, char **argv)
{
    static struct program_image image;
    int error;

    if (!storage_volume(&shell->storage)) {
        print(shell->os, "%s: not found; it is no command, and there is "
              "nothing to load programs from\n", argv[0]);
        storage_explain(&shell->storage);
        return;
    }
    error = load(shell, argv[0], &image);
    if (error)
        explain(shell, argv[0], error, &image);
    else
        start(shell, argc, argv, &image);
}
