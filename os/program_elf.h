/* program_elf.h - reading the plan of an ELF program from its headers.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Knows nothing of disks or memory: the file is read through a function, and
 * nothing is loaded here.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Negative, and apart from enum fs_error: loading returns either. */
enum program_error {
    PROGRAM_EEMPTY = -101,    /* a file without contents */
    PROGRAM_EKIND = -102,     /* neither ELF nor named .app */
    PROGRAM_ETRUNCATED = -103,/* headers or segments beyond the file's end */
    PROGRAM_EMACHINE = -104,  /* for another processor; see plan.machine */
    PROGRAM_EFORMAT = -105,   /* ELF header values that cannot be */
    PROGRAM_ETYPE = -106,     /* not an executable at a fixed address */
    PROGRAM_EDYNAMIC = -107,  /* needs a dynamic linker */
    PROGRAM_ENOTE = -108,     /* not linked for BareMetal */
    PROGRAM_EVERSION = -109,  /* for a newer interface; see plan.version */
    PROGRAM_EADDRESS = -110,  /* a segment outside the program's addresses */
    PROGRAM_EMEMORY = -111,   /* too large; see needed and available */
    PROGRAM_EOVERLAP = -112,  /* two segments claim the same bytes */
    PROGRAM_EENTRY = -113,    /* entry point outside executable code */
};

/* The file: reads exactly size bytes, or returns a negative error. Never
 * called for bytes beyond `size`. */
struct elf_source {
    int (*read)(struct elf_source *source, uint64_t offset, void *buffer,
                size_t size);
    uint64_t size;
};

/* Addresses a program may be linked at: base to limit, of which there is
 * memory from base to end. */
struct elf_window {
    uint64_t base, end, limit;
};

struct elf_segment {
    uint64_t offset, address;
    uint64_t file_size, memory_size; /* the rest is zeroed */
    int executable;
};

#define ELF_SEGMENTS_MAX 16

struct elf_plan {
    uint64_t entry;
    unsigned count;
    struct elf_segment segments[ELF_SEGMENTS_MAX];

    /* For the message after an error. */
    uint16_t machine;       /* e_machine; ELF_MACHINE_X86_64 is ours */
    uint8_t bits;           /* 32 or 64 */
    uint8_t big_endian;
    uint32_t version;       /* of the interface it was made for */
    uint64_t address;       /* of the segment that is outside */
    uint64_t needed, available; /* bytes */
};

#define ELF_MAGIC 0x464C457F
#define ELF_MACHINE_X86_64 62

/* Checks everything a loader relies on and fills the plan. 0, a negative
 * enum program_error, or what source->read returned. The numbers for the
 * message are 0 where they do not apply. System V ABI, "Object Files". */
int elf_read_plan(struct elf_source *source, const struct elf_window *window,
                  struct elf_plan *plan);

/* "AArch64" and the like; "machine N" is for the caller: 0 if unknown. */
const char *elf_machine_text(uint16_t machine);
