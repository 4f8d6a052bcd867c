/* fat_file.c - reading the contents of files.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "error.h"
#include "fat_internal.h"
#include <pure64/string.h>

int fat_file_open(struct fat_volume *volume, const struct fat_entry *entry,
                  struct fat_file *file)
{
    uint64_t space = (uint64_t)volume->clusters * volume->cluster_bytes;

    if (entry->attributes & FAT_ATTRIBUTE_FOLDER)
        return FS_EISFOLDER;
    /* A size the volume cannot hold needs a chain that runs in a circle:
     * refusing it here bounds every walk along the chain. */
    if (entry->size > space ||
        (entry->size && !fat_cluster_valid(volume, entry->first_cluster)))
        return FS_ECHAIN;
    file->volume = volume;
    file->size = entry->size;
    file->position = 0;
    file->first_cluster = file->cluster = entry->first_cluster;
    file->cluster_index = 0;
    return 0;
}

int fat_file_seek(struct fat_file *file, uint32_t position)
{
    if (position > file->size)
        return FS_ERANGE;
    file->position = position;
    return 0;
}

/* Brings file->cluster to where the position is. */
static int locate(struct fat_file *file)
{
    uint32_t index = file->position / file->volume->cluster_bytes;

    if (index < file->cluster_index) {
        file->cluster = file->first_cluster;
        file->cluster_index = 0;
    }
    while (file->cluster_index < index) {
        uint32_t next;
        int error = fat_table_next(file->volume, file->cluster, &next);
        if (error)
            return error;
        if (!next)
            return FS_ESHORT;
        file->cluster = next;
        file->cluster_index++;
    }
    return 0;
}

/* A piece of one sector, through the window; *step is its length. */
static int read_part(struct fat_file *file, uint32_t sector, uint8_t *buffer,
                     uint32_t size, uint32_t *step)
{
    struct fat_volume *volume = file->volume;
    uint32_t offset = file->position % volume->sector_bytes;
    int error = fat_window_load(volume, &volume->data, sector);

    *step = volume->sector_bytes - offset;
    if (*step > size)
        *step = size;
    if (!error)
        memcpy(buffer, volume->data.bytes + offset, *step);
    return error;
}

/* Whole sectors up to the end of the run of adjacent clusters; *step is how
 * many bytes that was. */
static int read_run(struct fat_file *file, uint32_t sector, uint8_t *buffer,
                    uint32_t size, uint32_t *step)
{
    struct fat_volume *volume = file->volume;
    uint32_t in_cluster = file->position % volume->cluster_bytes;
    uint64_t end = (uint64_t)in_cluster + size;
    uint32_t wanted = (uint32_t)((end + volume->cluster_bytes - 1) /
                                 volume->cluster_bytes);
    uint32_t clusters;
    uint64_t bytes;
    int error = fat_table_run(volume, file->cluster, wanted, &clusters);

    if (error)
        return error;
    bytes = (uint64_t)clusters * volume->cluster_bytes - in_cluster;
    if (bytes > size)
        bytes = size;
    *step = (uint32_t)bytes & ~(volume->sector_bytes - 1);
    error = fat_read_sectors(volume, sector, *step / volume->sector_bytes,
                             buffer);
    file->cluster += clusters - 1;
    file->cluster_index += clusters - 1;
    return error;
}

int fat_file_read(struct fat_file *file, void *buffer, size_t size,
                  size_t *done)
{
    struct fat_volume *volume = file->volume;
    uint32_t left = file->size - file->position;
    uint8_t *to = buffer;

    if (left > size)
        left = (uint32_t)size;
    *done = 0;
    while (left) {
        uint32_t sector, step;
        int error = locate(file);
        if (error)
            return error;
        sector = fat_cluster_sector(volume, file->cluster) +
                 file->position % volume->cluster_bytes / volume->sector_bytes;
        if (file->position % volume->sector_bytes ||
            left < volume->sector_bytes)
            error = read_part(file, sector, to, left, &step);
        else
            error = read_run(file, sector, to, left, &step);
        if (error)
            return error;
        to += step;
        file->position += step;
        left -= step;
        *done += step;
    }
    return 0;
}
