/* test_symbol.c - names and lines of addresses, from this very program's file,
 * whole and damaged.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/symbol.c os/dwarf_line.c os/elf_reader.c
#include "check.h"
#include "symbol.h"
#include <stdlib.h>
#include <string.h>

#define DAMAGES 1500
#define DAMAGED_BYTES 8

extern char __executable_start[]; /* the linker's */

/* Addresses in this file, and which lines they are from. */
static int first_line, second_line, start_line;
static uint64_t first_place, second_place;

static __attribute__((noinline)) uint64_t return_address(void)
{
    return (uint64_t)__builtin_return_address(0) -
           (uint64_t)__executable_start;
}

static __attribute__((noinline)) void first_function(void)
{
    start_line = __LINE__ - 1;
    first_line = __LINE__ + 1;
    first_place = return_address();
    __asm__ volatile("");
}

static __attribute__((noinline)) void second_function_with_a_name_that_is_too_long_to_fit(void)
{
    second_line = __LINE__ + 1;
    second_place = return_address();
    __asm__ volatile("");
}

static struct {
    struct elf_source source;
    uint8_t *bytes;
    unsigned reads, outside;
} file;

static int read_bytes(struct elf_source *source, uint64_t offset,
                      void *buffer, size_t size)
{
    file.reads++;
    if (offset > source->size || size > source->size - offset) {
        file.outside++;
        return -1;
    }
    memcpy(buffer, file.bytes + offset, size);
    return 0;
}

static void load_self(void)
{
    FILE *self = fopen("/proc/self/exe", "rb");

    if (!self || fseek(self, 0, SEEK_END))
        abort();
    file.source.size = (uint64_t)ftell(self);
    file.source.read = read_bytes;
    file.bytes = malloc(file.source.size);
    rewind(self);
    if (!file.bytes ||
        fread(file.bytes, 1, file.source.size, self) != file.source.size)
        abort();
    fclose(self);
}

static struct symbol_work work;

#define SYMBOLS 5
static void find(struct symbol *symbols)
{
    memset(symbols, 0, SYMBOLS * sizeof *symbols);
    symbols[0].address = first_place - 1;
    symbols[1].address = second_place - 1;
    symbols[2].address = 1; /* in nobody's code */
    symbols[3].address = UINT64_MAX;
    symbols[4].address = (uint64_t)first_function -
                         (uint64_t)__executable_start;
    symbol_find(&work, &file.source, symbols, SYMBOLS);
}

static void test_whole_file(void)
{
    struct symbol symbols[SYMBOLS];

    find(symbols);
    CHECK(!strcmp(symbols[0].function, "first_function"));
    CHECK(!strcmp(symbols[0].file, "test_symbol.c"));
    CHECK(symbols[0].line == (uint32_t)first_line);
    CHECK(symbols[0].address > symbols[0].value);
    CHECK(!strncmp(symbols[1].function, "second_function_with_a_name", 27));
    CHECK(strlen(symbols[1].function) == SYMBOL_NAME - 1);
    CHECK(symbols[1].line == (uint32_t)second_line);
    for (unsigned i = 2; i < 4; i++)
        CHECK(!symbols[i].line && !symbols[i].file[0]);
    /* Where one row ends and another one starts. */
    CHECK(symbols[4].line - (uint32_t)start_line <= 1);
    CHECK(symbols[4].value == symbols[4].address);
    CHECK(!file.outside);
}

/* A function reaches as far as its size says. */
static void test_size_of_a_function(void)
{
    struct symbol symbols[SYMBOLS];
    uint64_t value;
    uint8_t *entry;

    find(symbols);
    value = symbols[0].value;
    entry = file.bytes + work.parts.symbols.offset;
    while (memcmp(entry + 8, &value, 8))
        entry += 24;
    for (unsigned over = 0; over < 2; over++) {
        uint64_t size = symbols[0].address - value + over, old;

        memcpy(&old, entry + 16, 8);
        memcpy(entry + 16, &size, 8);
        find(symbols);
        CHECK(!strcmp(symbols[0].function, "first_function") == (over == 1));
        memcpy(entry + 16, &old, 8);
    }
}

