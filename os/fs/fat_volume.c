/* fat_volume.c - mounting: the boot sector of a FAT volume.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

/* FATSpec, "Boot Sector and BPB Structure": offsets. */
#define BPB_BYTES_PER_SECTOR 11
#define BPB_SECTORS_PER_CLUSTER 13
#define BPB_RESERVED_SECTORS 14
#define BPB_TABLES 16
#define BPB_ROOT_ENTRIES 17
#define BPB_SECTORS_16 19
#define BPB_MEDIA 21
#define BPB_TABLE_SECTORS_16 22
#define BPB_SECTORS_32 32
#define BPB_TABLE_SECTORS_32 36
#define BPB_EXTENDED_FLAGS 40
#define BPB_VERSION 42
#define BPB_ROOT_CLUSTER 44
#define BPB_INFO_SECTOR 48
#define BPB_SIGNATURE 510
#define EXTENDED_FLAG_NOT_MIRRORED 0x80

/* FAT12 or FAT16: by the count of clusters (FATSpec, "FAT Type
 * Determination"). FAT32: by its layout, which no other has; mkfs.fat -F 32
 * makes small ones that all systems read, whatever their count. */
#define FAT12_CLUSTERS_MAX 4084
#define FAT16_CLUSTERS_MAX 65524
#define FAT32_CLUSTERS_MAX 0x0FFFFFF4

static int is_power_of_two(uint32_t value)
{
    return value && !(value & (value - 1));
}

/* Does this look like a FAT boot sector at all? NTFS and exFAT fail it: they
 * have zeros for the reserved sectors and tables. */
static int check_kind(const uint8_t *boot)
{
    uint32_t sector_bytes = load16(boot + BPB_BYTES_PER_SECTOR);
    uint8_t media = boot[BPB_MEDIA];

    if (load16(boot + BPB_SIGNATURE) != 0xAA55 ||
        (boot[0] != 0xEB && boot[0] != 0xE9) ||
        !is_power_of_two(sector_bytes) || sector_bytes < 512 ||
        !is_power_of_two(boot[BPB_SECTORS_PER_CLUSTER]) ||
        !load16(boot + BPB_RESERVED_SECTORS) || !boot[BPB_TABLES] ||
        (media != 0xF0 && media < 0xF8))
        return FS_ENOTFAT;
    return sector_bytes > FS_SECTOR_MAX ? FS_ESECTOR : 0;
}

/* Where things are. All sums are 64-bit: no field can make one overflow. */
static int read_geometry(struct fat_volume *volume, const uint8_t *boot)
{
    uint64_t reserved = load16(boot + BPB_RESERVED_SECTORS);
    uint64_t tables = boot[BPB_TABLES];
    uint64_t table_sectors = load16(boot + BPB_TABLE_SECTORS_16);
    uint64_t sectors = load16(boot + BPB_SECTORS_16);
    uint64_t root_sectors, data, clusters;

    if (!table_sectors)
        table_sectors = load32(boot + BPB_TABLE_SECTORS_32);
    if (!sectors)
        sectors = load32(boot + BPB_SECTORS_32);
    volume->root_entries = load16(boot + BPB_ROOT_ENTRIES);
    root_sectors = ((uint64_t)volume->root_entries * FAT_ENTRY_SIZE +
                    volume->sector_bytes - 1) / volume->sector_bytes;
    data = reserved + tables * table_sectors + root_sectors;
    if (!table_sectors || data >= sectors)
        return FS_EBPB;
    clusters = (sectors - data) / volume->cluster_sectors;
    if (!clusters || clusters > FAT32_CLUSTERS_MAX)
        return FS_EBPB;
    volume->sectors = (uint32_t)sectors;
    volume->table_start = (uint32_t)reserved;
    volume->table_sectors = (uint32_t)table_sectors;
    volume->root_start = (uint32_t)(reserved + tables * table_sectors);
    volume->data_start = (uint32_t)data;
    volume->clusters = (uint32_t)clusters;
    if (!load16(boot + BPB_TABLE_SECTORS_16))
        volume->type = FAT_32;
    else if (clusters <= FAT16_CLUSTERS_MAX)
        volume->type = clusters <= FAT12_CLUSTERS_MAX ? FAT_12 : FAT_16;
    else
        return FS_EBPB;
    return 0;
}

/* FAT32 has its root folder in clusters, the others between table and data;
 * and only FAT32 can say that one table is in use and the rest stale. */
