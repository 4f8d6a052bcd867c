/* program_load.c - loads flat and ELF programs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "program_load.h"
#include "fs/error.h"
#include "fs/little_endian.h"
#include "print.h"
#include <pure64/string.h>

static int read_at(struct fat_file *file, uint64_t offset, void *buffer,
                   size_t size)
{
    size_t done;
    int error = offset > file->size ? FS_ERANGE
                                    : fat_file_seek(file, (uint32_t)offset);

    if (!error)
        error = fat_file_read(file, buffer, size, &done);
    if (!error && done != size)
        error = FS_ESHORT;
    return error;
}

static int source_read(struct elf_source *source, uint64_t offset,
                       void *buffer, size_t size)
{
    return read_at(((struct program_source *)source)->file, offset, buffer,
                   size);
}

struct program_source program_source(struct fat_file *file)
{
    return (struct program_source){
        .source = { .read = source_read, .size = file->size },
        .file = file,
    };
}

static int load_elf(struct fat_file *file, const struct elf_window *window,
                    struct program_image *image)
{
    struct program_source source = program_source(file);
    int error = elf_read_plan(&source.source, window, &image->plan);

    for (unsigned i = 0; !error && i < image->plan.count; i++) {
        const struct elf_segment *segment = &image->plan.segments[i];
        uint8_t *to = (uint8_t *)(uintptr_t)segment->address;

        error = read_at(file, segment->offset, to, segment->file_size);
        if (!error)
            memset(to + segment->file_size, 0,
                   segment->memory_size - segment->file_size);
    }
    image->entry = image->plan.entry;
    return error;
}

static int load_flat(struct fat_file *file,
                     const struct program_memory *memory,
                     struct program_image *image)
{
    image->plan.needed = file->size;
    image->plan.available = memory->size;
    if (file->size > memory->size)
        return PROGRAM_EMEMORY;
    image->entry = memory->flat;
    return read_at(file, 0, (void *)(uintptr_t)memory->flat, file->size);
}

int program_load(struct fat_file *file, int is_flat_name,
                 const struct program_memory *memory,
                 struct program_image *image)
{
    uint8_t magic[4] = { 0 };
    int error;

    memset(image, 0, sizeof *image);
    if (!file->size)
        return PROGRAM_EEMPTY;
    error = read_at(file, 0, magic, file->size < 4 ? file->size : 4);
    if (error)
        return error;
    image->is_elf = load32(magic) == ELF_MAGIC;
    if (image->is_elf)
        return load_elf(file, &memory->elf, image);
    return is_flat_name ? load_flat(file, memory, image) : PROGRAM_EKIND;
}

/* Errors that need no numbers. */
static const char *const texts[] = {
    [PROGRAM_EEMPTY - PROGRAM_EEMPTY] = "not a program: the file is empty",
    [PROGRAM_EEMPTY - PROGRAM_EKIND] =
        "not a program: neither ELF nor named .app",
    [PROGRAM_EEMPTY - PROGRAM_ETRUNCATED] =
        "not a program: the ELF file is truncated",
    [PROGRAM_EEMPTY - PROGRAM_EFORMAT] =
        "not a program: the ELF header is damaged",
    [PROGRAM_EEMPTY - PROGRAM_ETYPE] =
        "not a program: the ELF file is not linked to a fixed address",
    [PROGRAM_EEMPTY - PROGRAM_EDYNAMIC] =
        "not linked for BareMetal: it needs a dynamic linker",
    [PROGRAM_EEMPTY - PROGRAM_ENOTE] =
        "not linked for BareMetal: it has no BareMetal note",
    [PROGRAM_EEMPTY - PROGRAM_EOVERLAP] =
        "not a program: ELF segments overlap",
    [PROGRAM_EEMPTY - PROGRAM_EENTRY] =
        "not a program: its entry point is outside its code",
};

static void explain_machine(const struct baremetal *os,
                            const struct elf_plan *plan)
{
    const char *text = elf_machine_text(plan->machine);

    print(os, "wrong machine: made for ");
    if (text)
        print(os, "%s", text);
    else
        print(os, "machine %u", plan->machine);
    print(os, " (%u-bit%s), this one is x86-64 (64-bit)\n", plan->bits,
          plan->big_endian ? ", big-endian" : "");
}

void program_explain(const struct baremetal *os, const char *name, int error,
                     const struct program_image *image)
{
    const struct elf_plan *plan = &image->plan;
    unsigned index = (unsigned)(PROGRAM_EEMPTY - error);

    print(os, "%s: ", name);
    switch (error) {
    case PROGRAM_EMACHINE:
        explain_machine(os, plan);
        break;
    case PROGRAM_EVERSION:
        print(os, "needs program interface %u, this system has %u\n",
              plan->version, BAREMETAL_VERSION);
        break;
    case PROGRAM_EADDRESS:
        print(os, "not linked for BareMetal: no memory for programs at %lx\n",
              plan->address);
        break;
    case PROGRAM_EMEMORY:
        print(os, "too large: needs %lu KiB, %lu KiB free\n",
              (plan->needed + 1023) / 1024, plan->available / 1024);
        break;
    default:
        if (index < sizeof texts / sizeof texts[0] && texts[index])
            print(os, "%s\n", texts[index]);
        else
            print(os, "%s\n", fs_error_text(error));
    }
}