/* No name of a file ends, and none has a folder. */
static void test_long_name_of_a_file(void)
{
    struct symbol symbols[SYMBOLS];
    uint8_t *texts, *copy;
    size_t size;

    find(symbols);
    texts = file.bytes + work.parts.line_texts.offset;
    size = work.parts.line_texts.size;
    copy = malloc(size);
    memcpy(copy, texts, size);
    memset(texts, 'x', size - 1);
    find(symbols);
    CHECK(strlen(symbols[0].file) == SYMBOL_FILE - 1);
    memcpy(texts, copy, size);
    free(copy);
}

/* Every name ends, whatever the file says. */
static void check_damaged(void)
{
    struct symbol symbols[SYMBOLS];

    find(symbols);
    for (unsigned i = 0; i < SYMBOLS; i++) {
        CHECK(memchr(symbols[i].function, 0, SYMBOL_NAME));
        CHECK(memchr(symbols[i].file, 0, SYMBOL_FILE));
    }
    CHECK(!file.outside);
}

static void test_cut_short(void)
{
    uint64_t size = file.source.size;

    for (unsigned i = 0; i < 64; i++) {
        file.source.size = size * i / 64;
        check_damaged();
    }
    for (file.source.size = 0; file.source.size < 128; file.source.size++)
        check_damaged();
    file.source.size = size;
}

/* Bytes in one of the places that are read: headers, tables. */
static uint64_t choose_place(const struct symbol_parts *parts)
{
    const struct elf_part choices[] = {
        { 40, 24 }, parts->symbols, parts->names, parts->lines,
        { parts->lines.offset, 128 }, parts->line_texts,
        { file.source.size - 4096, 4096 }, /* section headers */
    };
    const struct elf_part *part =
        &choices[(unsigned)rand() % (sizeof choices / sizeof choices[0])];

    return part->offset + (part->size ? (unsigned)rand() % part->size : 0);
}

static void test_random_damage(void)
{
    uint8_t *whole = malloc(file.source.size);
    struct symbol_parts parts;

    test_whole_file();
    parts = work.parts;
    memcpy(whole, file.bytes, file.source.size);
    for (unsigned i = 0; i < DAMAGES; i++) {
        for (unsigned k = 0; k < DAMAGED_BYTES; k++) {
            uint64_t place = choose_place(&parts);

            if (place < file.source.size)
                file.bytes[place] = rand() % 2 ? (uint8_t)rand() : 0xFF;
        }
        check_damaged();
        if (i % 4 == 3)
            memcpy(file.bytes, whole, file.source.size);
    }
    memcpy(file.bytes, whole, file.source.size);
    free(whole);
    test_whole_file();
}

static int fail_after;

static int read_or_fail(struct elf_source *source, uint64_t offset,
                        void *buffer, size_t size)
{
    return fail_after-- > 0 ? read_bytes(source, offset, buffer, size) : -1;
}

/* A disk that fails: no names, or those found before. */
static void test_read_errors(void)
{
    unsigned reads;

    file.reads = 0;
    test_whole_file();
    reads = file.reads;
    file.source.read = read_or_fail;
    for (unsigned i = 0; i <= reads; i += 1 + reads / 200) {
        fail_after = (int)i;
        check_damaged();
    }
    file.source.read = read_bytes;
}

int main(void)
{
    first_function();
    second_function_with_a_name_that_is_too_long_to_fit();
    load_self();
    test_whole_file();
    test_size_of_a_function();
    test_long_name_of_a_file();
    test_cut_short();
    test_read_errors();
    test_random_damage();
    free(file.bytes);
    return check_report("symbol");
}
