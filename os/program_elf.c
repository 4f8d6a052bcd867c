/* program_elf.c - checks the headers of an ELF program and plans its loading.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * System V ABI, chapter 4 "Object Files" and chapter 5 "Program Loading and
 * Dynamic Linking". A file may be damaged or hostile: sums are only made of
 * values already compared with their limit.
 */
#include "program_elf.h"
#include "fs/little_endian.h"
#include <baremetal.h>
#include <pure64/string.h>

#define HEADER_SIZE 64
#define PROGRAM_HEADER_SIZE 56
#define PROGRAM_HEADERS_MAX 64
#define CLASS_64 2
#define DATA_LITTLE 1
#define DATA_BIG 2
#define ET_EXEC 2
#define EV_CURRENT 1
#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PT_INTERP 3
#define PT_NOTE 4
#define PF_X 1
#define NOTE_HEADER_SIZE 12
#define NOTE_NAME_SIZE sizeof BAREMETAL_NOTE_NAME
#define NOTES_MAX 64

struct header {
    uint64_t table;
    unsigned count;
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size;
};

static int read_header(struct elf_source *source, struct elf_plan *plan,
                       struct header *header)
{
    uint8_t raw[HEADER_SIZE];
    uint16_t type;
    int error;

    if (source->size < HEADER_SIZE)
        return PROGRAM_ETRUNCATED;
    error = source->read(source, 0, raw, sizeof raw);
    if (error)
        return error;
    plan->bits = raw[4] == CLASS_64 ? 64 : 32;
    plan->big_endian = raw[5] == DATA_BIG;
    type = load16(raw + 16);
    plan->machine = load16(raw + 18);
    if (plan->big_endian)
        plan->machine = (uint16_t)(plan->machine << 8 | plan->machine >> 8);
    if (raw[4] < 1 || raw[4] > CLASS_64 || raw[5] < DATA_LITTLE ||
        raw[5] > DATA_BIG || raw[6] != EV_CURRENT)
        return PROGRAM_EFORMAT;
    if (plan->bits != 64 || plan->big_endian ||
        plan->machine != ELF_MACHINE_X86_64)
        return PROGRAM_EMACHINE;
    if (type != ET_EXEC)
        return PROGRAM_ETYPE;
    plan->entry = load64(raw + 24);
    header->table = load64(raw + 32);
    header->count = load16(raw + 56);
    if (load16(raw + 54) != PROGRAM_HEADER_SIZE || !header->count ||
        header->count > PROGRAM_HEADERS_MAX)
        return PROGRAM_EFORMAT;
    if (header->table > source->size ||
        header->count * PROGRAM_HEADER_SIZE > source->size - header->table)
        return PROGRAM_ETRUNCATED;
    return 0;
}

/* One program header, its part of the file checked to be in the file. */
static int read_program_header(struct elf_source *source,
                               const struct header *header, unsigned index,
                               struct program_header *result)
{
    uint8_t raw[PROGRAM_HEADER_SIZE];
    int error = source->read(source,
                             header->table + index * PROGRAM_HEADER_SIZE, raw,
                             sizeof raw);

    if (error)
        return error;
    result->type = load32(raw);
    result->flags = load32(raw + 4);
    result->offset = load64(raw + 8);
    result->address = load64(raw + 16);
    result->file_size = load64(raw + 32);
    result->memory_size = load64(raw + 40);
    if ((result->type == PT_LOAD || result->type == PT_NOTE) &&
        (result->offset > source->size ||
         result->file_size > source->size - result->offset))
        return PROGRAM_ETRUNCATED;
    return 0;
}

/* Looks for our note among those of one segment: plan->version, or it stays
 * 0. Name and descriptor are each padded to 4 bytes. */
static int read_notes(struct elf_source *source, uint64_t offset,
                      uint64_t size, struct elf_plan *plan)
{
    uint8_t raw[NOTE_HEADER_SIZE + ((NOTE_NAME_SIZE + 3) & ~3) + 4];

    for (unsigned i = 0; i < NOTES_MAX && size >= NOTE_HEADER_SIZE; i++) {
        size_t part = size < sizeof raw ? size : sizeof raw;
        uint64_t length;
        int error;

        memset(raw, 0, sizeof raw);
        error = source->read(source, offset, raw, part);
        if (error)
            return error;
        if (part == sizeof raw && load32(raw) == NOTE_NAME_SIZE &&
            load32(raw + 4) == 4 && load32(raw + 8) == BAREMETAL_NOTE_TYPE &&
            !memcmp(raw + NOTE_HEADER_SIZE, BAREMETAL_NOTE_NAME,
                    NOTE_NAME_SIZE)) {
            plan->version = load32(raw + sizeof raw - 4);
            return 0;
        }
        length = NOTE_HEADER_SIZE + (((uint64_t)load32(raw) + 3) & ~3ull) +
                 (((uint64_t)load32(raw + 4) + 3) & ~3ull);
        if (length > size)
            return 0;
        offset += length;
        size -= length;
    }
    return 0;
}