static int read_root(struct fat_volume *volume, const uint8_t *boot)
{
    uint16_t flags = load16(boot + BPB_EXTENDED_FLAGS);
    unsigned active = flags & 0x0F;

    volume->info_sector = 0;
    volume->table_copies = boot[BPB_TABLES];
    if (volume->type != FAT_32) {
        volume->root_cluster = 0;
        return volume->root_entries ? 0 : FS_EBPB;
    }
    if (volume->root_entries)
        return FS_EBPB;
    if (load16(boot + BPB_VERSION))
        return FS_EVERSION;
    volume->root_cluster = load32(boot + BPB_ROOT_CLUSTER);
    if (flags & EXTENDED_FLAG_NOT_MIRRORED) {
        if (active >= boot[BPB_TABLES])
            return FS_EBPB;
        volume->table_start += active * volume->table_sectors;
        volume->table_copies = 1;
    }
    volume->info_sector = load16(boot + BPB_INFO_SECTOR);
    if (volume->info_sector >= load16(boot + BPB_RESERVED_SECTORS))
        volume->info_sector = 0;
    return fat_cluster_valid(volume, volume->root_cluster) ? 0 : FS_EBPB;
}

/* A table too short for all clusters makes the rest unreachable. */
static int limit_clusters(struct fat_volume *volume)
{
    uint64_t entries = (uint64_t)volume->table_sectors *
                       volume->sector_bytes * 8 / (unsigned)volume->type;

    if (entries <= FAT_CLUSTER_FIRST)
        return FS_EBPB;
    entries -= FAT_CLUSTER_FIRST;
    if (volume->clusters > entries)
        volume->clusters = (uint32_t)entries;
    entries = (uint64_t)volume->clusters + FAT_CLUSTER_FIRST;
    volume->table_used =
        (uint32_t)(((entries * (unsigned)volume->type + 7) / 8 +
                    volume->sector_bytes - 1) / volume->sector_bytes);
    return 0;
}

/* Forgets what was known of the volume that was here before. */
static void reset(struct fat_volume *volume, struct fs_device *device)
{
    volume->device = device;
    volume->refuse_changes = device->write ? 0 : FS_EREADONLY;
    volume->in_use = volume->unclean = volume->repaired = 0;
    volume->free_known = volume->info_changed = volume->freed = 0;
    volume->changed_files = 0;
    volume->table = &volume->memory->table;
    volume->folder = &volume->memory->folder;
    volume->scratch = volume->memory->scratch;
    fat_forget(volume);
    if (!volume->table->bytes)
        fat_memory_lend(volume->memory, 0, 0);
    memset(volume->scratch, 0, FAT_SCRATCH);
}

static int read_boot_sector(struct fat_volume *volume, uint64_t start,
                            uint64_t sectors)
{
    const uint8_t *boot = volume->data.bytes;
    uint64_t device_sectors;
    uint32_t device_bytes;
    int error = volume->device->size(volume->device, &device_sectors,
                                     &device_bytes);

    if (error)
        return error;
    if (!is_power_of_two(device_bytes) || device_bytes < 512 ||
        device_bytes > FS_SECTOR_MAX)
        return FS_ESECTOR;
    if (!sectors || start >= device_sectors ||
        sectors > device_sectors - start)
        return FS_ERANGE;
    error = volume->device->read(volume->device, start, 1,
                                 volume->data.bytes);
    if (!error)
        error = check_kind(boot);
    if (error)
        return error;
    volume->start = start;
    volume->sector_bytes = load16(boot + BPB_BYTES_PER_SECTOR);
    volume->sector_ratio = volume->sector_bytes / device_bytes;
    volume->cluster_sectors = boot[BPB_SECTORS_PER_CLUSTER];
    volume->cluster_bytes = volume->cluster_sectors * volume->sector_bytes;
    if (!volume->sector_ratio)
        return FS_ESECTOR; /* smaller than the device can read */
    error = read_geometry(volume, boot);
    if (!error && volume->sectors > sectors / volume->sector_ratio)
        error = FS_ESIZE;
    if (!error)
        error = limit_clusters(volume);
    return error ? error : read_root(volume, boot);
}

int fat_mount(struct fat_volume *volume, struct fs_device *device,
              uint64_t start, uint64_t sectors)
{
    int clean, error;

    reset(volume, device);
    error = read_boot_sector(volume, start, sectors);
    if (!error)
        error = fat_info_load(volume);
    if (!error)
        error = fat_state_load(volume, volume->data.bytes, &clean);
    if (!error && !clean)
        fat_repair(volume);
    if (error)
        fat_forget(volume);
    return error;
}
