/* symbol.c - the function an address is in, by the symbol table of an ELF file.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * System V ABI, "Sections" and "Symbol Table".
 */
#include "symbol.h"
#include <pure64/string.h>

#define HEADER_SECTIONS 40  /* e_shoff; e_shentsize, e_shnum, e_shstrndx */
#define HEADER_COUNTS 58
#define HEADER_SIZE 64
#define SECTION_SIZE 64
#define SECTIONS_MAX 4096
#define SECTION_NAME 20     /* longer names are none that we know */
#define SYMBOL_SIZE 24
#define SYMBOLS_MAX (1u << 20)

#define SHT_SYMTAB 2
#define SHT_NOBITS 8
#define SHF_COMPRESSED 0x800
#define SHN_UNDEF 0
#define SHN_LORESERVE 0xFF00
#define STT_NOTYPE 0        /* labels of assembly */
#define STT_FUNC 2

struct section {
    uint32_t name, type, link;
    uint64_t flags;
    struct elf_part part;
};

struct sections {
    uint64_t table;
    unsigned count, names;
};

static int read_sections(struct symbol_work *work, struct sections *sections)
{
    struct elf_reader *reader = &work->reader;

    elf_reader_start(reader, work->source,
                     (struct elf_part){ 0, HEADER_SIZE });
    elf_skip(reader, HEADER_SECTIONS);
    sections->table = elf_read(reader, 8);
    elf_skip(reader, HEADER_COUNTS - HEADER_SECTIONS - 8);
    if (elf_read(reader, 2) != SECTION_SIZE)
        return 0;
    sections->count = (unsigned)elf_read(reader, 2);
    sections->names = (unsigned)elf_read(reader, 2);
    return !reader->failed && sections->count <= SECTIONS_MAX &&
           sections->table <= work->source->size;
}

static struct section read_section(struct symbol_work *work,
                                   const struct sections *sections,
                                   unsigned number)
{
    struct elf_reader *reader = &work->reader;
    struct section section;

    elf_reader_start(reader, work->source,
                     (struct elf_part){ sections->table +
                                            (uint64_t)number * SECTION_SIZE,
                                        SECTION_SIZE });
    section.name = (uint32_t)elf_read(reader, 4);
    section.type = (uint32_t)elf_read(reader, 4);
    section.flags = elf_read(reader, 8);
    elf_read(reader, 8);
    section.part.offset = elf_read(reader, 8);
    section.part.size = elf_read(reader, 8);
    section.link = (uint32_t)elf_read(reader, 4);
    if (reader->failed || section.type == SHT_NOBITS ||
        section.flags & SHF_COMPRESSED)
        section.part.size = 0;
    return section;
}

/* The text at that place of a table of them. */
static void read_name(struct symbol_work *work, struct elf_part names,
                      uint64_t place, char *text, size_t size)
{
    elf_reader_start(&work->reader, work->source, names);
    elf_skip(&work->reader, place);
    elf_read_text(&work->reader, text, size);
    if (work->reader.failed)
        text[0] = 0;
}

static void find_parts(struct symbol_work *work)
{
    struct symbol_parts *parts = &work->parts;
    const struct {
        char name[SECTION_NAME];
        struct elf_part *part;
    } wanted[] = {
        { ".debug_line", &parts->lines },
        { ".debug_line_str", &parts->line_texts },
        { ".debug_str", &parts->texts },
    };
    struct sections sections;
    struct section names;
    char name[SECTION_NAME];

    memset(parts, 0, sizeof *parts);
    if (!read_sections(work, &sections))
        return;
    names = read_section(work, &sections, sections.names);
    for (unsigned i = 0; i < sections.count; i++) {
        struct section section = read_section(work, &sections, i);

        if (section.type == SHT_SYMTAB) {
            parts->symbols = section.part;
            parts->names = read_section(work, &sections, section.link).part;
            continue;
        }
        read_name(work, names.part, section.name, name, sizeof name);
        for (unsigned k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
            if (!strcmp(name, wanted[k].name))
                *wanted[k].part = section.part;
    }
}

/* A function reaches as far as it says, a label up to the next one. */
static void match(struct symbol *symbol, uint32_t name, unsigned type,
                  uint64_t value, uint64_t size)
{
    if (symbol->address < value ||
        (size && symbol->address - value >= size))
        return;
    if (!symbol->name || value > symbol->value ||
        (value == symbol->value && type == STT_FUNC)) {
        symbol->value = value;
        symbol->name = name + 1;
    }
}

static void find_functions(struct symbol_work *work, struct symbol *symbols,
                           unsigned count)
{
    struct elf_reader *reader = &work->reader;

    elf_reader_start(reader, work->source, work->parts.symbols);
    for (unsigned i = 0; i < SYMBOLS_MAX && elf_reader_more(reader); i++) {
        uint32_t name = (uint32_t)elf_read(reader, 4);
        unsigned type = (unsigned)elf_read(reader, 2) & 0xF;
        unsigned section = (unsigned)elf_read(reader, 2);
        uint64_t value = elf_read(reader, 8), size = elf_read(reader, 8);

        if (reader->failed || section == SHN_UNDEF ||
            section >= SHN_LORESERVE ||
            (type != STT_FUNC && type != STT_NOTYPE))
            continue;
        for (unsigned k = 0; k < count; k++)
            match(&symbols[k], name, type, value, size);
    }
    for (unsigned k = 0; k < count; k++)
        if (symbols[k].name)
            read_name(work, work->parts.names, symbols[k].name - 1,
                      symbols[k].function, sizeof symbols[k].function);
}

void symbol_find(struct symbol_work *work, struct elf_source *source,
                 struct symbol *symbols, unsigned count)
{
    work->source = source;
    find_parts(work);
    find_functions(work, symbols, count);
    dwarf_line_find(work, symbols, count);
}
