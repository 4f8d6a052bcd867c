/* fat_folder.c - listing folders and following paths.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FATSpec, "FAT Directory Structure".
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

void fat_folder_start(struct fat_volume *volume, uint32_t first_cluster,
                      struct fat_folder *folder)
{
    folder->volume = volume;
    folder->position = 0;
    /* ".." of a folder in the root says cluster 0, on FAT32 too. */
    folder->first_cluster = first_cluster ? first_cluster
                                          : volume->root_cluster;
    folder->cluster = folder->first_cluster;
    folder->cluster_index = 0;
}

int fat_folder_open(struct fat_volume *volume, const struct fat_entry *entry,
                    struct fat_folder *folder)
{
    if (!(entry->attributes & FAT_ATTRIBUTE_FOLDER))
        return FS_ENOTFOLDER;
    fat_folder_start(volume, entry->first_cluster, folder);
    if (folder->cluster && !fat_cluster_valid(volume, folder->cluster))
        return FS_ECHAIN;
    return 0;
}

uint32_t fat_folder_number(const struct fat_volume *volume, uint32_t cluster)
{
    return cluster == volume->root_cluster ? 0 : cluster;
}

/* Sector of the entry at the position; 1, 0 at the folder's end, or error. */
static int position_sector(struct fat_folder *folder, uint32_t *sector)
{
    struct fat_volume *volume = folder->volume;
    uint64_t offset = (uint64_t)folder->position * FAT_ENTRY_SIZE;
    uint32_t index = (uint32_t)(offset / volume->cluster_bytes);

    if (!folder->cluster) {
        *sector = volume->root_start +
                  (uint32_t)(offset / volume->sector_bytes);
        return folder->position < volume->root_entries;
    }
    if (folder->position >= FAT_FOLDER_ENTRIES_MAX)
        return FS_EFOLDER;
    if (index < folder->cluster_index) {
        folder->cluster = folder->first_cluster;
        folder->cluster_index = 0;
    }
    while (folder->cluster_index < index) {
        uint32_t next;
        int error = fat_table_next(volume, folder->cluster, &next);
        if (error || !next)
            return error;
        folder->cluster = next;
        folder->cluster_index++;
    }
    *sector = fat_cluster_sector(volume, folder->cluster) +
              (uint32_t)(offset % volume->cluster_bytes /
                         volume->sector_bytes);
    return 1;
}

int fat_folder_raw(struct fat_folder *folder, uint8_t **raw)
{
    struct fat_volume *volume = folder->volume;
    uint32_t sector = 0;
    int found = position_sector(folder, &sector);
    int error;

    if (found <= 0)
        return found;
    error = fat_window_load(volume, volume->folder, sector);
    *raw = volume->folder->bytes +
           (uint64_t)folder->position * FAT_ENTRY_SIZE % volume->sector_bytes;
    return error ? error : 1;
}

uint32_t fat_raw_cluster(const struct fat_volume *volume, const uint8_t *raw)
{
    uint32_t cluster = load16(raw + FAT_RAW_CLUSTER_LOW);

    /* On FAT12 and FAT16 the upper half is somebody else's. */
    if (volume->type == FAT_32)
        cluster |= (uint32_t)load16(raw + FAT_RAW_CLUSTER_HIGH) << 16;
    return cluster;
}

void fat_raw_set_cluster(const struct fat_volume *volume, uint8_t *raw,
                         uint32_t cluster)
{
    store16(raw + FAT_RAW_CLUSTER_LOW, (uint16_t)cluster);
    if (volume->type == FAT_32)
        store16(raw + FAT_RAW_CLUSTER_HIGH, (uint16_t)(cluster >> 16));
}

int fat_raw_is_piece(const uint8_t *raw)
{
    return raw[0] != FAT_ENTRY_FREE && raw[0] != FAT_ENTRY_END &&
           (raw[FAT_RAW_ATTRIBUTES] & 0x3F) == FAT_ATTRIBUTE_LONG_NAME;
}

