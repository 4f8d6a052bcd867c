/* fat_entry.c - entries of folders: places for them, writing, removing.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What is written goes up, so that the short entry, which makes the name one,
 * comes last; what is removed goes down, so that it goes first. In between
 * there are pieces of a long name that belong to nothing, which everyone
 * skips.
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

/* Numbers of short names looked at in one go through the folder. */
#define NUMBERS 2048u
#define NUMBER_LIMIT 1000000u

static int store(struct fat_volume *volume)
{
    volume->folder->changed = 1;
    return fat_window_store(volume->folder);
}

void fat_entry_init(const struct fat_volume *volume, uint8_t *raw,
                    uint8_t attributes)
{
    uint16_t date, time;

    memset(raw, 0, FAT_ENTRY_SIZE);
    fat_now(volume, &date, &time);
    raw[FAT_RAW_ATTRIBUTES] = attributes;
    store16(raw + FAT_RAW_CREATED_TIME, time);
    store16(raw + FAT_RAW_CREATED_DATE, date);
    store16(raw + FAT_RAW_ACCESSED_DATE, date);
    store16(raw + FAT_RAW_TIME, time);
    store16(raw + FAT_RAW_DATE, date);
}

/* Adds a cluster of zeros to a folder that ends at folder->cluster. */
static int grow(struct fat_folder *folder)
{
    struct fat_volume *volume = folder->volume;
    uint32_t cluster, length;
    int error;

    if (!folder->cluster || (uint64_t)folder->position + 1 >
                                FAT_FOLDER_ENTRIES_MAX)
        return FS_EFOLDERFULL;
    error = fat_allocate(volume, 0, folder->cluster + 1, 1, &cluster,
                         &length);
    if (!error)
        error = fat_zero_sectors(volume, fat_cluster_sector(volume, cluster),
                                 volume->cluster_sectors);
    if (!error)
        error = fat_table_store(volume);
    /* The link must never be there without the zeros. */
    if (!error)
        error = fat_device_flush(volume);
    if (!error)
        error = fat_table_set(volume, folder->cluster, cluster);
    return error ? error : fat_table_store(volume);
}

/* Behind the new last entry the folder ends, whatever stood there. */
static int end_folder(struct fat_folder *folder)
{
    uint8_t *raw;
    int found;

    folder->position++;
    if (folder->position >= FAT_FOLDER_ENTRIES_MAX)
        return 0;
    found = fat_folder_raw(folder, &raw);
    if (found <= 0 || raw[0] == FAT_ENTRY_END)
        return found < 0 ? found : 0;
    raw[0] = FAT_ENTRY_END;
    return store(folder->volume);
}

int fat_entry_place(struct fat_folder *folder, unsigned needed,
                    uint32_t *position)
{
    unsigned count = 0;
    int ended = 0;

    for (folder->position = 0;; folder->position++) {
        uint8_t *raw;
        int found;

        if (folder->position >= FAT_FOLDER_ENTRIES_MAX)
            return FS_EFOLDERFULL;
        found = fat_folder_raw(folder, &raw);
        if (!found) {
            found = grow(folder);
            if (!found)
                found = fat_folder_raw(folder, &raw);
            ended = 1;
        }
        if (found <= 0)
            return found ? found : FS_ECHAIN;
        ended |= raw[0] == FAT_ENTRY_END;
        count = ended || raw[0] == FAT_ENTRY_FREE ? count + 1 : 0;
        if (count == needed)
            break;
    }
    *position = folder->position + 1 - needed;
    return ended ? end_folder(folder) : 0;
}

/* Which of NUMBERS numbers from `first` on are in use; *plain: the name
 * without one is. */
static int collect_numbers(struct fat_folder *folder,
                           const struct fat_new_name *name, unsigned first,
                           uint8_t *used, int *plain)
{
    uint8_t *raw;
    int found;

    memset(used, 0, NUMBERS / 8);
    for (folder->position = 0; (found = fat_folder_raw(folder, &raw)) > 0;
         folder->position++) {
        int number;

        if (raw[0] == FAT_ENTRY_END)
            return 0;
        if (raw[0] == FAT_ENTRY_FREE || fat_raw_is_piece(raw))
            continue;
        number = fat_new_name_number(name, raw);
        *plain |= number == 0;
        if (number > 0 && (unsigned)number - first < NUMBERS)
            used[((unsigned)number - first) / 8] |=
                (uint8_t)(1 << ((unsigned)number - first) % 8);
    }
    return found == FS_EFOLDER ? 0 : found;
}

