/* commands_memory.c - the commands about bytes in memory, files and
 * registers.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Addresses and values are hexadecimal, with or without 0x; counts are
 * decimal. Whatever is not mapped, or not to be written, is refused: nothing
 * typed here ends in an exception.
 */
#include "commands.h"
#include "dump.h"
#include "fault_report.h"
#include "fs/error.h"
#include "print.h"
#include "text.h"
#include <pure64/string.h>

#define DUMP_BYTES 128u /* unless told otherwise */
#define DUMP_STEP 4096u /* of a file, read in one go */

static int digit(char c)
{
    c = text_small(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A number in that base, or after 0x; 0 if it is none. */
static int is_number(const char *word, unsigned base, uint64_t *number)
{
    const char *c = word;
    int error;

    if (c[0] == '0' && text_small(c[1]) == 'x') {
        base = 16;
        c += 2;
    }
    error = !*c;
    for (*number = 0; *c && !error; c++) {
        error = digit(*c) >= (int)base ||
                *number > (UINT64_MAX - (base - 1)) / base;
        *number = *number * base + (unsigned)digit(*c);
    }
    return !error;
}

/* The same with a message. */
static int read_number(const char *word, unsigned base, uint64_t *number)
{
    int is = is_number(word, base, number);

    if (!is)
        shell_complain("%s: not a %s number\n", word,
                       base == 16 ? "hexadecimal" : "decimal");
    return is;
}

static int is_mapped(const struct shell *shell, uint64_t address,
                     uint64_t size, enum memory_access access)
{
    uint64_t physical;

    while (size) {
        size_t length = shell->kernel->memory_run((void *)address, size,
                                                  access, &physical);

        if (!length)
            break;
        address += length;
        size -= length;
    }
    if (size)
        shell_complain("%lx: %s\n", address,
                       access == MEMORY_WRITE ? "cannot be written"
                                              : "nothing is mapped there");
    return !size;
}

/* 1, 2, 4 or 8 bytes; 4 if nothing is said. */
static int read_width(const char *word, uint64_t *width)
{
    *width = 4;
    if (!word)
        return 1;
    if (!read_number(word, 10, width))
        return 0;
    if (*width == 1 || *width == 2 || *width == 4 || *width == 8)
        return 1;
    shell_complain("%s: not 1, 2, 4 or 8 bytes\n", word);
    return 0;
}

/* One access of that width: device registers ask for it. */
static uint64_t load(uint64_t address, uint64_t width)
{
    switch (width) {
    case 1:
        return *(volatile uint8_t *)address;
    case 2:
        return *(volatile uint16_t *)address;
    case 4:
        return *(volatile uint32_t *)address;
    default:
        return *(volatile uint64_t *)address;
    }
}

static void store(uint64_t address, uint64_t width, uint64_t value)
{
    switch (width) {
    case 1:
        *(volatile uint8_t *)address = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)address = (uint16_t)value;
        break;
    case 4:
        *(volatile uint32_t *)address = (uint32_t)value;
        break;
    default:
        *(volatile uint64_t *)address = value;
    }
}

static void print_value(const struct baremetal *os, uint64_t address,
                        uint64_t width)
{
    switch (width) {
    case 1:
        print(os, "%lx: %02lx\n", address, load(address, 1));
        break;
    case 2:
        print(os, "%lx: %04lx\n", address, load(address, 2));
        break;
    case 4:
        print(os, "%lx: %08lx\n", address, load(address, 4));
        break;
    default:
        print(os, "%lx: %016lx\n", address, load(address, 8));
    }
}

void command_peek(struct shell *shell, int argc, char **argv)
{
    uint64_t address, width;

    if (read_number(argv[1], 16, &address) &&
        read_width(argc > 2 ? argv[2] : 0, &width) &&
        is_mapped(shell, address, width, MEMORY_READ))
        print_value(shell->os, address, width);
}

void command_poke(struct shell *shell, int argc, char **argv)
{
    uint64_t address, value, width;

    if (!read_number(argv[1], 16, &address) ||
        !read_number(argv[2], 16, &value) ||
        !read_width(argc > 3 ? argv[3] : 0, &width))
        return;
    if (width < 8 && value >> 8 * width)
        shell_complain("%s: does not fit into %lu bytes\n", argv[2], width);
    else if (is_mapped(shell, address, width, MEMORY_WRITE))
        store(address, width, value);
}

static void dump_memory(struct shell *shell, uint64_t address, uint64_t size)
{
    while (size && !output_stopped()) {
        unsigned count = size < DUMP_LINE ? (unsigned)size : DUMP_LINE;
        uint8_t bytes[DUMP_LINE];

        if (!is_mapped(shell, address, count, MEMORY_READ))
            return;
        memcpy(bytes, (const void *)address, count);
        dump_line(shell->os, address, bytes, count);
        address += count;
        size -= count;
    }
}

/* `size` bytes of an open file, or up to its end. */
static int dump_open_file(struct shell *shell, int file, uint64_t offset,
                          uint64_t size)
{
    size_t room, done;
    uint8_t *buffer = (uint8_t *)shell_memory(shell->os, &room);
    int error = files_seek(&files, file, offset);

    if (room > DUMP_STEP)
        room = DUMP_STEP;
    for (; !error && size && !output_stopped(); size -= done) {
        error = files_read(&files, file, buffer, size < room ? size : room,
                           &done);
        if (!done)
            break;
        for (size_t at = 0; at < done && !output_stopped(); at += DUMP_LINE) {
            size_t left = done - at;

            dump_line(shell->os, offset + at, buffer + at,
                      left < DUMP_LINE ? (unsigned)left : DUMP_LINE);
        }
        offset += done;
    }
    return error;
}

static void dump_file(struct shell *shell, const char *path, uint64_t offset,
                      uint64_t size)
{
    int file = files_open(&files, path, BAREMETAL_FILE_READ, FILES_SYSTEM);
    uint32_t file_size;
    int error = file < 0 ? file : 0;

    if (!error)
        error = files_tell(&files, file, 0, &file_size);
    if (!error && offset > file_size)
        shell_complain("%s: has only %x bytes\n", path, file_size);
    else if (!error)
        error = dump_open_file(shell, file, offset, size);
    if (file >= 0)
        files_close(&files, file);
    if (error)
        shell_complain_file(path, error);
}

/* A number is an address; ./123 is a file all the same. */
void command_dump(struct shell *shell, int argc, char **argv)
{
    uint64_t address, offset = 0, size;
    int is_memory = is_number(argv[1], 16, &address);

    if (is_memory && argc > 3) {
        shell_complain("%s: too many arguments behind an address\n",
                       argv[0]);
    } else if (is_memory) {
        size = DUMP_BYTES;
        if (argc < 3 || read_number(argv[2], 10, &size))
            dump_memory(shell, address, size);
    } else if (files_find(&files, argv[1]) == FS_ENOTFOUND) {
        shell_complain("%s: not a hexadecimal number, and no file\n",
                       argv[1]);
    } else {
        size = UINT32_MAX;
        if ((argc < 3 || read_number(argv[2], 16, &offset)) &&
            (argc < 4 || read_number(argv[3], 10, &size)))
            dump_file(shell, argv[1], offset, size);
    }
}

void command_regs(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (!fault_report_last(shell->os))
        print(shell->os, "there was no exception yet\n");
}

/* As in the system of 2011: registers, or memory. */
void command_debug(struct shell *shell, int argc, char **argv)
{
    if (argc > 1)
        command_dump(shell, argc, argv);
    else
        command_regs(shell, argc, argv);
}
