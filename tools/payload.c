/* payload.c - joins real-mode stage, pure64, kernel and os to the payload.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs on the developer's PC:
 *
 *     payload OUT STAGE PURE64 PURE64_MEMORY KERNEL [FILE...]
 *
 * PURE64_MEMORY is how many bytes pure64 occupies in RAM. The FILEs (os
 * first) follow the kernel without a gap; with any, the kernel must fill its
 * place exactly. Errors exit with 1, and OUT is then not written.
 */
#include <errno.h>
#include <pure64/boot_info.h>
#include <pure64/layout.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECTOR 512

/* Zeroed, so that what rounds a part up to sectors is zero. */
static uint8_t payload[LAYOUT_PAYLOAD_SIZE_MAX];

static __attribute__((noreturn, format(printf, 1, 2))) void fail(
    const char *text, ...)
{
    va_list list;
    va_start(list, text);
    fputs("payload: ", stderr);
    vfprintf(stderr, text, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

/* Reads the file to `offset` of the payload; returns its size, at least 1
 * and at most `limit`. */
static uint32_t read_file(const char *name, uint32_t offset, uint32_t limit)
{
    FILE *file = fopen(name, "rb");
    if (!file)
        fail("%s: %s", name, strerror(errno));
    uint32_t room = (uint32_t)sizeof payload - offset;
    uint32_t size = (uint32_t)fread(payload + offset, 1, room, file);
    int more = size == room && fgetc(file) != EOF;
    if (ferror(file))
        fail("%s: %s", name, strerror(errno));
    fclose(file);
    if (more)
        fail("with %s the payload is above %d bytes", name,
             LAYOUT_PAYLOAD_SIZE_MAX);
    if (!size)
        fail("%s is empty", name);
    if (size > limit)
        fail("%s: %u bytes, at most %u fit", name, size, limit);
    return size;
}

static uint32_t round_up(uint32_t size)
{
    return (size + SECTOR - 1) / SECTOR * SECTOR;
}

static uint32_t parse_memory(const char *text, uint32_t file_bytes)
{
    char *end;
    errno = 0;
    unsigned long memory = strtoul(text, &end, 0);
    if (errno || end == text || *end || *text == '-')
        fail("PURE64_MEMORY: \"%s\" is not a number", text);
    if (memory < file_bytes)
        fail("PURE64_MEMORY: %lu bytes, but the file has %u", memory,
             file_bytes);
    if (memory > LAYOUT_PURE64_BIOS_SIZE)
        fail("PURE64_MEMORY: %lu bytes, at most %d fit", memory,
             LAYOUT_PURE64_BIOS_SIZE);
    return (uint32_t)memory;
}

/* Kernel and files from `offset` on; returns their size in bytes. */
static uint32_t read_kernel(char **names, int count, uint32_t offset)
{
    const uint32_t limit = LAYOUT_USABLE_LIST - LAYOUT_KERNEL;
    uint32_t size = 0;
    for (int i = 0; i < count; i++) {
        uint32_t bytes = read_file(names[i], offset + size, limit - size);
        if (i == 0 && count > 1 && bytes != LAYOUT_KERNEL_SIZE)
            fail("%s: %u bytes instead of %d", names[0], bytes,
                 LAYOUT_KERNEL_SIZE);
        size += bytes;
    }
    return size;
}

static void write_payload(const char *name, uint32_t size)
{
    FILE *file = fopen(name, "wb");
    if (!file)
        fail("%s: %s", name, strerror(errno));
    size_t written = fwrite(payload, 1, size, file);
    if (fclose(file) || written != size) {
        int error = errno;
        struct stat status;
        if (!stat(name, &status) && S_ISREG(status.st_mode))
            remove(name);
        fail("%s: %s", name, strerror(error));
    }
}

/* arguments: OUT STAGE PURE64 PURE64_MEMORY KERNEL [FILE...] */
static void make_payload(char **arguments, int count)
{
    struct payload_header header;
    uint32_t stage = read_file(arguments[1], 0, LAYOUT_BIOS_STAGE_SIZE);
    memcpy(&header, payload, sizeof header);
    if (stage < sizeof header || header.magic != PAYLOAD_MAGIC)
        fail("%s does not begin with a payload header", arguments[1]);
    header.pure64_offset = round_up(stage);
    header.pure64_bytes = read_file(arguments[2], header.pure64_offset,
                                    LAYOUT_PURE64_BIOS_SIZE);
    header.pure64_memory = parse_memory(arguments[3], header.pure64_bytes);
    header.kernel_offset = round_up(header.pure64_offset +
                                    header.pure64_bytes);
    header.kernel_bytes = read_kernel(arguments + 4, count - 4,
                                      header.kernel_offset);
    header.total_bytes = round_up(header.kernel_offset +
                                  header.kernel_bytes);
    memcpy(payload, &header, sizeof header);
    write_payload(arguments[0], header.total_bytes);
    printf("payload: %u of %d bytes\n", header.total_bytes,
           LAYOUT_PAYLOAD_SIZE_MAX);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fputs("usage: payload OUT STAGE PURE64 PURE64_MEMORY KERNEL "
              "[FILE...]\n", stderr);
        return 1;
    }
    make_payload(argv + 1, argc - 1);
    return 0;
}
