/* fat_file.c - open files: where their clusters are, and reading them.
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
        ((entry->size || entry->first_cluster) &&
         !fat_cluster_valid(volume, entry->first_cluster)))
        return FS_ECHAIN;
    memset(file, 0, sizeof *file);
    file->volume = volume;
    file->size = entry->size;
    file->first_cluster = entry->first_cluster;
    file->attributes = entry->attributes;
    memcpy(file->raw_name, entry->raw_name, FAT_RAW_NAME_SIZE);
    file->entry_sector = entry->sector;
    file->entry_offset = entry->offset;
    return 0;
}

int fat_file_seek(struct fat_file *file, uint32_t position)
{
    if (position > file->size)
        return FS_ERANGE;
    file->position = position;
    return 0;
}

/* As fat_table_next, but along what is not linked yet too. */
static int next_cluster(const struct fat_file *file, uint32_t cluster,
                        uint32_t *next)
{
    if (file->link_from && cluster == file->link_from) {
        *next = file->link_to;
        return 0;
    }
    return fat_table_next(file->volume, cluster, next);
}

/* How many clusters somebody who goes on along the chain will ask for: a file
 * that has shown no gap yet is taken for one without; else as many as were
 * adjacent here. */
static uint32_t expect(const struct fat_file *file, uint32_t limit)
{
    uint32_t count = file->run_index
                         ? file->run_length
                         : file->size / file->volume->cluster_bytes;

    return count > limit ? count : limit;
}

/* Appends to the run what is adjacent, or makes it the one that follows:
 * 1, or 0 if the chain ends, or error. `limit` clusters are enough. */
static int step(struct fat_file *file, uint32_t limit, int only_adjacent)
{
    uint32_t last = file->run_cluster + file->run_length - 1;
    uint32_t next, length;
    int error = fat_table_run(file->volume, last, limit + 1,
                              expect(file, limit), &length);

    if (error || length > 1) {
        file->run_length += error ? 0 : length - 1;
        return error ? error : 1;
    }
    error = next_cluster(file, last, &next);
    if (error || !next || (only_adjacent && next != last + 1))
        return error;
    error = fat_table_run(file->volume, next, limit, limit, &length);
    if (error)
        return error;
    if (next != last + 1) {
        file->run_index += file->run_length;
        file->run_cluster = next;
        file->run_length = 0;
    }
    file->run_length += length;
    return 1;
}

int fat_file_locate(struct fat_file *file, uint32_t index, uint32_t wanted)
{
    if (!file->run_length || index < file->run_index) {
        if (!file->first_cluster)
            return 0;
        if (!fat_cluster_valid(file->volume, file->first_cluster))
            return FS_ECHAIN;
        file->run_index = 0;
        file->run_cluster = file->first_cluster;
        file->run_length = 1;
    }
    for (;;) {
        uint32_t passed = index - file->run_index;
        int is_here = passed < file->run_length;
        int found;

        if (is_here && file->run_length - passed >= wanted)
            return 1;
        found = step(file, passed - file->run_length + wanted, is_here);
        if (found <= 0)
            return found ? found : is_here;
    }
}

uint32_t fat_file_sector(const struct fat_file *file)
{
    const struct fat_volume *volume = file->volume;
    uint32_t cluster = file->run_cluster - file->run_index +
                       file->position / volume->cluster_bytes;

    return fat_cluster_sector(volume, cluster) +
           file->position % volume->cluster_bytes / volume->sector_bytes;
}

uint32_t fat_file_clusters(const struct fat_file *file, uint32_t size)
{
    uint32_t bytes = file->volume->cluster_bytes;
    uint64_t end = (uint64_t)(file->position % bytes) + size;

    return (uint32_t)((end + bytes - 1) / bytes);
}

uint32_t fat_file_run_bytes(const struct fat_file *file, uint32_t size)
{
    const struct fat_volume *volume = file->volume;
    uint32_t passed =
        file->position / volume->cluster_bytes - file->run_index;
    uint64_t bytes =
        (uint64_t)(file->run_length - passed) * volume->cluster_bytes -
        file->position % volume->cluster_bytes;

    if (bytes > size)
        bytes = size;
    return (uint32_t)bytes & ~(volume->sector_bytes - 1);
}

/* A piece of one sector, through the window; *length is how long. */
static int read_part(struct fat_file *file, uint8_t *buffer, uint32_t size,
                     uint32_t *length)
{
    struct fat_volume *volume = file->volume;
    uint32_t offset = file->position % volume->sector_bytes;
    int error = fat_window_load(volume, &volume->data, fat_file_sector(file));

    *length = volume->sector_bytes - offset;
    if (*length > size)
        *length = size;
    if (!error)
        memcpy(buffer, volume->data.bytes + offset, *length);
    return error;
}

/* Whole sectors up to the end of the run; *length is how many bytes. */
static int read_run(struct fat_file *file, uint8_t *buffer, uint32_t size,
                    uint32_t *length)
{
    *length = fat_file_run_bytes(file, size);
    return fat_read_sectors(file->volume, fat_file_sector(file),
                            *length / file->volume->sector_bytes, buffer);
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
        uint32_t length;
        int error = fat_file_locate(file,
                                    file->position / volume->cluster_bytes,
                                    fat_file_clusters(file, left));
        if (error <= 0)
            return error ? error : FS_ESHORT;
        if (file->position % volume->sector_bytes ||
            left < volume->sector_bytes)
            error = read_part(file, to, left, &length);
        else
            error = read_run(file, to, left, &length);
        if (error)
            return error;
        to += length;
        file->position += length;
        left -= length;
        *done += length;
    }
    return 0;
}
