/* fat_change.c - creating, removing and renaming files and folders.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

#define ATTRIBUTES_SETTABLE                                              \
    (FAT_ATTRIBUTE_READ_ONLY | FAT_ATTRIBUTE_HIDDEN |                    \
     FAT_ATTRIBUTE_SYSTEM | FAT_ATTRIBUTE_FOLDER | FAT_ATTRIBUTE_ARCHIVE)

/* Where a new name goes. */
struct place {
    struct fat_folder folder;
    struct fat_new_name name;
    uint32_t position;
};

/* Everything that can be wrong before anything is changed; and *entry is of
 * the one that has the name already, if FS_EEXISTS. */
static int check_place(struct fat_volume *volume, const char *path,
                       struct place *place, struct fat_entry *entry)
{
    const char *text;
    size_t length;
    int error = fat_find_parent(volume, path, entry, &text, &length);

    if (!error)
        error = fat_new_name_parse(&place->name, text, length);
    if (!error)
        error = fat_folder_open(volume, entry, &place->folder);
    if (error)
        return error;
    error = fat_find_inside(volume, text, length, entry);
    return error == FS_ENOTFOUND ? 0 : error ? error : FS_EEXISTS;
}

static int make_place(struct fat_volume *volume, struct place *place)
{
    int error = fat_change_begin(volume);

    if (!error)
        error = fat_entry_alias(&place->folder, &place->name);
    if (!error)
        error = fat_entry_place(&place->folder, place->name.pieces + 1,
                                &place->position);
    return error;
}

/* A cluster with an empty folder in it, on the medium but not named yet. */
static int make_folder(struct place *place, uint32_t *cluster)
{
    struct fat_volume *volume = place->folder.volume;
    uint32_t length;
    int error = fat_allocate(volume, 0, 0, 1, cluster, &length);

    if (!error)
        error = fat_entry_make_folder(
            volume, *cluster,
            fat_folder_number(volume, place->folder.first_cluster));
    if (!error)
        error = fat_table_store(volume);
    return error ? error : fat_device_flush(volume);
}

int fat_create(struct fat_volume *volume, const char *path,
               uint8_t attributes, struct fat_entry *entry)
{
    uint8_t raw[FAT_ENTRY_SIZE];
    struct place place;
    uint32_t cluster = 0;
    int error = check_place(volume, path, &place, entry);

    if (!error)
        error = make_place(volume, &place);
    attributes &= ATTRIBUTES_SETTABLE;
    if (!error && attributes & FAT_ATTRIBUTE_FOLDER)
        error = make_folder(&place, &cluster);
    if (error)
        return error;
    if (!(attributes & FAT_ATTRIBUTE_FOLDER))
        attributes |= FAT_ATTRIBUTE_ARCHIVE;
    fat_entry_init(volume, raw, attributes);
    fat_raw_set_cluster(volume, raw, cluster);
    error = fat_entry_write(&place.folder, place.position, &place.name, raw);
    if (error)
        return error;
    place.folder.position = place.position;
    error = fat_folder_next(&place.folder, entry);
    return error < 0 ? error : 0;
}

static int is_busy(const struct fat_volume *volume,
                   const struct fat_entry *entry)
{
    const struct fat_file *file = volume->changed_files;

    while (file && (file->entry_sector != entry->sector ||
                    file->entry_offset != entry->offset))
        file = file->next_changed;
    return file != 0;
}

/* Finds what is to be removed or renamed: not the root, not "." or "..". */
static int find_victim(struct fat_volume *volume, const char *path,
                       struct fat_entry *entry)
{
    const char *text;
    size_t length;
    int error = fat_find_parent(volume, path, entry, &text, &length);

    if (!error)
        error = fat_find(volume, path, entry);
    if (!error && is_busy(volume, entry))
        error = FS_EBUSY;
    return error;
}

static int check_empty(struct fat_volume *volume,
                       const struct fat_entry *entry)
{
    struct fat_folder folder;
    uint8_t *raw;
    int found = fat_folder_open(volume, entry, &folder);

    if (found)
        return found;
    /* The first two entries are "." and "..". */
    for (folder.position = 2; (found = fat_folder_raw(&folder, &raw)) > 0;
         folder.position++) {
        if (raw[0] == FAT_ENTRY_END)
            return 0;
        if (raw[0] != FAT_ENTRY_FREE && !fat_raw_is_piece(raw))
            return FS_ENOTEMPTY;
    }
    return found;
}

