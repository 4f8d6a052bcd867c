/* fat_neighbour.h - a second FAT volume, which shares the memory of the one
 * under test and takes the windows from it at any time.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "fs/fat.h"
#include "memory_device.h"

#define NEIGHBOUR_SIZE_MAX 400000u

struct fat_neighbour {
    struct fat_volume volume;
    struct memory_device disk;
    struct fat_file file;
    char path[256];
    uint64_t size;
};

static inline uint8_t fat_neighbour_byte(uint32_t position)
{
    return (uint8_t)(position * 7 + position / 1000);
}

/* 0, or which step failed. */
static inline int fat_neighbour_open(struct fat_neighbour *neighbour,
                                     const char *folder,
                                     struct fat_memory *memory)
{
    struct fat_entry entry;
    char command[600];
    uint8_t *bytes;

    memset(neighbour, 0, sizeof *neighbour);
    snprintf(neighbour->path, sizeof neighbour->path, "%s/neighbour", folder);
    snprintf(command, sizeof command,
             "rm -f %s; mkfs.fat -C -F 16 -S 512 -s 1 %s 4000 >/dev/null 2>&1",
             neighbour->path, neighbour->path);
    run(command);
    bytes = memory_device_map_file(neighbour->path, MAP_SHARED,
                                   &neighbour->size);
    memory_device_init(&neighbour->disk, bytes, neighbour->size, 512);
    memory_device_allow_writes(&neighbour->disk);
    neighbour->volume.memory = memory;
    if (fat_mount(&neighbour->volume, &neighbour->disk.device, 0,
                  neighbour->disk.sectors))
        return 1;
    if (fat_create(&neighbour->volume, "a neighbour's file", 0, &entry))
        return 2;
    return fat_file_open(&neighbour->volume, &entry, &neighbour->file) ? 3 : 0;
}

static inline int fat_neighbour_write(struct fat_neighbour *neighbour)
{
    uint8_t bytes[3000];
    size_t size = random32() % sizeof bytes, done;

    if (neighbour->file.size > NEIGHBOUR_SIZE_MAX &&
        fat_file_truncate(&neighbour->file, random32() % 1000))
        return 10;
    if (fat_file_seek(&neighbour->file, neighbour->file.size))
        return 11;
    for (size_t i = 0; i < size; i++)
        bytes[i] = fat_neighbour_byte(neighbour->file.size + (uint32_t)i);
    return fat_file_write(&neighbour->file, bytes, size, &done) ? 12 : 0;
}

/* Does something, or nothing: 0, or which step failed. */
static inline int fat_neighbour_use(struct fat_neighbour *neighbour)
{
    struct fat_volume *volume = &neighbour->volume;
    uint64_t left, total;
    struct fat_entry entry;

    switch (random32() % 8) {
    case 0:
        volume->free_known = 0;
        return fat_space(volume, &left, &total) ? 20 : 0;
    case 1:
        return fat_find(volume, "none", &entry) == FS_ENOTFOUND ? 0 : 21;
    case 2:
        return fat_file_flush(&neighbour->file) ? 22 : 0;
    case 3:
    case 4:
        return fat_neighbour_write(neighbour);
    default:
        return 0;
    }
}

/* Everything it was given is there: 0, or which step failed. */
static inline int fat_neighbour_close(struct fat_neighbour *neighbour)
{
    uint32_t size = neighbour->file.size;
    uint8_t *bytes = malloc(size + 1);
    char command[600];
    size_t done;
    int error = 0;

    if (fat_file_seek(&neighbour->file, 0) ||
        fat_file_read(&neighbour->file, bytes, size, &done) || done != size)
        error = 30;
    for (uint32_t i = 0; i < size && !error; i++)
        error = bytes[i] != fat_neighbour_byte(i) ? 31 : 0;
    if (!error && fat_sync(&neighbour->volume))
        error = 32;
    fat_forget(&neighbour->volume);
    snprintf(command, sizeof command, "fsck.fat -n %s >/dev/null",
             neighbour->path);
    if (!error && system(command))
        error = 33;
    if (neighbour->disk.bad_reads || neighbour->disk.bad_writes)
        error = 34;
    munmap(neighbour->disk.bytes, neighbour->size);
    unlink(neighbour->path);
    free(bytes);
    return error;
}
