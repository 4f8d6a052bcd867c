/* test_program_load.c - what the ELF loader accepts and refuses.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/program_elf.c os/program_load.c os/print.c os/fs/fat_*.c os/fs/code_page.c os/fs/error.c pure64/format.c
#include "check.h"
#include "memory_device.h"
#include "program_load.h"
#include <baremetal.h>
#include <pure64/layout.h>

#define FILE_SIZE 12000
#define CODE 0x400000u
#define DATA 0x402000u

/* A little-endian number in the file under test. */
static uint8_t file[FILE_SIZE];
static uint64_t file_size;

static void put(unsigned at, uint64_t value, unsigned bytes)
{
    while (bytes--) {
        file[at++] = (uint8_t)value;
        value >>= 8;
    }
}

#define HEADER(index) (64 + 56 * (index))
#define NOTE_AT 400

static void put_header(unsigned index, uint32_t type, uint32_t flags,
                       uint64_t offset, uint64_t address, uint64_t size,
                       uint64_t memory)
{
    unsigned at = HEADER(index);

    put(at, type, 4);
    put(at + 4, flags, 4);
    put(at + 8, offset, 8);
    put(at + 16, address, 8);
    put(at + 24, address, 8);
    put(at + 32, size, 8);
    put(at + 40, memory, 8);
    put(at + 48, 4096, 8);
}

/* Code, data with zeroed memory behind it, a foreign note and ours. */
static void make_elf(void)
{
    memset(file, 0, sizeof file);
    file_size = sizeof file;
    memcpy(file, "\x7F" "ELF\2\1\1", 7);
    put(16, 2, 2);
    put(18, 62, 2);
    put(20, 1, 4);
    put(24, CODE + 0x10, 8);
    put(32, 64, 8);
    put(52, 64, 2);
    put(54, 56, 2);
    put(56, 3, 2);
    put_header(0, 1, 5, 0x1000, CODE, 0x800, 0x800);
    put_header(1, 1, 6, 0x1800, DATA, 0x100, 0x5000);
    put_header(2, 4, 4, NOTE_AT, 0, 20 + 28, 20 + 28);
    put(NOTE_AT, 4, 4);
    put(NOTE_AT + 4, 4, 4);
    put(NOTE_AT + 8, 1, 4);
    memcpy(file + NOTE_AT + 12, "GNU", 4);
    put(NOTE_AT + 20, 10, 4);
    put(NOTE_AT + 24, 4, 4);
    put(NOTE_AT + 28, 1, 4);
    memcpy(file + NOTE_AT + 32, "BareMetal", 10);
    put(NOTE_AT + 44, BAREMETAL_VERSION, 4);
}

static unsigned outside; /* reads that no source may be asked for */

static int read_file(struct elf_source *source, uint64_t offset, void *buffer,
                     size_t size)
{
    if (offset > source->size || size > source->size - offset) {
        outside++;
        return FS_ERANGE;
    }
    memcpy(buffer, file + offset, size);
    return 0;
}

static struct elf_plan plan;

static int read_plan(uint64_t memory)
{
    struct elf_source source = { .read = read_file, .size = file_size };
    struct elf_window window = {
        .base = LAYOUT_LOW_RAM,
        .end = LAYOUT_LOW_RAM + memory,
        .limit = LAYOUT_LOW_RAM_END,
    };

    return elf_read_plan(&source, &window, &plan);
}

#define MEMORY 0x1000000

/* The result with one number changed. */
static int changed(unsigned at, uint64_t value, unsigned bytes)
{
    make_elf();
    put(at, value, bytes);
    return read_plan(MEMORY);
}

