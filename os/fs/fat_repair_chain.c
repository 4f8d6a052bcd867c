/* fat_repair_chain.c - repairing one cluster chain.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A chain may run into a free cluster, or be longer than its file: that is
 * cut. On FAT12 an entry that lies across two sectors may be half written and
 * lead anywhere. A chain that meets a used cluster may be a file under two
 * names, whose renaming was not finished. All else is damage.
 */
#include "error.h"
#include "fat_internal.h"

#define RESTARTS_MAX 64

/* Marks a cluster; 1 if it was marked already. */
static int mark(struct fat_repair *repair, uint32_t cluster)
{
    uint32_t index = cluster - repair->first;
    uint8_t bit = (uint8_t)(1 << index % 8);
    int marked;

    if (index >= repair->count)
        return 0;
    marked = repair->map[index / 8] & bit;
    repair->map[index / 8] |= bit;
    return marked != 0;
}

/* Cuts the half-written link that leads to `cluster`, if there is one. */
static int cut_half_link(struct fat_repair *repair, uint32_t cluster,
                         int *found)
{
    struct fat_volume *volume = repair->volume;

    *found = 0;
    if (volume->type != FAT_12)
        return 0;
    for (uint32_t i = 0; i < volume->clusters; i++) {
        uint32_t from = i + FAT_CLUSTER_FIRST, value;
        int error;

        if (!fat_table_straddles(volume, from))
            continue;
        error = fat_table_get(volume, from, &value);
        if (error)
            return error;
        if (value == cluster) {
            *found = 1;
            return fat_table_cut(volume, from);
        }
    }
    return 0;
}

static int meet(struct fat_repair *repair, uint32_t cluster, uint32_t first)
{
    int found;
    int error = cut_half_link(repair, cluster, &found);

    if (error)
        return error;
    if (++repair->restarts > RESTARTS_MAX ||
        (!found && repair->twice == first)) {
        repair->damage = FS_ECROSS;
        return 0;
    }
    if (!found)
        repair->twice = first;
    repair->again = 1;
    return 0;
}

/* Not before all chains were seen: it could be another file's too. */
static int cut(struct fat_repair *repair, uint32_t cluster)
{
    return repair->fix ? fat_table_cut(repair->volume, cluster) : 0;
}

/* The chain goes on with what cannot be in one. */
static int bad_link(struct fat_repair *repair, uint32_t previous)
{
    if (previous && fat_table_straddles(repair->volume, previous))
        return cut(repair, previous);
    repair->damage = FS_ECHAIN;
    return 0;
}

int fat_repair_chain(struct fat_repair *repair, uint32_t first,
                     uint32_t limit, uint32_t *length)
{
    struct fat_volume *volume = repair->volume;
    uint32_t cluster = first, previous = 0, value;

    for (*length = 0; *length < limit || !repair->fix; ++*length) {
        int error;

        if (!fat_cluster_valid(volume, cluster))
            return bad_link(repair, previous);
        error = fat_table_get(volume, cluster, &value);
        if (error)
            return error;
        if (value == FAT_FREE)
            break;
        if (value == FAT_BAD)
            return bad_link(repair, previous);
        if (mark(repair, cluster))
            return meet(repair, cluster, first);
        if (*length > volume->clusters) { /* runs in a circle */
            repair->damage = FS_ECHAIN;
            return 0;
        }
        previous = cluster;
        if (value >= FAT_END) {
            ++*length;
            return 0;
        }
        cluster = value;
    }
    return previous ? cut(repair, previous) : 0;
}
