/* fat_folder.c - listing folders and following paths.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FATSpec, "FAT Directory Structure".
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

/* FATSpec: a folder has at most 65,536 entries. This ends every walk through
 * a chain that runs in a circle. */
#define FOLDER_ENTRIES_MAX 65536

#define ENTRY_FREE 0xE5
#define ENTRY_END 0x00

int fat_folder_open(struct fat_volume *volume, const struct fat_entry *entry,
                    struct fat_folder *folder)
{
    if (!(entry->attributes & FAT_ATTRIBUTE_FOLDER))
        return FS_ENOTFOLDER;
    folder->volume = volume;
    folder->position = 0;
    /* ".." of a folder in the root says cluster 0, on FAT32 too. */
    folder->cluster =
        entry->first_cluster ? entry->first_cluster : volume->root_cluster;
    if (folder->cluster && !fat_cluster_valid(volume, folder->cluster))
        return FS_ECHAIN;
    return 0;
}

/* Sector of the entry at the position; 1, 0 at the folder's end, or error.
 * Steps to the next cluster when the position reaches one. */
static int position_sector(struct fat_folder *folder, uint32_t *sector)
{
    struct fat_volume *volume = folder->volume;
    uint64_t offset = (uint64_t)folder->position * FAT_ENTRY_SIZE;
    uint32_t in_cluster = (uint32_t)(offset % volume->cluster_bytes);
    int error;

    if (!folder->cluster) {
        *sector = volume->root_start +
                  (uint32_t)(offset / volume->sector_bytes);
        return folder->position < volume->root_entries;
    }
    if (folder->position >= FOLDER_ENTRIES_MAX)
        return FS_EFOLDER;
    if (folder->position && !in_cluster) {
        uint32_t next;
        error = fat_table_next(volume, folder->cluster, &next);
        if (error || !next)
            return error;
        folder->cluster = next;
    }
    *sector = fat_cluster_sector(volume, folder->cluster) +
              in_cluster / volume->sector_bytes;
    return 1;
}

static void fill_entry(const struct fat_volume *volume, const uint8_t *raw,
                       const struct fat_long_name *name,
                       struct fat_entry *entry)
{
    fat_short_name_text(raw, entry->short_name);
    if (!fat_long_name_text(name, raw, entry->name))
        memcpy(entry->name, entry->short_name, sizeof entry->short_name);
    entry->attributes = raw[11];
    entry->time = load16(raw + 22);
    entry->date = load16(raw + 24);
    entry->first_cluster = load16(raw + 26);
    /* On FAT12 and FAT16 the upper half is somebody else's. */
    if (volume->type == FAT_32)
        entry->first_cluster |= (uint32_t)load16(raw + 20) << 16;
    entry->size = raw[11] & FAT_ATTRIBUTE_FOLDER ? 0 : load32(raw + 28);
}

int fat_folder_next(struct fat_folder *folder, struct fat_entry *entry)
{
    struct fat_volume *volume = folder->volume;
    struct fat_long_name name;
    const uint8_t *raw;

    fat_long_name_reset(&name);
    for (;; folder->position++) {
        int found = position_sector(folder, &entry->sector);
        if (found <= 0)
            return found;
        found = fat_window_load(volume, &volume->data, entry->sector);
        if (found)
            return found;
        entry->offset = folder->position * FAT_ENTRY_SIZE %
                        volume->sector_bytes;
        raw = volume->data.bytes + entry->offset;
        if (raw[0] == ENTRY_END)
            return 0;
        if (raw[0] != ENTRY_FREE &&
            (raw[11] & 0x3F) == FAT_ATTRIBUTE_LONG_NAME) {
            fat_long_name_piece(&name, raw);
            continue;
        }
        if (raw[0] != ENTRY_FREE && !(raw[11] & FAT_ATTRIBUTE_LABEL))
            break;
        fat_long_name_reset(&name);
    }
    fill_entry(volume, raw, &name, entry);
    folder->position++;
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

/* Replaces the entry of a folder by that of the named one inside it. */
static int step_into(struct fat_volume *volume, const char *name,
                     size_t length, struct fat_entry *entry)
{
    struct fat_folder folder;
    int found = fat_folder_open(volume, entry, &folder);

    if (found)
        return found;
    /* The root has neither "." nor "..". */
    if (is_root(entry) && name[0] == '.' &&
        (length == 1 || (length == 2 && name[1] == '.')))
        return 0;
    while ((found = fat_folder_next(&folder, entry)) > 0)
        if (fat_name_equal(entry->name, name, length) ||
            fat_name_equal(entry->short_name, name, length))
            return 0;
    return found ? found : FS_ENOTFOUND;
}

int fat_find(struct fat_volume *volume, const char *path,
             struct fat_entry *entry)
{
    fill_root(entry);
    for (;;) {
        size_t length = 0;
        int error;

        while (is_separator(*path))
            path++;
        if (!*path)
            return 0;
        while (path[length] && !is_separator(path[length]))
            length++;
        if (length >= FAT_NAME_SIZE)
            return FS_ENAME;
        error = step_into(volume, path, length, entry);
        if (error)
            return error;
        path += length;
        if (is_separator(*path) &&
            !(entry->attributes & FAT_ATTRIBUTE_FOLDER))
            return FS_ENOTFOLDER;
        if (is_root(entry))
            fill_root(entry);
    }
}