static void check_good(void)
{
    make_elf();
    CHECK(!read_plan(MEMORY));
    CHECK(plan.count == 2 && plan.entry == CODE + 0x10);
    CHECK(plan.segments[0].address == CODE && plan.segments[0].executable);
    CHECK(plan.segments[1].offset == 0x1800 && !plan.segments[1].executable);
    CHECK(plan.segments[1].file_size == 0x100);
    CHECK(plan.segments[1].memory_size == 0x5000);
    CHECK(plan.needed == DATA + 0x5000 - LAYOUT_LOW_RAM);
    CHECK(!read_plan(plan.needed));
    CHECK(read_plan(plan.needed - 1) == PROGRAM_EMEMORY);
    CHECK(plan.available == plan.needed - 1);
    CHECK(!changed(HEADER(1) + 40, LAYOUT_LOW_RAM + MEMORY - DATA, 8));
    CHECK(changed(HEADER(1) + 40, LAYOUT_LOW_RAM + MEMORY - DATA + 1, 8) ==
          PROGRAM_EMEMORY);
    CHECK(changed(HEADER(1) + 40, LAYOUT_LOW_RAM_END - DATA, 8) ==
          PROGRAM_EMEMORY);
}

static void check_header(void)
{
    CHECK(changed(4, 1, 1) == PROGRAM_EMACHINE && plan.bits == 32);
    CHECK(changed(18, 183, 2) == PROGRAM_EMACHINE && plan.machine == 183);
    CHECK(!strcmp(elf_machine_text(183), "AArch64"));
    CHECK(!strcmp(elf_machine_text(243), "RISC-V"));
    CHECK(!strcmp(elf_machine_text(3), "i386"));
    CHECK(!elf_machine_text(9999));
    make_elf();
    file[5] = 2;
    put(18, 0x1500, 2); /* PowerPC64, big-endian */
    CHECK(read_plan(MEMORY) == PROGRAM_EMACHINE && plan.machine == 21);
    CHECK(plan.big_endian);
    CHECK(changed(4, 3, 1) == PROGRAM_EFORMAT);
    CHECK(changed(5, 0, 1) == PROGRAM_EFORMAT);
    CHECK(changed(6, 2, 1) == PROGRAM_EFORMAT);
    CHECK(changed(16, 1, 2) == PROGRAM_ETYPE);
    CHECK(changed(16, 3, 2) == PROGRAM_ETYPE);
    CHECK(changed(54, 32, 2) == PROGRAM_EFORMAT);
    CHECK(changed(56, 0, 2) == PROGRAM_EFORMAT);
    CHECK(changed(56, 65535, 2) == PROGRAM_EFORMAT);
    CHECK(changed(32, FILE_SIZE - 100, 8) == PROGRAM_ETRUNCATED);
    CHECK(changed(32, FILE_SIZE + 1, 8) == PROGRAM_ETRUNCATED);
    CHECK(changed(32, UINT64_MAX - 10, 8) == PROGRAM_ETRUNCATED);
}

static void check_notes(void)
{
    CHECK(changed(NOTE_AT + 28, 2, 4) == PROGRAM_ENOTE);
    CHECK(changed(NOTE_AT + 32, 'b', 1) == PROGRAM_ENOTE);
    CHECK(changed(NOTE_AT + 20, 9, 4) == PROGRAM_ENOTE);
    CHECK(changed(NOTE_AT + 24, 8, 4) == PROGRAM_ENOTE);
    CHECK(changed(NOTE_AT + 44, 0, 4) == PROGRAM_ENOTE);
    CHECK(changed(NOTE_AT + 44, BAREMETAL_VERSION + 1, 4) ==
          PROGRAM_EVERSION);
    CHECK(plan.version == BAREMETAL_VERSION + 1);
    CHECK(changed(NOTE_AT, UINT32_MAX, 4) == PROGRAM_ENOTE);
    CHECK(changed(NOTE_AT + 4, UINT32_MAX, 4) == PROGRAM_ENOTE);
    CHECK(changed(HEADER(2), 0, 4) == PROGRAM_ENOTE);
    CHECK(changed(HEADER(2) + 32, 47, 8) == PROGRAM_ENOTE);
    CHECK(changed(HEADER(2) + 8, UINT64_MAX - 5, 8) == PROGRAM_ETRUNCATED);
    CHECK(changed(HEADER(2), 2, 4) == PROGRAM_EDYNAMIC);
    CHECK(changed(HEADER(2), 3, 4) == PROGRAM_EDYNAMIC);
    /* Linux programs have a note, but not ours. */
    make_elf();
    put(HEADER(2) + 32, 20, 8);
    CHECK(read_plan(MEMORY) == PROGRAM_ENOTE);
}

