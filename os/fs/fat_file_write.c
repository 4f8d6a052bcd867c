/* fat_file_write.c - writing, resizing and flushing files.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A file grows by a chain of its own that nothing on the disk names before
 * it is flushed. It gets shorter the other way: the entry first, then the end
 * mark, then the rest is free.
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

static int begin(struct fat_file *file)
{
    struct fat_volume *volume = file->volume;
    int error = file->attributes & FAT_ATTRIBUTE_READ_ONLY ? FS_EREADONLY : 0;

    if (!error)
        error = fat_change_begin(volume);
    if (!error && !file->changed) {
        file->next_changed = volume->changed_files;
        volume->changed_files = file;
        file->changed = 1;
    }
    return error;
}

static void forget(struct fat_file *file)
{
    struct fat_file **next = &file->volume->changed_files;

    while (*next && *next != file)
        next = &(*next)->next_changed;
    if (*next)
        *next = file->next_changed;
    file->changed = 0;
}

/* Adds up to `wanted` adjacent clusters behind the run, the chain's last. */
static int grow(struct fat_file *file, uint32_t wanted)
{
    struct fat_volume *volume = file->volume;
    uint32_t tail = file->run_length
                        ? file->run_cluster + file->run_length - 1
                        : 0;
    uint32_t cluster, length;
    /* A tail that is as new as this one is linked at once. */
    int error = fat_allocate(volume, file->link_to ? tail : 0,
                             tail ? tail + 1 : 0, wanted, &cluster, &length);

    if (error)
        return error;
    if (!file->link_to) {
        file->link_from = tail;
        file->link_to = cluster;
    }
    if (!tail)
        file->first_cluster = cluster;
    if (!tail || cluster != tail + 1) {
        file->run_index += file->run_length;
        file->run_cluster = cluster;
        file->run_length = 0;
    }
    file->run_length += length;
    file->chain_checked = 1;
    return 0;
}

/* Makes the position's cluster and those behind it, as far as they are
 * adjacent, the run. Clusters behind the file's size, which some systems
 * leave, are taken if their chain has an end. */
static int reach(struct fat_file *file, uint32_t wanted)
{
    uint32_t bytes = file->volume->cluster_bytes;
    uint32_t index = file->position / bytes;
    uint32_t used = (uint32_t)(((uint64_t)file->size + bytes - 1) / bytes);
    int found = fat_file_locate(file, index, wanted);

    if (found > 0 && index + (uint64_t)wanted > used && !file->chain_checked) {
        int error = fat_chain_check(
            file->volume, file->run_cluster + file->run_length - 1);
        if (error)
            return error;
        file->chain_checked = 1;
    }
    if (found)
        return found < 0 ? found : 0;
    if (file->run_index + file->run_length != index)
        return FS_ESHORT;
    return grow(file, wanted);
}

/* A piece of one sector, through the window. */
static int write_part(struct fat_file *file, const uint8_t *buffer,
                      uint32_t size, uint32_t *length)
{
    struct fat_volume *volume = file->volume;
    uint32_t offset = file->position % volume->sector_bytes;
    uint32_t sector = fat_file_sector(file);
    int error;

    *length = volume->sector_bytes - offset;
    if (*length > size)
        *length = size;
    /* Nothing of the file is in this sector yet? */
    if (file->position - offset >= file->size)
        error = fat_window_clear(volume, &volume->data, sector);
    else
        error = fat_window_load(volume, &volume->data, sector);
    if (error)
        return error;
    memcpy(volume->data.bytes + offset, buffer, *length);
    volume->data.changed = 1;
    return 0;
}

static int write_run(struct fat_file *file, const uint8_t *buffer,
                     uint32_t size, uint32_t *length)
{
    *length = fat_file_run_bytes(file, size);
    return fat_write_sectors(file->volume, fat_file_sector(file),
                             *length / file->volume->sector_bytes, buffer);
}

/* Up to the next sector or the run's end. */
static int write_some(struct fat_file *file, const uint8_t *from,
                      uint32_t left, uint32_t *length)
{
    uint32_t sector_bytes = file->volume->sector_bytes;
    int error = reach(file, fat_file_clusters(file, left));

    if (error)
        return error;
    if (file->position % sector_bytes || left < sector_bytes)
        error = write_part(file, from, left, length);
    else
        error = write_run(file, from, left, length);
    if (error)
        return error;
    file->position += *length;
    if (file->position > file->size)
        file->size = file->position;
    return 0;
}