static void fill_entry(const struct fat_volume *volume, const uint8_t *raw,
                       const struct fat_long_name *name,
                       struct fat_entry *entry)
{
    fat_short_name_text(raw, entry->short_name);
    entry->pieces = name->count;
    if (!fat_long_name_text(name, raw, entry->name)) {
        memcpy(entry->name, entry->short_name, sizeof entry->short_name);
        entry->pieces = 0;
    }
    memcpy(entry->raw_name, raw, FAT_RAW_NAME_SIZE);
    entry->attributes = raw[FAT_RAW_ATTRIBUTES];
    entry->created_time = load16(raw + FAT_RAW_CREATED_TIME);
    entry->created_date = load16(raw + FAT_RAW_CREATED_DATE);
    entry->accessed_date = load16(raw + FAT_RAW_ACCESSED_DATE);
    entry->time = load16(raw + FAT_RAW_TIME);
    entry->date = load16(raw + FAT_RAW_DATE);
    entry->first_cluster = fat_raw_cluster(volume, raw);
    entry->size = entry->attributes & FAT_ATTRIBUTE_FOLDER
                      ? 0
                      : load32(raw + FAT_RAW_SIZE);
}

int fat_folder_next(struct fat_folder *folder, struct fat_entry *entry)
{
    struct fat_volume *volume = folder->volume;
    struct fat_long_name name;
    uint8_t *raw;

    fat_long_name_reset(&name);
    for (;; folder->position++) {
        int found = fat_folder_raw(folder, &raw);
        if (found <= 0)
            return found;
        if (raw[0] == FAT_ENTRY_END)
            return 0;
        if (fat_raw_is_piece(raw)) {
            fat_long_name_piece(&name, raw);
            continue;
        }
        if (raw[0] != FAT_ENTRY_FREE &&
            !(raw[FAT_RAW_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL))
            break;
        fat_long_name_reset(&name);
    }
    fill_entry(volume, raw, &name, entry);
    entry->sector = volume->folder->sector;
    entry->offset = (uint32_t)(raw - volume->folder->bytes);
    entry->folder_cluster = fat_folder_number(volume, folder->first_cluster);
    entry->position = folder->position++;
    return 1;
}

static void fill_root(struct fat_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    entry->name[0] = entry->short_name[0] = '/';
    entry->attributes = FAT_ATTRIBUTE_FOLDER;
}

static int is_separator(char c)
{
    return c == '/' || c == '\\';
}

static int is_root(const struct fat_entry *entry)
{
    return (entry->attributes & FAT_ATTRIBUTE_FOLDER) &&
           !entry->first_cluster;
}

static int is_dots(const char *name, size_t length)
{
    return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

int fat_find_inside(struct fat_volume *volume, const char *name,
                    size_t length, struct fat_entry *entry)
{
    struct fat_folder folder;
    int found = fat_folder_open(volume, entry, &folder);

    if (found)
        return found;
    /* The root has neither "." nor "..". */
    if (is_root(entry) && is_dots(name, length))
        return 0;
    while ((found = fat_folder_next(&folder, entry)) > 0)
        if (fat_name_equal(entry->name, name, length) ||
            fat_name_equal(entry->short_name, name, length))
            return 0;
    return found ? found : FS_ENOTFOUND;
}

/* Follows the first `size` bytes of a path. */
static int find(struct fat_volume *volume, const char *path, size_t size,
                struct fat_entry *entry)
{
    const char *end = path + size;

    fill_root(entry);
    for (;;) {
        size_t length = 0;
        int error;

        while (path < end && is_separator(*path))
            path++;
        if (path == end)
            return 0;
        while (path + length < end && !is_separator(path[length]))
            length++;
        if (length >= FAT_NAME_SIZE)
            return FS_ENAME;
        error = fat_find_inside(volume, path, length, entry);
        if (error)
            return error;
        path += length;
        if (path < end && !(entry->attributes & FAT_ATTRIBUTE_FOLDER))
            return FS_ENOTFOLDER;
        if (is_root(entry))
            fill_root(entry);
    }
}

int fat_find(struct fat_volume *volume, const char *path,
             struct fat_entry *entry)
{
    return find(volume, path, strlen(path), entry);
}

int fat_find_parent(struct fat_volume *volume, const char *path,
                    struct fat_entry *parent, const char **name,
                    size_t *length)
{
    size_t end = strlen(path), start;
    int error;

    while (end && is_separator(path[end - 1]))
        end--;
    start = end;
    while (start && !is_separator(path[start - 1]))
        start--;
    *name = path + start;
    *length = end - start;
    error = find(volume, path, start, parent);
    if (error)
        return error;
    if (!(parent->attributes & FAT_ATTRIBUTE_FOLDER))
        return FS_ENOTFOLDER;
    return !*length || is_dots(*name, *length) ? FS_ENAME : 0;
}
