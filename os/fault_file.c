/* fault_file.c - the file of a program that went wrong, and crash.txt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "fault_file.h"
#include "commands.h"
#include "file_calls.h"
#include "fs/crc32.h"
#include "system.h"
#include <pure64/string.h>

/* Larger program files go without a checksum: a second of a slow stick. */
#define CRC_BYTES_MAX (16u << 20)

/* Bytes from the start of program memory to the end of its image. */
static uint64_t image_end(const struct program_image *image)
{
    uint64_t end = 0;

    if (!image->is_elf)
        return image->plan.needed; /* the file */
    for (unsigned i = 0; i < image->plan.count; i++) {
        const struct elf_segment *segment = &image->plan.segments[i];
        uint64_t last = segment->address - LAYOUT_LOW_RAM +
                        segment->memory_size;

        if (end < last)
            end = last;
    }
    return end;
}

#define AREA_SIZE ((sizeof(struct fault_area) + PAGE_SIZE - 1) & \
                   -(uint64_t)PAGE_SIZE)

/* program->open makes a path in the commands' memory, which ends where ours
 * does: in the part that nobody uses yet. */
#define PATH_OFFSET (AREA_SIZE - COMMAND_SCRATCH_BYTES + \
                     offsetof(struct command_scratch, target))
_Static_assert(PATH_OFFSET >= offsetof(struct fault_area, bytes) &&
                   PATH_OFFSET + TREE_PATH <= offsetof(struct fault_area, head),
               "the path is where the file's bytes come later");

struct fault_area *fault_area(const struct fault_program *program)
{
    const uint64_t size = AREA_SIZE;
    struct baremetal_memory memory;
    struct fault_area *area;

    os_system.os->memory(&memory);
    if (memory.size < size || image_end(program->image) > memory.size - size)
        return 0;
    area = (struct fault_area *)((uint8_t *)memory.base + memory.size - size);
    memset(area, 0, sizeof *area);
    area->head.text = area->head_bytes;
    area->head.size = sizeof area->head_bytes;
    area->text.text = area->text_bytes;
    area->text.size = sizeof area->text_bytes;
    return area;
}

int fault_file_open(const struct fault_program *program,
                    struct fault_area *area)
{
    if (!area->asked) {
        area->asked = 1;
        /* The program may have written over what is known of the volumes:
         * nothing of that is to get to a disk. */
        files_forget(&files);
        area->is_open = program->open(program, &area->file);
    }
    return area->is_open;
}

int fault_file_crc(const struct fault_program *program,
                   struct fault_area *area, uint32_t *crc)
{
    struct fat_file *file = &area->file;
    size_t done;

    if (!fault_file_open(program, area) || file->size > CRC_BYTES_MAX || fat_file_seek(file, 0))
        return 0;
    *crc = 0;
    for (uint32_t left = file->size; left; left -= (uint32_t)done) {
        if (fat_file_read(file, area->bytes, sizeof area->bytes, &done) ||
            !done)
            return 0;
        *crc = crc32(*crc, area->bytes, done);
    }
    return 1;
}

void fault_file_symbols(const struct fault_program *program,
                        struct fault_area *area, unsigned count)
{
    struct program_source source;

    if (!program->image->is_elf || !fault_file_open(program, area))
        return;
    source = program_source(&area->file);
    symbol_find(&area->work, &source.source, area->symbols, count);
}

int fault_file_write(const struct fault_area *area)
{
    int is_set = files.current.is_set;
    int file, error, close_error;
    size_t done;

    files.current.is_set = 0; /* the first volume */
    file = files_open(&files, "/" FAULT_FILE,
                      BAREMETAL_FILE_WRITE | BAREMETAL_FILE_CREATE |
                          BAREMETAL_FILE_TRUNCATE,
                      FILES_SYSTEM);
    files.current.is_set = is_set;
    if (file < 0)
        return file;
    error = files_write(&files, file, area->head.text, area->head.length,
                        &done);
    if (!error)
        error = files_write(&files, file, area->text.text, area->text.length,
                            &done);
    close_error = files_close(&files, file);
    return error ? error : close_error;
}
