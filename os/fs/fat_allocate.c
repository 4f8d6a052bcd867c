/* fat_allocate.c - free clusters: finding, chaining, giving back, counting.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A chain made here is named by nothing on the disk until its owner says so,
 * therefore its entries may be written in any order.
 */
#include "error.h"
#include "fat_internal.h"

/* Who takes many clusters at a time will take as many again, soon. */
#define TIMES_EXPECTED 1024u

/* From `cluster` on the first one that is free, before `limit`; else limit.
 * As many as `ahead` will be looked at. */
static int find_free(struct fat_volume *volume, uint32_t cluster,
                     uint32_t limit, uint32_t ahead, uint32_t *found)
{
    while (cluster < limit) {
        uint32_t end, value;
        int error = fat_table_segment(volume, cluster, ahead, &end);

        if (end > limit)
            end = limit;
        for (; !error && cluster < end; cluster++) {
            error = fat_table_get(volume, cluster, &value);
            if (!error && value == FAT_FREE) {
                *found = cluster;
                return 0;
            }
        }
        if (error)
            return error;
    }
    *found = limit;
    return 0;
}

/* Links free entries, each to its neighbour; all that are looked at, `count`
 * of them and at least one, are in the window. Returns how many were free. */
static uint32_t claim32(uint32_t *entry, uint32_t cluster, uint32_t count)
{
    const uint32_t *start = entry, *last = entry + count - 1;
    uint64_t pair = FAT32_NEIGHBOURS(cluster + 1);

    while (entry < last &&
           !(*(fat32_pair *)entry & FAT32_PAIR(FAT32_MASK))) {
        *(fat32_pair *)entry |= pair;
        entry += 2;
        pair += FAT32_PAIR(2);
    }
    if (entry <= last && !(*entry & FAT32_MASK))
        *entry++ |= (uint32_t)pair;
    return (uint32_t)(entry - start);
}

static uint32_t claim16(uint16_t *entry, uint32_t cluster, uint32_t count)
{
    uint32_t end = cluster + count, start = cluster;

    do {
        if (*entry)
            break;
        *entry++ = (uint16_t)++cluster;
    } while (cluster != end);
    return cluster - start;
}

static uint32_t claim12(struct fat_volume *volume, uint32_t cluster,
                        uint32_t count)
{
    uint32_t end = cluster + count, start = cluster, value;

    while (cluster < end && !fat_table_get(volume, cluster, &value) &&
           value == FAT_FREE) {
        fat_table_set(volume, cluster, cluster + 1);
        cluster++;
    }
    return cluster - start;
}

/* Within the window, which holds `cluster`: claims, sets the end mark, and
 * tells the window what changed. */
static int claim(struct fat_volume *volume, uint32_t cluster, uint32_t count,
                 uint32_t *claimed)
{
    uint64_t index = cluster - (uint64_t)volume->table->first *
                                   volume->sector_bytes * 8 /
                                   (unsigned)volume->type;
    int error;

    if (volume->type == FAT_32)
        *claimed = claim32(volume->table->entries32 + index, cluster, count);
    else if (volume->type == FAT_16)
        *claimed = claim16(volume->table->entries16 + index, cluster, count);
    else
        *claimed = claim12(volume, cluster, count);
    if (!*claimed)
        return 0;
    error = fat_table_set(volume, cluster, cluster + 1);
    if (!error)
        error = fat_table_set(volume, cluster + *claimed - 1, FAT32_MASK);
    return error;
}

/* Chains from the free cluster `first` on, over as many windows as it takes;
 * `tail`, if not 0, is linked to it before the window moves on. */
static int claim_run(struct fat_volume *volume, uint32_t tail, uint32_t first,
                     uint32_t wanted, uint32_t *length)
{
    uint32_t limit = volume->clusters + FAT_CLUSTER_FIRST;

    *length = 0;
    while (*length < wanted && first + *length < limit) {
        uint32_t cluster = first + *length, end, count, claimed;
        int error = fat_table_segment(volume, cluster, wanted, &end);
        if (error)
            return error;
        count = end - cluster;
        if (count > wanted - *length)
            count = wanted - *length;
        error = claim(volume, cluster, count, &claimed);
        if (!error && tail && claimed)
            error = fat_table_set(volume, tail, cluster);
        tail = cluster + claimed - 1;
        if (error)
            return error;
        *length += claimed;
        if (claimed < count)
            break;
    }
    return 0;
}

int fat_allocate(struct fat_volume *volume, uint32_t tail, uint32_t hint,
                 uint32_t wanted, uint32_t *first, uint32_t *length)
{
    uint32_t limit = volume->clusters + FAT_CLUSTER_FIRST;
    uint32_t ahead = wanted < limit / TIMES_EXPECTED ? wanted * TIMES_EXPECTED
                                                     : limit;
    int error = 0;

    /* Who had these clusters must have lost them before they are written. */
    if (volume->freed)
        error = fat_device_flush(volume);
    if (!fat_cluster_valid(volume, hint))
        hint = volume->next_free;
    if (!fat_cluster_valid(volume, hint))
        hint = FAT_CLUSTER_FIRST;
    if (!error)
        error = find_free(volume, hint, limit, ahead, first);
    if (!error && *first == limit) {
        error = find_free(volume, FAT_CLUSTER_FIRST, hint, ahead, first);
        if (!error && *first == hint)
            error = FS_EFULL;
    }
    if (!error)
        error = claim_run(volume, tail, *first, wanted, length);
    if (error)
        return error;
    volume->next_free = *first + *length;
    volume->info_changed = 1;
    if (volume->free_known)
        volume->free_clusters -= *length;
    return 0;
}

int fat_chain_check(struct fat_volume *volume, uint32_t first)
{
    for (uint32_t i = 0; i < volume->clusters; i++) {
        int error = fat_table_next(volume, first, &first);
        if (error || !first)
            return error;
    }
    return FS_ECHAIN;
}

int fat_chain_free(struct fat_volume *volume, uint32_t first)
{
    while (first) {
        uint32_t next;
        int error = fat_table_next(volume, first, &next);

        if (!error)
            error = fat_table_set(volume, first, FAT_FREE);
        if (error)
            return error;
        if (volume->free_known)
            volume->free_clusters++;
        volume->freed = volume->info_changed = 1;
        first = next;
    }
    return 0;
}

int fat_free_count(struct fat_volume *volume)
{
    uint32_t limit = volume->clusters + FAT_CLUSTER_FIRST;
    uint32_t cluster = FAT_CLUSTER_FIRST, count = 0;

    if (volume->free_known)
        return 0;
    while (cluster < limit) {
        int error = find_free(volume, cluster, limit, limit, &cluster);
        if (error)
            return error;
        count += cluster < limit;
        cluster++;
    }
    volume->free_clusters = count;
    volume->free_known = volume->info_changed = 1;
    return 0;
}
