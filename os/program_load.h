/* program_load.h - bringing a program file into memory.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "fs/fat.h"
#include "program_elf.h"

/* The memory of a program: seen at both addresses, from the same byte on. */
struct program_memory {
    uint64_t flat;      /* where flat programs are loaded and entered */
    struct elf_window elf;
    uint64_t size;      /* bytes behind `flat` */
};

struct program_image {
    uint64_t entry;
    int is_elf;
    struct elf_plan plan; /* after an error its numbers for the message */
};

/* Loads the file straight to its place; `is_flat_name`: its name ends with
 * .app, so without an ELF header it is a flat binary. 0, a negative enum
 * program_error or a negative enum fs_error. After an error the memory's
 * contents are undefined. */
int program_load(struct fat_file *file, int is_flat_name,
                 const struct program_memory *memory,
                 struct program_image *image);

/* The file as the readers of ELF files take it. */
struct program_source {
    struct elf_source source; /* first: the address of both is one */
    struct fat_file *file;
};
struct program_source program_source(struct fat_file *file);

/* Says in one line why the program could not be loaded. */
struct baremetal;
void program_explain(const struct baremetal *os, const char *name, int error,
                     const struct program_image *image);
