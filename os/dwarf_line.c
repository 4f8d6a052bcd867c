/* dwarf_line.c - the source line an address is from, by an ELF file's
 * .debug_line.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * DWARF Debugging Information Format, version 5, 6.2 "Line Number
 * Information". Units of other versions are passed over.
 */
#include "symbol.h"
#include <pure64/string.h>

#define VERSION 5
#define LINES_MAX (32u << 20) /* bytes: as much as a second may take */
#define FILES_MAX 65536u
#define FORMATS_MAX 8

enum content { DW_LNCT_PATH = 1 };

enum form {
    DW_FORM_STRING = 0x08,
    DW_FORM_STRP = 0x0E,
    DW_FORM_UDATA = 0x0F,
    DW_FORM_DATA16 = 0x1E,
    DW_FORM_LINE_STRP = 0x1F,
};

enum opcode {
    DW_LNS_EXTENDED = 0, DW_LNS_COPY, DW_LNS_ADVANCE_PC, DW_LNS_ADVANCE_LINE,
    DW_LNS_SET_FILE, DW_LNS_SET_COLUMN, DW_LNS_NEGATE_STMT,
    DW_LNS_BASIC_BLOCK, DW_LNS_CONST_ADD_PC, DW_LNS_FIXED_ADVANCE_PC,
};

enum extended { DW_LNE_END_SEQUENCE = 1, DW_LNE_SET_ADDRESS = 2 };

/* Of one compiled file. */
struct unit {
    uint64_t tables;         /* offset in the file: of folders and files */
    uint64_t program, end;
    unsigned offset_bytes;   /* 4, or 8 in the 64-bit format */
    uint8_t step;            /* minimum_instruction_length */
    int8_t line_base;
    uint8_t line_range, opcode_base;
    uint8_t lengths[256];    /* operands of opcodes that we do not know */
};

struct row {
    uint64_t address;
    uint32_t file, line;
    int valid;
};

struct format {
    uint8_t content, form;
};

/* Reads a unit's header up to its tables: 0 if there is none, or one that we
 * do not understand; unit->end is where the next one starts, or 0. */
static int read_unit(struct elf_reader *reader, struct unit *unit)
{
    uint64_t length = elf_read(reader, 4), header_length;

    memset(unit, 0, sizeof *unit);
    unit->offset_bytes = 4;
    if (length == 0xFFFFFFFF) {
        unit->offset_bytes = 8;
        length = elf_read(reader, 8);
    }
    if (reader->failed || length > reader->end - reader->next)
        return 0;
    unit->end = reader->next + length;
    if (elf_read(reader, 2) != VERSION)
        return 0;
    elf_skip(reader, 2); /* sizes of addresses and segments */
    header_length = elf_read(reader, unit->offset_bytes);
    if (reader->next > unit->end || header_length > unit->end - reader->next)
        return 0;
    unit->program = reader->next + header_length;
    unit->step = (uint8_t)elf_read(reader, 1);
    elf_skip(reader, 2); /* of other processors; is_stmt */
    unit->line_base = (int8_t)elf_read(reader, 1);
    unit->line_range = (uint8_t)elf_read(reader, 1);
    unit->opcode_base = (uint8_t)elf_read(reader, 1);
    for (unsigned i = 1; i < unit->opcode_base; i++)
        unit->lengths[i] = (uint8_t)elf_read(reader, 1);
    unit->tables = reader->next;
    return !reader->failed && unit->line_range && unit->opcode_base;
}

/* ---- the rows */

/* Addresses from the row before up to this one are of that row's line. */
static void compare(const struct row *last, const struct row *row,
                    struct symbol *symbols, unsigned count)
{
    if (!last->valid)
        return;
    for (unsigned i = 0; i < count; i++) {
        struct symbol *symbol = &symbols[i];

        if (symbol->found || symbol->address < last->address ||
            symbol->address >= row->address)
            continue;
        symbol->found = 1;
        symbol->in_unit = 1;
        symbol->line = last->line;
        symbol->file_index = last->file;
    }
}

static const struct row first_row = { .file = 1, .line = 1 };

/* 1 if it ends a sequence. */
static int run_extended(struct elf_reader *reader, struct row *row)
{
    uint64_t length = elf_read_uleb(reader);
    unsigned opcode;

    if (!length)
        return 0;
    opcode = (unsigned)elf_read(reader, 1);
    if (opcode == DW_LNE_SET_ADDRESS && length == 9)
        row->address = elf_read(reader, 8);
    else
        elf_skip(reader, length - 1);
    return opcode == DW_LNE_END_SEQUENCE;
}

static void run_standard(struct elf_reader *reader, const struct unit *unit,
                         unsigned opcode, struct row *row)
{
    switch (opcode) {
    case DW_LNS_ADVANCE_PC:
        row->address += elf_read_uleb(reader) * unit->step;
        break;
    case DW_LNS_ADVANCE_LINE:
        row->line += (uint32_t)elf_read_sleb(reader);
        break;
    case DW_LNS_SET_FILE:
        row->file = (uint32_t)elf_read_uleb(reader);
        break;
    case DW_LNS_CONST_ADD_PC:
        row->address += (uint64_t)((255 - unit->opcode_base) /
                                   unit->line_range) * unit->step;
        break;
    case DW_LNS_FIXED_ADVANCE_PC:
        row->address += elf_read(reader, 2);
        break;
    default: /* nothing of a row that we keep */
        for (unsigned i = 0; i < unit->lengths[opcode]; i++)
            elf_read_uleb(reader);
    }
}

