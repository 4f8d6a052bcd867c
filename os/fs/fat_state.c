/* fat_state.c - what a FAT volume says of itself: in use, free clusters.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The mark "in use" is bit 0 of the boot sector's byte behind the drive
 * number, as Windows NT and Linux have it for FAT12 too. FATSpec's own, a bit
 * of the table's second entry, is only read: fat_mount minds it.
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"

#define STATE_FAT16 37
#define STATE_FAT32 65
#define STATE_IN_USE 0x01

/* FATSpec, "FAT Data Structure": these bits of entry 1 are set in a volume
 * that was cleanly left. */
#define TABLE_CLEAN_FAT16 0x8000u
#define TABLE_CLEAN_FAT32 0x08000000u

/* FATSpec, "FAT32 FSInfo Sector Structure". */
#define INFO_LEAD 0
#define INFO_LEAD_SIGNATURE 0x41615252
#define INFO_STRUCT 484
#define INFO_STRUCT_SIGNATURE 0x61417272
#define INFO_FREE 488
#define INFO_NEXT 492
#define INFO_UNKNOWN 0xFFFFFFFF
#define INFO_TRAIL 508
#define INFO_TRAIL_SIGNATURE 0xAA550000

#define DATE_1980 0x0021 /* 1 January */

static unsigned state_offset(const struct fat_volume *volume)
{
    return volume->type == FAT_32 ? STATE_FAT32 : STATE_FAT16;
}

void fat_now(const struct fat_volume *volume, uint16_t *date, uint16_t *time)
{
    *date = DATE_1980;
    *time = 0;
    if (volume->now)
        volume->now(date, time);
}

static int set_state(struct fat_volume *volume, int in_use)
{
    uint8_t *state = volume->folder->bytes + state_offset(volume);
    int error = fat_window_load(volume, volume->folder, 0);

    if (error)
        return error;
    *state = (uint8_t)((*state & ~STATE_IN_USE) | (in_use ? STATE_IN_USE : 0));
    volume->folder->changed = 1;
    error = fat_window_store(volume->folder);
    return error ? error : fat_device_flush(volume);
}

static uint32_t table_clean(const struct fat_volume *volume)
{
    return volume->type == FAT_32   ? TABLE_CLEAN_FAT32
           : volume->type == FAT_16 ? TABLE_CLEAN_FAT16
                                    : 0;
}

int fat_state_load(struct fat_volume *volume, const uint8_t *boot, int *clean)
{
    uint32_t value;
    int error = fat_table_get(volume, 1, &value);

    *clean = !(boot[state_offset(volume)] & STATE_IN_USE) &&
             !(~value & table_clean(volume));
    return error;
}

int fat_state_set_clean(struct fat_volume *volume)
{
    uint32_t value, clean = table_clean(volume);
    int error = fat_table_get(volume, 1, &value);

    if (error || !(~value & clean))
        return error;
    error = fat_table_set(volume, 1, value | clean);
    return error ? error : fat_table_store(volume);
}

int fat_change_begin(struct fat_volume *volume)
{
    int error = volume->refuse_changes;

    if (error || volume->in_use)
        return error;
    error = set_state(volume, 1);
    volume->in_use = !error;
    return error;
}

static int is_info(const uint8_t *bytes)
{
    return load32(bytes + INFO_LEAD) == INFO_LEAD_SIGNATURE &&
           load32(bytes + INFO_STRUCT) == INFO_STRUCT_SIGNATURE &&
           load32(bytes + INFO_TRAIL) == INFO_TRAIL_SIGNATURE;
}

int fat_info_load(struct fat_volume *volume)
{
    const uint8_t *bytes = volume->folder->bytes;
    int error;

    volume->free_known = volume->info_changed = 0;
    volume->next_free = FAT_CLUSTER_FIRST;
    if (!volume->info_sector)
        return 0;
    error = fat_window_load(volume, volume->folder, volume->info_sector);
    if (error)
        return error;
    if (!is_info(bytes)) {
        volume->info_sector = 0;
        return 0;
    }
    volume->next_free = load32(bytes + INFO_NEXT);
    volume->free_clusters = load32(bytes + INFO_FREE);
    volume->free_known = volume->free_clusters <= volume->clusters;
    return 0;
}

static int info_store(struct fat_volume *volume)
{
    uint8_t *bytes = volume->folder->bytes;
    int error;

    if (!volume->info_sector || !volume->info_changed)
        return 0;
    error = fat_window_load(volume, volume->folder, volume->info_sector);
    if (error)
        return error;
    store32(bytes + INFO_FREE,
            volume->free_known ? volume->free_clusters : INFO_UNKNOWN);
    store32(bytes + INFO_NEXT, volume->next_free);
    volume->folder->changed = 1;
    return fat_window_store(volume->folder);
}

int fat_change_end(struct fat_volume *volume)
{
    int error = fat_window_store(&volume->data);

    if (!error)
        error = fat_table_store(volume);
    if (!error && volume->in_use)
        error = info_store(volume);
    if (!error)
        volume->info_changed = 0;
    if (!error)
        error = fat_device_flush(volume);
    if (error || !volume->in_use || volume->unclean)
        return error;
    error = set_state(volume, 0);
    volume->in_use = error != 0;
    return error;
}

int fat_sync(struct fat_volume *volume)
{
    int error = 0;

    if (!volume->device->write)
        return 0; /* nothing can have changed */
    while (volume->changed_files) {
        int result = fat_file_flush(volume->changed_files);
        error = error ? error : result;
    }
    if (volume->refuse_changes)
        return error ? error : volume->refuse_changes;
    if (!error)
        error = fat_change_end(volume);
    return error;
}

int fat_space(struct fat_volume *volume, uint64_t *free_bytes,
              uint64_t *total_bytes)
{
    int error = fat_free_count(volume);

    *total_bytes = (uint64_t)volume->clusters * volume->cluster_bytes;
    *free_bytes = error ? 0
                        : (uint64_t)volume->free_clusters *
                              volume->cluster_bytes;
    return error;
}