static void check_segments(void)
{
    CHECK(changed(HEADER(1) + 16, LAYOUT_LOW_RAM - 1, 8) == PROGRAM_EADDRESS);
    CHECK(plan.address == LAYOUT_LOW_RAM - 1);
    CHECK(changed(HEADER(1) + 16, 0, 8) == PROGRAM_EADDRESS);
    CHECK(changed(HEADER(1) + 16, UINT64_MAX - 8, 8) == PROGRAM_EADDRESS);
    CHECK(changed(HEADER(1) + 16, LAYOUT_HIGH_RAM, 8) == PROGRAM_EADDRESS);
    CHECK(changed(HEADER(1) + 40, UINT64_MAX, 8) == PROGRAM_EADDRESS);
    CHECK(changed(HEADER(1) + 40, LAYOUT_LOW_RAM_END - DATA + 1, 8) ==
          PROGRAM_EADDRESS);
    CHECK(changed(HEADER(1) + 40, 0xFF, 8) == PROGRAM_EFORMAT);
    CHECK(changed(HEADER(1) + 32, FILE_SIZE, 8) == PROGRAM_ETRUNCATED);
    CHECK(changed(HEADER(1) + 32, UINT64_MAX, 8) == PROGRAM_ETRUNCATED);
    CHECK(changed(HEADER(1) + 8, FILE_SIZE - 0xFF, 8) == PROGRAM_ETRUNCATED);
    CHECK(changed(HEADER(1) + 8, UINT64_MAX, 8) == PROGRAM_ETRUNCATED);
    CHECK(!changed(HEADER(1) + 8, FILE_SIZE - 0x100, 8));
    CHECK(changed(HEADER(1) + 16, CODE + 0x7FF, 8) == PROGRAM_EOVERLAP);
    CHECK(!changed(HEADER(1) + 16, CODE + 0x800, 8));
    CHECK(changed(24, CODE - 1, 8) == PROGRAM_EENTRY);
    CHECK(changed(24, CODE + 0x800, 8) == PROGRAM_EENTRY);
    CHECK(changed(24, DATA, 8) == PROGRAM_EENTRY);
    CHECK(changed(HEADER(0) + 4, 4, 4) == PROGRAM_EENTRY);
    CHECK(changed(HEADER(0), 0, 4) == PROGRAM_EENTRY);
}

/* Every truncation and any flipped byte: an answer, no read outside, and a
 * plan that stays inside memory and file. */
static void check_damaged(void)
{
    make_elf();
    for (file_size = 0; file_size < 0x1800 + 0x100; file_size++)
        CHECK(read_plan(MEMORY) == PROGRAM_ETRUNCATED);
    file_size = 0x1900;
    CHECK(!read_plan(MEMORY));
    for (unsigned round = 0; round < 20000; round++) {
        int error;
        make_elf();
        for (unsigned i = random32() % 4 + 1; i; i--)
            file[random32() % 500] =
                random32() & 1 ? 0xFF : (uint8_t)random32();
        error = read_plan(MEMORY);
        CHECK(error <= 0);
        for (unsigned i = 0; !error && i < plan.count; i++) {
            const struct elf_segment *s = &plan.segments[i];
            CHECK(s->address >= LAYOUT_LOW_RAM && s->address +
                  s->memory_size <= LAYOUT_LOW_RAM + MEMORY);
            CHECK(s->file_size <= s->memory_size);
            CHECK(s->offset + s->file_size <= file_size);
        }
    }
    CHECK(outside == 0);
}

/* ---- flat programs, and the words for each error */

static char console[400];

static void console_write(const char *text, size_t length)
{
    strncat(console, text, length);
}

static const char *explained(int error, const struct program_image *image)
{
    struct baremetal os = { .write = console_write };

    console[0] = 0;
    program_explain(&os, "x.app", error, image);
    return console;
}

