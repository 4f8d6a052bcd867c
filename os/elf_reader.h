/* elf_reader.h - reading a part of an ELF file byte by byte, and what stands
 * in it: numbers and names.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For files that nobody has checked: a read behind the end of the part, or one
 * that fails, gives 0 from then on and is remembered in `failed`.
 */
#pragma once
#include "program_elf.h"

#define ELF_READER_BYTES 512 /* read at once */

struct elf_part {
    uint64_t offset, size;   /* size 0: there is none */
};

struct elf_reader {
    struct elf_source *source;
    uint64_t next, end;      /* offsets in the file */
    uint64_t start;          /* of what is in bytes[] */
    uint32_t count;
    int failed;
    uint8_t bytes[ELF_READER_BYTES];
};

/* From the start of the part, which is cut where the file ends. */
void elf_reader_start(struct elf_reader *reader, struct elf_source *source,
                      struct elf_part part);

/* 1 while something is left. */
static inline int elf_reader_more(const struct elf_reader *reader)
{
    return !reader->failed && reader->next < reader->end;
}

/* Little-endian, 1 to 8 bytes. */
uint64_t elf_read(struct elf_reader *reader, unsigned bytes);
/* DWARF 5, 7.6 "Variable Length Data"; bits beyond 64 are lost. */
uint64_t elf_read_uleb(struct elf_reader *reader);
int64_t elf_read_sleb(struct elf_reader *reader);
void elf_skip(struct elf_reader *reader, uint64_t bytes);
/* A text up to its NUL: as much of it as fits, signs other than printable
 * ASCII as '?', with a NUL. Of a path only what is behind the last '/'. */
void elf_read_text(struct elf_reader *reader, char *text, size_t size);
