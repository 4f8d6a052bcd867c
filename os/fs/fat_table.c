/* fat_table.c - the file allocation table: which cluster follows which.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FATSpec, "FAT Data Structure".
 */
#include "error.h"
#include "fat_internal.h"

int fat_cluster_valid(const struct fat_volume *volume, uint32_t cluster)
{
    return cluster >= FAT_CLUSTER_FIRST &&
           cluster - FAT_CLUSTER_FIRST < volume->clusters;
}

uint32_t fat_cluster_sector(const struct fat_volume *volume, uint32_t cluster)
{
    return volume->data_start +
           (cluster - FAT_CLUSTER_FIRST) * volume->cluster_sectors;
}

/* `bytes` bytes at `offset` of the table as one number. A FAT12 entry may
 * lie across two sectors, hence byte by byte. */
static int table_load(struct fat_volume *volume, uint64_t offset,
                      unsigned bytes, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < bytes; i++, offset++) {
        uint32_t sector = (uint32_t)(offset / volume->sector_bytes);
        int error = fat_window_load(volume, &volume->table,
                                    volume->table_start + sector);
        if (error)
            return error;
        *value |= (uint32_t)volume->table.bytes[offset % volume->sector_bytes]
                  << 8 * i;
    }
    return 0;
}

/* The entry as FAT32 would have it: end marks from 0x0FFFFFF8 on. */
static int table_get(struct fat_volume *volume, uint32_t cluster,
                     uint32_t *value)
{
    uint64_t index = cluster;
    uint32_t end_marks;
    int error;

    switch (volume->type) {
    case FAT_12:
        error = table_load(volume, index + index / 2, 2, value);
        *value = cluster & 1 ? *value >> 4 : *value & 0xFFF;
        end_marks = 0xFF8;
        break;
    case FAT_16:
        error = table_load(volume, index * 2, 2, value);
        end_marks = 0xFFF8;
        break;
    default:
        error = table_load(volume, index * 4, 4, value);
        *value &= 0x0FFFFFFF; /* the upper 4 bits are reserved */
        end_marks = 0x0FFFFFF8;
        break;
    }
    if (*value >= end_marks)
        *value |= 0x0FFFFFF8;
    return error;
}

int fat_table_next(struct fat_volume *volume, uint32_t cluster,
                   uint32_t *next)
{
    int error;

    if (!fat_cluster_valid(volume, cluster))
        return FS_ECHAIN;
    error = table_get(volume, cluster, next);
    if (error)
        return error;
    if (*next >= 0x0FFFFFF8)
        *next = 0;
    else if (!fat_cluster_valid(volume, *next))
        return FS_ECHAIN;
    return 0;
}

int fat_table_run(struct fat_volume *volume, uint32_t cluster, uint32_t limit,
                  uint32_t *length)
{
    uint32_t next;

    *length = 1;
    while (*length < limit) {
        int error = fat_table_next(volume, cluster + *length - 1, &next);
        if (error)
            return error;
        if (next != cluster + *length)
            break;
        ++*length;
    }
    return 0;
}
