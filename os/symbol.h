/* symbol.h - which function an address of a program is in, and which line of
 * its source: from the ELF file.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Nothing in the file is trusted: what is damaged yields no names, or wrong
 * ones, but every loop ends and nothing else is touched.
 */
#pragma once
#include "elf_reader.h"

#define SYMBOL_NAME 48
#define SYMBOL_FILE 40

/* An address, and what was found; all of it 0 at first but the address. */
struct symbol {
    uint64_t address;
    uint64_t value;            /* where the function starts */
    uint32_t name;             /* its place in the table of names, plus 1 */
    uint32_t line;             /* 0: not known */
    uint32_t file_index;       /* dwarf_line.c's: valid in its unit */
    uint8_t found;             /* and these: its row is known, its file's */
    uint8_t in_unit;           /* name is not yet */
    char function[SYMBOL_NAME]; /* empty: not known */
    char file[SYMBOL_FILE];    /* without folders */
};

/* Where things stand in the file. */
struct symbol_parts {
    struct elf_part symbols, names;       /* .symtab and its strings */
    struct elf_part lines;                /* .debug_line */
    struct elf_part line_texts, texts;    /* .debug_line_str, .debug_str */
};

/* Memory that the search needs: more than a stack should hold. */
struct symbol_work {
    struct elf_source *source;
    struct symbol_parts parts;
    struct elf_reader reader, text_reader;
};

/* Fills in what the file says of `count` addresses. Reads each table once. */
void symbol_find(struct symbol_work *work, struct elf_source *source,
                 struct symbol *symbols, unsigned count);

/* dwarf_line.c: the part of that which is about lines. */
void dwarf_line_find(struct symbol_work *work, struct symbol *symbols,
                     unsigned count);