/* A volume is not needed for a file of one cluster: its sectors come from a
 * disk that holds nothing else. */
static int load_file(uint32_t size, int is_flat_name, uint8_t *memory,
                     uint64_t memory_size, struct program_image *image)
{
    struct fat_volume *volume = calloc(1, sizeof *volume);
    struct memory_device disk;
    struct program_memory place = {
        .flat = (uint64_t)(uintptr_t)memory,
        .size = memory_size,
        .elf = { LAYOUT_LOW_RAM, LAYOUT_LOW_RAM, LAYOUT_LOW_RAM_END },
    };
    struct fat_file opened = { .volume = volume, .size = size,
                               .first_cluster = 2 };
    int error;

    memory_device_init(&disk, file, FILE_SIZE, 512);
    volume->device = &disk.device;
    volume->sector_ratio = 1;
    volume->sector_bytes = 512;
    volume->sectors = FILE_SIZE / 512;
    volume->cluster_sectors = 16;
    volume->cluster_bytes = 8192;
    volume->clusters = 1;
    volume->type = FAT_16;
    error = program_load(&opened, is_flat_name, &place, image);
    free(volume);
    return error;
}

static void check_load(void)
{
    uint8_t *memory = malloc(5000);
    struct program_image image;

    for (unsigned i = 0; i < FILE_SIZE; i++)
        file[i] = (uint8_t)(i * 7);
    CHECK(!load_file(5000, 1, memory, 5000, &image));
    CHECK(!image.is_elf && image.entry == (uint64_t)(uintptr_t)memory);
    CHECK(!memcmp(memory, file, 5000));
    CHECK(!load_file(1, 1, memory, 5000, &image));
    CHECK(load_file(5001, 1, memory, 5000, &image) == PROGRAM_EMEMORY);
    CHECK(!strcmp(explained(PROGRAM_EMEMORY, &image),
                  "x.app: too large: needs 5 KiB, 4 KiB free\n"));
    CHECK(load_file(0, 1, memory, 5000, &image) == PROGRAM_EEMPTY);
    CHECK(load_file(100, 0, memory, 5000, &image) == PROGRAM_EKIND);
    make_elf();
    CHECK(load_file(60, 1, memory, 5000, &image) == PROGRAM_ETRUNCATED);
    CHECK(load_file(8000, 1, memory, 5000, &image) == PROGRAM_EMEMORY);
    CHECK(image.is_elf);
    put(18, 183, 2);
    CHECK(load_file(8000, 0, memory, 5000, &image) == PROGRAM_EMACHINE);
    CHECK(!strcmp(explained(PROGRAM_EMACHINE, &image),
                  "x.app: wrong machine: made for AArch64 (64-bit), "
                  "this one is x86-64 (64-bit)\n"));
    free(memory);
}

static void check_texts(void)
{
    struct program_image image = { .is_elf = 1 };
    char before[sizeof console] = "";

    for (int error = PROGRAM_EEMPTY; error >= PROGRAM_EENTRY; error--) {
        const char *text = explained(error, &image);
        CHECK(!strstr(text, "unknown error") && strlen(text) > 20);
        CHECK(strcmp(text, before));
        CHECK(strchr(text, '\n') == text + strlen(text) - 1);
        strcpy(before, text);
    }
    for (int error = FS_EIO; error >= FS_ERROR_LAST; error--)
        CHECK(!strstr(explained(error, &image), "unknown error"));
    CHECK(strstr(explained(-50, &image), "unknown error") != 0);
    image.plan.version = BAREMETAL_VERSION + 4;
    snprintf(before, sizeof before,
             "x.app: needs program interface %d, this system has %d\n",
             BAREMETAL_VERSION + 4, BAREMETAL_VERSION);
    CHECK(!strcmp(explained(PROGRAM_EVERSION, &image), before));
}

int main(void)
{
    check_good();
    check_header();
    check_notes();
    check_segments();
    check_damaged();
    check_load();
    check_texts();
    return check_report("test_program_load");
}
