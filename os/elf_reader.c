/* elf_reader.c - reading a part of an ELF file byte by byte.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "elf_reader.h"

void elf_reader_start(struct elf_reader *reader, struct elf_source *source,
                      struct elf_part part)
{
    uint64_t size = source->size;

    if (part.offset > size)
        part.offset = size;
    if (part.size > size - part.offset)
        part.size = size - part.offset;
    reader->source = source;
    reader->next = part.offset;
    reader->end = part.offset + part.size;
    reader->count = 0;
    reader->failed = 0;
}

static uint8_t read_byte(struct elf_reader *reader)
{
    if (!elf_reader_more(reader)) {
        reader->failed = 1;
        return 0;
    }
    if (!reader->count || reader->next - reader->start >= reader->count) {
        uint64_t left = reader->end - reader->next;

        reader->start = reader->next;
        reader->count = left < ELF_READER_BYTES ? (uint32_t)left
                                                : ELF_READER_BYTES;
        if (reader->source->read(reader->source, reader->start,
                                 reader->bytes, reader->count)) {
            reader->failed = 1;
            return 0;
        }
    }
    return reader->bytes[reader->next++ - reader->start];
}

uint64_t elf_read(struct elf_reader *reader, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)read_byte(reader) << 8 * i;
    return value;
}

static uint64_t read_leb(struct elf_reader *reader, int is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = read_byte(reader);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && byte & 0x40 && shift < 64)
        value |= ~0ull << shift;
    return value;
}

uint64_t elf_read_uleb(struct elf_reader *reader)
{
    return read_leb(reader, 0);
}

int64_t elf_read_sleb(struct elf_reader *reader)
{
    return (int64_t)read_leb(reader, 1);
}

void elf_skip(struct elf_reader *reader, uint64_t bytes)
{
    if (bytes > reader->end - reader->next) {
        reader->failed = 1;
        return;
    }
    reader->next += bytes;
    /* What is in bytes[] stays good for places not far behind its start. */
    if (reader->next - reader->start >= reader->count)
        reader->count = 0;
}

void elf_read_text(struct elf_reader *reader, char *text, size_t size)
{
    size_t length = 0;
    uint8_t c;

    while ((c = read_byte(reader)) != 0)
        if (c == '/')
            length = 0;
        else if (length + 1 < size)
            text[length++] = c >= ' ' && c < 0x7F ? (char)c : '?';
    text[length] = 0;
}