int fat_entry_alias(struct fat_folder *folder, struct fat_new_name *name)
{
    uint8_t used[NUMBERS / 8];
    int plain = name->lossy;

    if (!name->pieces)
        return 0;
    for (unsigned first = 1; first < NUMBER_LIMIT; first += NUMBERS) {
        int error = collect_numbers(folder, name, first, used, &plain);

        if (error || !plain)
            return error;
        for (unsigned i = 0; i < NUMBERS; i++)
            if (!(used[i / 8] >> i % 8 & 1)) {
                fat_new_name_set_number(name, first + i);
                return 0;
            }
    }
    return FS_EFOLDERFULL;
}

int fat_entry_write(struct fat_folder *folder, uint32_t position,
                    const struct fat_new_name *name, const uint8_t *raw)
{
    for (unsigned left = name->pieces + 1; left; left--) {
        uint8_t *to;
        int found;

        folder->position = position++;
        found = fat_folder_raw(folder, &to);
        if (found <= 0)
            return found ? found : FS_ECHAIN;
        if (left > 1) {
            fat_new_name_piece(name, left - 1, to);
        } else {
            memcpy(to, raw, FAT_ENTRY_SIZE);
            memcpy(to, name->raw, FAT_RAW_NAME_SIZE);
            to[FAT_RAW_CASE] = name->case_bits;
        }
        /* Another sector's load writes this one first. */
        folder->volume->folder->changed = 1;
    }
    return fat_window_store(folder->volume->folder);
}

int fat_entry_delete(struct fat_volume *volume, uint32_t folder_cluster,
                     uint32_t position, uint32_t pieces)
{
    struct fat_folder folder;

    fat_folder_start(volume, folder_cluster, &folder);
    for (uint32_t i = 0; i <= pieces; i++) {
        uint8_t *raw;
        int found;

        folder.position = position - i;
        found = fat_folder_raw(&folder, &raw);
        if (found <= 0)
            return found ? found : FS_ECHAIN;
        raw[0] = FAT_ENTRY_FREE;
        volume->folder->changed = 1;
    }
    return fat_window_store(volume->folder);
}

int fat_entry_dotdot(struct fat_volume *volume, uint32_t cluster,
                     uint8_t **raw)
{
    static const char dots[] = ".          ..         ";
    uint8_t *bytes = volume->folder->bytes;
    int error;

    if (!fat_cluster_valid(volume, cluster))
        return FS_ECHAIN;
    error = fat_window_load(volume, volume->folder,
                            fat_cluster_sector(volume, cluster));
    if (error)
        return error;
    *raw = bytes + FAT_ENTRY_SIZE;
    if (memcmp(bytes, dots, FAT_RAW_NAME_SIZE) ||
        memcmp(*raw, dots + FAT_RAW_NAME_SIZE, FAT_RAW_NAME_SIZE) ||
        !(bytes[FAT_RAW_ATTRIBUTES] & (*raw)[FAT_RAW_ATTRIBUTES] &
          FAT_ATTRIBUTE_FOLDER))
        return FS_EFOLDER;
    return 0;
}

int fat_entry_make_folder(struct fat_volume *volume, uint32_t cluster,
                          uint32_t parent)
{
    uint32_t sector = fat_cluster_sector(volume, cluster);
    uint8_t *raw = volume->folder->bytes;
    int error = fat_zero_sectors(volume, sector + 1,
                                 volume->cluster_sectors - 1);

    if (!error)
        error = fat_window_clear(volume, volume->folder, sector);
    if (error)
        return error;
    fat_entry_init(volume, raw, FAT_ATTRIBUTE_FOLDER);
    memset(raw, ' ', FAT_RAW_NAME_SIZE);
    memcpy(raw + FAT_ENTRY_SIZE, raw, FAT_ENTRY_SIZE);
    raw[0] = raw[FAT_ENTRY_SIZE] = raw[FAT_ENTRY_SIZE + 1] = '.';
    fat_raw_set_cluster(volume, raw, cluster);
    fat_raw_set_cluster(volume, raw + FAT_ENTRY_SIZE, parent);
    return store(volume);
}