/* Is it linked for us, statically, and not for a later version? */
static int check_kind(struct elf_source *source, const struct header *header,
                      struct elf_plan *plan)
{
    struct program_header segment;
    int dynamic = 0;

    for (unsigned i = 0; i < header->count; i++) {
        int error = read_program_header(source, header, i, &segment);
        if (!error && segment.type == PT_NOTE && !plan->version)
            error = read_notes(source, segment.offset, segment.file_size,
                               plan);
        if (error)
            return error;
        dynamic |= segment.type == PT_INTERP || segment.type == PT_DYNAMIC;
    }
    if (dynamic)
        return PROGRAM_EDYNAMIC;
    if (!plan->version)
        return PROGRAM_ENOTE;
    return plan->version > BAREMETAL_VERSION ? PROGRAM_EVERSION : 0;
}

static int overlaps(const struct elf_plan *plan,
                    const struct program_header *segment)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const struct elf_segment *other = &plan->segments[i];
        if (segment->address < other->address + other->memory_size &&
            other->address < segment->address + segment->memory_size)
            return 1;
    }
    return 0;
}

/* A segment that lies within the addresses, but beyond the memory there is,
 * is not an error yet: the message is to name all that is needed. */
static int add_segment(const struct elf_window *window,
                       const struct program_header *segment,
                       struct elf_plan *plan)
{
    struct elf_segment *added = &plan->segments[plan->count];
    uint64_t end;

    if (segment->file_size > segment->memory_size)
        return PROGRAM_EFORMAT;
    if (segment->address < window->base || segment->address > window->limit ||
        segment->memory_size > window->limit - segment->address) {
        plan->address = segment->address;
        return PROGRAM_EADDRESS;
    }
    if (plan->count == ELF_SEGMENTS_MAX)
        return PROGRAM_EFORMAT;
    if (overlaps(plan, segment))
        return PROGRAM_EOVERLAP;
    end = segment->address + segment->memory_size - window->base;
    if (end > plan->needed)
        plan->needed = end;
    added->offset = segment->offset;
    added->address = segment->address;
    added->file_size = segment->file_size;
    added->memory_size = segment->memory_size;
    added->executable = segment->flags & PF_X;
    plan->count++;
    return 0;
}

/* Code that runs first must come from the file, not from zeroed memory. */
static int check_entry(const struct elf_plan *plan)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const struct elf_segment *segment = &plan->segments[i];
        if (segment->executable && plan->entry >= segment->address &&
            plan->entry - segment->address < segment->file_size)
            return 0;
    }
    return PROGRAM_EENTRY;
}

int elf_read_plan(struct elf_source *source, const struct elf_window *window,
                  struct elf_plan *plan)
{
    struct program_header segment;
    struct header header;
    int error;

    memset(plan, 0, sizeof *plan);
    plan->available = window->end - window->base;
    error = read_header(source, plan, &header);
    if (!error)
        error = check_kind(source, &header, plan);
    for (unsigned i = 0; !error && i < header.count; i++) {
        error = read_program_header(source, &header, i, &segment);
        if (!error && segment.type == PT_LOAD && segment.memory_size)
            error = add_segment(window, &segment, plan);
    }
    if (!error && plan->needed > plan->available)
        error = PROGRAM_EMEMORY;
    return error ? error : check_entry(plan);
}

const char *elf_machine_text(uint16_t machine)
{
    static const struct {
        uint16_t machine;
        const char *text;
    } names[] = {
        { 2, "SPARC" },     { 3, "i386" },       { 8, "MIPS" },
        { 20, "PowerPC" },  { 21, "PowerPC64" }, { 22, "S/390" },
        { 40, "ARM" },      { 43, "SPARC64" },   { 50, "Itanium" },
        { 62, "x86-64" },   { 183, "AArch64" },  { 243, "RISC-V" },
        { 247, "BPF" },     { 258, "LoongArch" },
    };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].machine == machine)
            return names[i].text;
    return 0;
}
