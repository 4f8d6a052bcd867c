/* fat_table.c - the file allocation table: which cluster follows which.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FATSpec, "FAT Data Structure". Some of the table is in a window, which all
 * volumes share: who needs it for another table stores what is there. A table
 * of FAT12 is 12 sectors at most and is in it as a whole; of the others,
 * entries never lie across sectors.
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"

/* Read where the next access may be anywhere; the whole window is filled
 * where one follows the other, or the caller sees it coming. */
#define SMALL_LOAD FAT_TABLE_WINDOW_MIN

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

/* Sectors of the table, to every copy. */
static int store_range(struct fat_volume *volume, uint32_t first,
                       uint32_t end)
{
    const struct fat_table_window *window = volume->table;
    const uint8_t *bytes =
        window->bytes + (first - window->first) * volume->sector_bytes;
    int error = volume->refuse_changes;

    for (uint32_t i = 0; !error && i < volume->table_copies; i++)
        error = fat_write_sectors(volume, volume->table_start +
                                  i * volume->table_sectors + first,
                                  end - first, bytes);
    if (error) {
        volume->refuse_changes = error;
        volume->table->volume = 0;
    }
    return error;
}

int fat_table_store(struct fat_volume *volume)
{
    struct fat_table_window *window = volume->table;
    uint32_t first = window->changed_first, end = window->changed_end;

    if (window->volume != volume || first == end)
        return 0;
    window->changed_first = window->changed_end = 0;
    return store_range(volume, first, end);
}

void fat_memory_lend(struct fat_memory *memory, void *bytes, size_t size)
{
    struct fat_table_window *window = &memory->table;

    if (window->volume)
        fat_table_store(window->volume); /* if not, it refuses changes */
    window->volume = 0;
    window->bytes = bytes ? bytes : memory->own_table;
    window->size = (uint32_t)(bytes ? size : sizeof memory->own_table);
}

/* What the window gives up. Of another volume's trouble only those hear who
 * use that one: it refuses changes from then on. */
static int make_room(struct fat_volume *volume)
{
    struct fat_table_window *window = volume->table;

    if (window->volume == volume)
        return fat_table_store(volume);
    if (window->volume)
        fat_table_store(window->volume);
    window->volume = 0;
    return 0;
}

/* How many sectors of the table to load from there on. */
static uint32_t load_count(const struct fat_volume *volume, uint32_t sector,
                           uint64_t bytes)
{
    uint32_t left = volume->table_used - sector;

    if (bytes < SMALL_LOAD)
        bytes = SMALL_LOAD;
    if (bytes > volume->table->size)
        bytes = volume->table->size;
    bytes /= volume->sector_bytes;
    return bytes < left ? (uint32_t)bytes : left;
}

/* Is the sector there, and more than a little of `bytes` from it on? What was
 * changed stays: giving that up takes more requests than it saves. */
static int is_here(const struct fat_volume *volume, uint32_t sector,
                   uint64_t bytes)
{
    const struct fat_table_window *window = volume->table;
    uint32_t passed = sector - window->first;

    if (window->volume != volume || passed >= window->count)
        return 0;
    return bytes <= SMALL_LOAD ||
           window->changed_first != window->changed_end ||
           window->count - passed >= load_count(volume, sector, bytes) / 2;
}

/* Brings a sector of the table into the window, and `bytes` with it. Where it
 * follows what is there, the last one of that stays: its last entry is the
 * next to change. */
static int load(struct fat_volume *volume, uint32_t sector, uint64_t bytes)
{
    struct fat_table_window *window = volume->table;
    uint32_t count;
    int error;

    if (is_here(volume, sector, bytes))
        return 0;
    error = make_room(volume);
    if (error)
        return error;
    if (volume->type == FAT_12) {
        sector = 0;
    } else if (window->volume && window->count > 1 &&
               sector == window->first + window->count) {
        bytes = window->size;
        sector--;
    }
    count = load_count(volume, sector, bytes);
    window->volume = 0;
    error = fat_read_sectors(volume, volume->table_start + sector, count,
                             window->bytes);
    if (error)
        return error;
    window->first = sector;
    window->count = count;
    window->volume = volume;
    return 0;
}

/* Loads the entry's sector, and what is needed for `ahead` entries from there
 * on; *place is its offset in the window. */
static int load_entry(struct fat_volume *volume, uint32_t cluster,
                      uint32_t ahead, uint32_t *place)
{
    /* From the start of a sector: one more. */
    uint64_t bytes = (uint64_t)ahead * (unsigned)volume->type / 8 +
                     volume->sector_bytes;
    uint64_t offset = volume->type == FAT_12   ? cluster + cluster / 2
                      : volume->type == FAT_16 ? (uint64_t)cluster * 2
                                               : (uint64_t)cluster * 4;
    int error = load(volume, (uint32_t)(offset / volume->sector_bytes), bytes);

    *place = (uint32_t)(offset - (uint64_t)volume->table->first *
                                     volume->sector_bytes);
    return error;
}

int fat_table_get(struct fat_volume *volume, uint32_t cluster,
                  uint32_t *value)
{
    uint32_t place, special;
    int error = load_entry(volume, cluster, 1, &place);

    if (error)
        return error;
    switch (volume->type) {
    case FAT_12:
        *value = load16(volume->table->bytes + place);
        *value = cluster & 1 ? *value >> 4 : *value & 0xFFF;
        special = 0xFF7;
        break;
    case FAT_16:
        *value = volume->table->entries16[place / 2];
        special = 0xFFF7;
        break;
    default:
        *value = volume->table->entries32[place / 4] & FAT32_MASK;
        special = FAT_BAD;
        break;
    }
    if (*value >= special)
        *value += FAT_BAD - special;
    return 0;
}