int fat_file_write(struct fat_file *file, const void *buffer, size_t size,
                   size_t *done)
{
    const uint8_t *from = buffer;
    uint32_t left = FAT_FILE_SIZE_MAX - file->position;
    int error;

    *done = 0;
    if (!size)
        return 0;
    error = begin(file);
    if (left > size)
        left = (uint32_t)size;
    size -= left;
    while (left && !error) {
        uint32_t length;

        error = write_some(file, from, left, &length);
        if (!error) {
            from += length;
            left -= length;
            *done += length;
        }
    }
    return error ? error : size ? FS_ETOOLARGE : 0;
}

/* The folder's entry, unless it is another file's by now. */
static int write_entry(struct fat_file *file)
{
    struct fat_volume *volume = file->volume;
    uint8_t *raw = volume->folder->bytes + file->entry_offset;
    uint16_t date, time;
    int error = fat_window_load(volume, volume->folder, file->entry_sector);

    if (error)
        return error;
    if (memcmp(raw, file->raw_name, FAT_RAW_NAME_SIZE) ||
        raw[FAT_RAW_ATTRIBUTES] &
            (FAT_ATTRIBUTE_FOLDER | FAT_ATTRIBUTE_LABEL))
        return FS_ENOTFOUND;
    fat_now(volume, &date, &time);
    raw[FAT_RAW_ATTRIBUTES] |= FAT_ATTRIBUTE_ARCHIVE;
    fat_raw_set_cluster(volume, raw, file->first_cluster);
    store32(raw + FAT_RAW_SIZE, file->size);
    store16(raw + FAT_RAW_ACCESSED_DATE, date);
    store16(raw + FAT_RAW_TIME, time);
    store16(raw + FAT_RAW_DATE, date);
    volume->folder->changed = 1;
    return fat_window_store(volume->folder);
}

static int flush(struct fat_file *file)
{
    struct fat_volume *volume = file->volume;
    int error = volume->refuse_changes;

    if (!error)
        error = fat_window_store(&volume->data);
    if (!error)
        error = fat_table_store(volume);
    if (!error && file->link_from)
        error = fat_table_set(volume, file->link_from, file->link_to);
    if (!error)
        error = fat_table_store(volume);
    if (error)
        return error;
    file->link_from = file->link_to = 0;
    error = write_entry(file);
    return error ? error : fat_device_flush(volume);
}

int fat_file_flush(struct fat_file *file)
{
    int error;

    if (!file->changed)
        return 0;
    error = flush(file);
    forget(file);
    if (error)
        file->volume->unclean = 1;
    return error;
}

/* Takes the clusters behind the first `keep`, whose chain was checked. */
static int give_back(struct fat_file *file, uint32_t size, uint32_t keep,
                     uint32_t last, uint32_t rest)
{
    struct fat_volume *volume = file->volume;
    int error;

    file->size = size;
    if (file->position > size)
        file->position = size;
    file->run_length = file->run_index = 0;
    if (!keep)
        file->first_cluster = 0;
    error = write_entry(file);
    if (!error && keep && rest)
        error = fat_table_cut(volume, last);
    return error ? error : fat_chain_free(volume, rest);
}

static int shorten(struct fat_file *file, uint32_t size)
{
    struct fat_volume *volume = file->volume;
    uint32_t bytes = volume->cluster_bytes;
    uint32_t keep = (uint32_t)(((uint64_t)size + bytes - 1) / bytes);
    uint32_t last = 0, rest = file->first_cluster;
    int found = 1, error = flush(file);

    if (!error && keep)
        found = fat_file_locate(file, keep - 1, 1);
    if (!error && found <= 0)
        error = found ? found : FS_ESHORT;
    if (!error && keep) {
        last = file->run_cluster + (keep - 1 - file->run_index);
        error = fat_table_next(volume, last, &rest);
    }
    if (!error && rest)
        error = fat_chain_check(volume, rest);
    return error ? error : give_back(file, size, keep, last, rest);
}

static int lengthen(struct fat_file *file, uint32_t size)
{
    static const uint32_t part_max = FAT_SCRATCH;
    uint32_t position = file->position;
    int error = 0;

    file->position = file->size;
    while (file->size < size && !error) {
        uint32_t left = size - file->size;
        uint32_t whole = part_max - file->position % part_max;
        uint32_t length;

        error = write_some(file, file->volume->scratch,
                           left < whole ? left : whole, &length);
    }
    file->position = position;
    return error;
}

int fat_file_truncate(struct fat_file *file, uint32_t size)
{
    uint32_t old = file->size;
    int error;

    if (size == old)
        return 0;
    error = begin(file);
    if (error)
        return error;
    if (size < old)
        return shorten(file, size);
    error = lengthen(file, size);
    if (error)
        shorten(file, old);
    return error;
}
