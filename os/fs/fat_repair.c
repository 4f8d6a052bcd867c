/* fat_repair.c - repairing what a power cut leaves in a FAT volume.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * All folders are gone through (fat_repair_tree.c), first to look, then to
 * fix; a map says which clusters are used, in several passes if it is smaller
 * than the volume. What is used by none is freed. In the end all copies of
 * the table are made alike: the first one is right, as it is always written
 * first.
 */
#include "error.h"
#include "fat_internal.h"
#include <pure64/string.h>

/* All folders with the map for clusters from repair->first on. */
static int pass(struct fat_repair *repair)
{
    int error;

    do {
        repair->again = 0;
        memset(repair->map, 0, (repair->count + 7) / 8);
        error = fat_repair_tree(repair);
    } while (!error && repair->again && !repair->damage);
    return error;
}

/* Frees the clusters of this pass that nothing uses. */
static int sweep(struct fat_repair *repair, uint32_t *free_clusters)
{
    struct fat_volume *volume = repair->volume;

    for (uint32_t i = 0; i < repair->count; i++) {
        uint32_t cluster = repair->first + i, value;
        int error = fat_table_get(volume, cluster, &value);

        if (!error && value != FAT_FREE && value != FAT_BAD &&
            !(repair->map[i / 8] >> i % 8 & 1)) {
            error = fat_table_set(volume, cluster, FAT_FREE);
            value = FAT_FREE;
        }
        if (error)
            return error;
        *free_clusters += value == FAT_FREE;
    }
    return 0;
}

/* Nothing is cut off or freed before all folders were gone through without
 * finding damage. */
static int free_lost(struct fat_repair *repair, size_t map_size)
{
    struct fat_volume *volume = repair->volume;
    uint32_t limit = volume->clusters + FAT_CLUSTER_FIRST;
    uint32_t most = map_size > limit / 8 ? limit : (uint32_t)map_size * 8;
    uint32_t free_clusters = 0;
    int error = 0;

    for (repair->fix = 0; repair->fix < 2; repair->fix++)
        for (repair->first = FAT_CLUSTER_FIRST; repair->first < limit;
             repair->first += repair->count) {
            repair->count = limit - repair->first;
            if (repair->count > most)
                repair->count = most;
            error = pass(repair);
            if (!error && repair->fix && !repair->damage)
                error = sweep(repair, &free_clusters);
            if (error || repair->damage)
                return error;
        }
    volume->free_clusters = free_clusters;
    volume->free_known = volume->info_changed = 1;
    return fat_table_store(volume);
}

static int make_copies(struct fat_volume *volume)
{
    uint32_t limit = volume->clusters + FAT_CLUSTER_FIRST;
    uint32_t cluster = 0;
    int error = 0;

    while (cluster < limit && !error) {
        error = fat_table_segment(volume, cluster, limit, &cluster);
        for (uint32_t i = 1; i < volume->table_copies && !error; i++)
            error = fat_write_sectors(volume, volume->table_start +
                                      i * volume->table_sectors +
                                      volume->table->first,
                                      volume->table->count,
                                      volume->table->bytes);
    }
    return error;
}

void fat_repair(struct fat_volume *volume)
{
    struct fat_repair repair = { .volume = volume, .map = volume->scratch };
    size_t map_size = FAT_SCRATCH;
    int error = volume->refuse_changes;

    if (error)
        return;
    if (volume->repair_memory && volume->repair_memory_size > map_size) {
        repair.map = volume->repair_memory;
        map_size = volume->repair_memory_size;
    }
    error = free_lost(&repair, map_size);
    volume->data.volume = 0;
    memset(volume->scratch, 0, FAT_SCRATCH);
    if (!error)
        error = repair.damage;
    if (!error)
        error = make_copies(volume);
    if (!error)
        error = fat_state_set_clean(volume);
    volume->in_use = 1;
    if (!error)
        error = fat_change_end(volume);
    volume->repaired = !error;
    if (error)
        volume->refuse_changes = error;
}