static void run_special(const struct unit *unit, unsigned opcode,
                        struct row *row)
{
    unsigned adjusted = opcode - unit->opcode_base;

    row->address += (uint64_t)(adjusted / unit->line_range) * unit->step;
    row->line += (uint32_t)(unit->line_base +
                            (int)(adjusted % unit->line_range));
}

static void run_program(struct elf_reader *reader, const struct unit *unit,
                        struct symbol *symbols, unsigned count)
{
    struct row row = first_row, last = { 0 };

    elf_skip(reader, unit->program - reader->next);
    while (!reader->failed && reader->next < unit->end) {
        unsigned opcode = (unsigned)elf_read(reader, 1);
        int ends = 0;

        if (opcode >= unit->opcode_base)
            run_special(unit, opcode, &row);
        else if (opcode == DW_LNS_EXTENDED)
            ends = run_extended(reader, &row);
        else
            run_standard(reader, unit, opcode, &row);
        if (!ends && opcode < unit->opcode_base && opcode != DW_LNS_COPY)
            continue;
        compare(&last, &row, symbols, count);
        last = row;
        last.valid = !ends;
        if (ends)
            row = first_row;
    }
}

/* ---- the names of files */

static void set_file(struct symbol *symbols, unsigned count, uint64_t index,
                     const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (symbols[i].in_unit && symbols[i].file_index == index)
            memcpy(symbols[i].file, name, SYMBOL_FILE);
}

static int is_wanted(const struct symbol *symbols, unsigned count,
                     uint64_t index)
{
    for (unsigned i = 0; i < count; i++)
        if (symbols[i].in_unit && symbols[i].file_index == index)
            return 1;
    return 0;
}

static void read_path_at(struct symbol_work *work, struct elf_part texts,
                         uint64_t place, char *path)
{
    elf_reader_start(&work->text_reader, work->source, texts);
    elf_skip(&work->text_reader, place);
    elf_read_text(&work->text_reader, path, SYMBOL_FILE);
}

/* One value of an entry, into `path` if that is not 0. Returns 0 for a form
 * whose length we do not know. */
static int read_value(struct symbol_work *work, const struct unit *unit,
                      unsigned form, char *path)
{
    struct elf_reader *reader = &work->reader;
    char skipped[SYMBOL_FILE];
    uint64_t place;

    switch (form) {
    case DW_FORM_STRING:
        elf_read_text(reader, path ? path : skipped, SYMBOL_FILE);
        break;
    case DW_FORM_LINE_STRP:
    case DW_FORM_STRP:
        place = elf_read(reader, unit->offset_bytes);
        if (path)
            read_path_at(work, form == DW_FORM_STRP ? work->parts.texts
                                                    : work->parts.line_texts,
                         place, path);
        break;
    case DW_FORM_UDATA:
        elf_read_uleb(reader);
        break;
    case DW_FORM_DATA16:
        elf_skip(reader, 16);
        break;
    default: /* folders and files have no others: gcc, clang */
        return 0;
    }
    return 1;
}

/* One table: folders (then nobody is `symbols`) or files. 0 if
 * it cannot be read. */
static int read_table(struct symbol_work *work, const struct unit *unit,
                      struct symbol *symbols, unsigned count)
{
    struct elf_reader *reader = &work->reader;
    struct format formats[FORMATS_MAX];
    unsigned fields = (unsigned)elf_read(reader, 1);
    uint64_t entries;

    if (fields > FORMATS_MAX)
        return 0;
    for (unsigned i = 0; i < fields; i++) {
        formats[i].content = (uint8_t)elf_read_uleb(reader);
        formats[i].form = (uint8_t)elf_read_uleb(reader);
    }
    entries = elf_read_uleb(reader);
    if (entries > FILES_MAX || (entries && !fields))
        return 0;
    for (uint64_t entry = 0; entry < entries && !reader->failed; entry++) {
        char path[SYMBOL_FILE] = "";
        int wanted = is_wanted(symbols, count, entry);

        for (unsigned i = 0; i < fields; i++)
            if (!read_value(work, unit, formats[i].form,
                            wanted && formats[i].content == DW_LNCT_PATH
                                ? path : 0))
                return 0;
        if (wanted)
            set_file(symbols, count, entry, path);
    }
    return !reader->failed;
}

static void name_files(struct symbol_work *work, const struct unit *unit,
                       struct symbol *symbols, unsigned count)
{
    struct elf_reader *reader = &work->reader;

    elf_reader_start(reader, work->source,
                     (struct elf_part){ unit->tables,
                                        unit->program - unit->tables });
    if (read_table(work, unit, symbols, 0))
        read_table(work, unit, symbols, count);
    for (unsigned i = 0; i < count; i++)
        symbols[i].in_unit = 0;
}

void dwarf_line_find(struct symbol_work *work, struct symbol *symbols,
                     unsigned count)
{
    struct elf_part rest = work->parts.lines;
    struct unit unit;

    if (rest.size > LINES_MAX)
        rest.size = LINES_MAX;
    while (rest.size) {
        uint64_t end = rest.offset + rest.size;

        elf_reader_start(&work->reader, work->source, rest);
        if (read_unit(&work->reader, &unit) && unit.program >= unit.tables) {
            run_program(&work->reader, &unit, symbols, count);
            name_files(work, &unit, symbols, count);
        }
        if (unit.end <= rest.offset || unit.end > end)
            break;
        rest.offset = unit.end;
        rest.size = end - unit.end;
    }
}