int fat_remove(struct fat_volume *volume, const char *path)
{
    struct fat_entry entry;
    uint8_t *dotdot;
    int error = find_victim(volume, path, &entry);

    if (!error && entry.attributes & FAT_ATTRIBUTE_READ_ONLY)
        error = FS_EREADONLY;
    if (!error && entry.attributes & FAT_ATTRIBUTE_FOLDER)
        error = fat_entry_dotdot(volume, entry.first_cluster, &dotdot);
    if (!error && entry.attributes & FAT_ATTRIBUTE_FOLDER)
        error = check_empty(volume, &entry);
    if (!error && entry.first_cluster)
        error = fat_chain_check(volume, entry.first_cluster);
    if (!error)
        error = fat_change_begin(volume);
    if (!error)
        error = fat_entry_delete(volume, entry.folder_cluster, entry.position,
                                 entry.pieces);
    return error ? error : fat_chain_free(volume, entry.first_cluster);
}

/* Is a folder, or one of those it is in, the one of that cluster? The way
 * up is no longer than there are clusters. */
static int check_inside(struct fat_volume *volume, uint32_t folder,
                        uint32_t cluster)
{
    for (uint32_t i = 0; i <= volume->clusters; i++) {
        uint8_t *raw;
        int error;

        if (!fat_folder_number(volume, folder))
            return 0;
        if (folder == cluster)
            return FS_EINSIDE;
        error = fat_entry_dotdot(volume, folder, &raw);
        if (error)
            return error;
        folder = fat_raw_cluster(volume, raw);
    }
    return FS_EFOLDER;
}

/* Copies the entry under its new name, then removes the old one. */
static int move(struct fat_volume *volume, const struct fat_entry *entry,
                struct place *place)
{
    uint8_t raw[FAT_ENTRY_SIZE], *dotdot;
    uint32_t parent = fat_folder_number(volume, place->folder.first_cluster);
    int error = make_place(volume, place);

    if (!error)
        error = fat_window_load(volume, volume->folder, entry->sector);
    if (error)
        return error;
    memcpy(raw, volume->folder->bytes + entry->offset, FAT_ENTRY_SIZE);
    error = fat_entry_write(&place->folder, place->position, &place->name,
                            raw);
    if (!error)
        error = fat_device_flush(volume);
    if (!error && entry->attributes & FAT_ATTRIBUTE_FOLDER &&
        parent != entry->folder_cluster) {
        error = fat_entry_dotdot(volume, entry->first_cluster, &dotdot);
        if (!error)
            fat_raw_set_cluster(volume, dotdot, parent);
        volume->folder->changed = !error;
    }
    /* Its first load writes "..". */
    return error ? error
                 : fat_entry_delete(volume, entry->folder_cluster,
                                    entry->position, entry->pieces);
}

/* The same short name, in other letters. */
static int change_case(struct fat_volume *volume,
                       const struct fat_entry *entry, uint8_t case_bits)
{
    int error = fat_change_begin(volume);

    if (!error)
        error = fat_window_load(volume, volume->folder, entry->sector);
    if (error)
        return error;
    volume->folder->bytes[entry->offset + FAT_RAW_CASE] = case_bits;
    volume->folder->changed = 1;
    return fat_window_store(volume->folder);
}

int fat_rename(struct fat_volume *volume, const char *from, const char *to)
{
    struct fat_entry entry, other;
    struct place place;
    uint8_t *dotdot;
    int is_folder, same;
    int error = find_victim(volume, from, &entry);

    if (error)
        return error;
    is_folder = entry.attributes & FAT_ATTRIBUTE_FOLDER;
    error = check_place(volume, to, &place, &other);
    same = error == FS_EEXISTS && other.sector == entry.sector &&
           other.offset == entry.offset;
    if (same)
        error = 0;
    if (!error && is_folder)
        error = fat_entry_dotdot(volume, entry.first_cluster, &dotdot);
    if (!error && is_folder && !same)
        error = check_inside(volume, place.folder.first_cluster,
                             entry.first_cluster);
    if (error)
        return error;
    if (same && !entry.pieces && !place.name.pieces &&
        !memcmp(entry.raw_name, place.name.raw, FAT_RAW_NAME_SIZE))
        return change_case(volume, &entry, place.name.case_bits);
    return move(volume, &entry, &place);
}