static void mark_changed(struct fat_volume *volume, uint32_t place,
                         unsigned bytes)
{
    struct fat_table_window *window = volume->table;
    uint32_t first = window->first + place / volume->sector_bytes;
    uint32_t end =
        window->first + (place + bytes - 1) / volume->sector_bytes + 1;

    if (window->changed_first == window->changed_end) {
        window->changed_first = first;
        window->changed_end = end;
        return;
    }
    if (first < window->changed_first)
        window->changed_first = first;
    if (end > window->changed_end)
        window->changed_end = end;
}

int fat_table_set(struct fat_volume *volume, uint32_t cluster,
                  uint32_t value)
{
    uint32_t place, old;
    int error = load_entry(volume, cluster, 1, &place);

    if (error)
        return error;
    switch (volume->type) {
    case FAT_12:
        old = load16(volume->table->bytes + place);
        value &= 0xFFF;
        value = cluster & 1 ? value << 4 | (old & 0xF) : value | (old & 0xF000);
        store16(volume->table->bytes + place, (uint16_t)value);
        break;
    case FAT_16:
        volume->table->entries16[place / 2] = (uint16_t)value;
        break;
    default:
        old = volume->table->entries32[place / 4];
        volume->table->entries32[place / 4] =
            (old & ~FAT32_MASK) | (value & FAT32_MASK);
        break;
    }
    mark_changed(volume, place, volume->type == FAT_32 ? 4 : 2);
    return 0;
}

int fat_table_next(struct fat_volume *volume, uint32_t cluster,
                   uint32_t *next)
{
    int error;

    if (!fat_cluster_valid(volume, cluster))
        return FS_ECHAIN;
    error = fat_table_get(volume, cluster, next);
    if (error)
        return error;
    if (*next >= FAT_END)
        *next = 0;
    else if (!fat_cluster_valid(volume, *next))
        return FS_ECHAIN;
    return 0;
}

int fat_table_segment(struct fat_volume *volume, uint32_t cluster,
                      uint32_t ahead, uint32_t *end)
{
    uint32_t place;
    uint64_t bytes, entries;
    int error = load_entry(volume, cluster, ahead, &place);

    bytes = ((uint64_t)volume->table->first + volume->table->count) *
            volume->sector_bytes;
    entries = bytes * 8 / (unsigned)volume->type;
    *end = volume->clusters + FAT_CLUSTER_FIRST;
    if (entries < *end)
        *end = (uint32_t)entries;
    return error;
}

/* How many entries, at most `count` (not 0), name the neighbour of their
 * cluster, the first one `next`. */
static uint32_t count32(const uint32_t *entry, uint32_t next, uint32_t count)
{
    const uint32_t *start = entry, *last = entry + count - 1;
    uint64_t pair = FAT32_NEIGHBOURS(next);

    while (entry < last && (*(const fat32_pair *)entry &
                            FAT32_PAIR(FAT32_MASK)) == pair) {
        entry += 2;
        pair += FAT32_PAIR(2);
    }
    if (entry <= last && (*entry & FAT32_MASK) == (uint32_t)pair)
        entry++;
    return (uint32_t)(entry - start);
}

static uint32_t count16(const uint16_t *entry, uint32_t next, uint32_t count)
{
    const uint16_t *start = entry, *end = entry + count;

    do {
        if (*entry != next)
            break;
        next++;
    } while (++entry != end);
    return (uint32_t)(entry - start);
}

/* The same for the entries from `cluster` on, all of them in the window. */
static uint32_t count_adjacent(struct fat_volume *volume, uint32_t cluster,
                               uint32_t count)
{
    uint32_t place, next, end = cluster + count, start = cluster;

    load_entry(volume, cluster, 1, &place);
    if (volume->type == FAT_32)
        return count32(volume->table->entries32 + place / 4, cluster + 1,
                       count);
    if (volume->type == FAT_16)
        return count16(volume->table->entries16 + place / 2, cluster + 1,
                       count);
    while (cluster < end && !fat_table_get(volume, cluster, &next) &&
           next == cluster + 1)
        cluster++;
    return cluster - start;
}

int fat_table_run(struct fat_volume *volume, uint32_t cluster, uint32_t limit,
                  uint32_t ahead, uint32_t *length)
{
    uint32_t last = cluster, highest = volume->clusters + 1;

    while (last - cluster + 1 < limit && last < highest) {
        uint32_t end, adjacent;
        int error = fat_table_segment(volume, last, ahead, &end);
        if (error)
            return error;
        if (end > highest)
            end = highest;
        adjacent = count_adjacent(volume, last, end - last);
        last += adjacent;
        if (last < end)
            break;
    }
    *length = last - cluster + 1;
    return 0;
}

int fat_table_straddles(const struct fat_volume *volume, uint32_t cluster)
{
    uint32_t offset = cluster + cluster / 2;

    return volume->type == FAT_12 &&
           offset % volume->sector_bytes == volume->sector_bytes - 1;
}

/* An entry of FAT12 that lies across two sectors may get only one of them
 * written. The second goes first then: what stands there in between begins
 * with the end mark's F, which is a cluster on few volumes, and repairing
 * knows of those. */
int fat_table_cut(struct fat_volume *volume, uint32_t cluster)
{
    struct fat_table_window *window = volume->table;
    int error = fat_table_store(volume);
    uint32_t first;

    if (!error)
        error = fat_table_set(volume, cluster, FAT32_MASK);
    if (error || !fat_table_straddles(volume, cluster))
        return error ? error : fat_table_store(volume);
    first = window->changed_first;
    window->changed_first = window->changed_end = 0;
    error = store_range(volume, first + 1, first + 2);
    return error ? error : store_range(volume, first, first + 1);
}
