/* fat_repair_tree.c - going through all folders of a volume to repair it.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The way back up is "..", which is made right on the way down, and a list of
 * positions, for which the window of files has room.
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

#define DEPTH_MAX (FS_SECTOR_MAX / 4)

struct walk {
    struct fat_repair *repair;
    struct fat_folder folder;
    unsigned depth;
    struct fat_long_name name;
    unsigned pieces;        /* right before the position */
    char text[FAT_NAME_SIZE];
};

static void enter(struct walk *walk, uint32_t cluster, uint32_t position)
{
    fat_folder_start(walk->repair->volume, cluster, &walk->folder);
    walk->folder.position = position;
    walk->pieces = 0;
    fat_long_name_reset(&walk->name);
}

static int store(struct walk *walk)
{
    struct fat_volume *volume = walk->repair->volume;

    volume->folder->changed = 1;
    return fat_window_store(volume->folder);
}

/* Removes pieces of a long name that belong to no entry: all that were
 * passed but for the last `keep`. */
static int drop_pieces(struct walk *walk, unsigned keep)
{
    uint32_t position = walk->folder.position;
    uint8_t *raw;
    int found = 1, error = 0;

    if (!walk->repair->fix)
        walk->pieces = 0;
    walk->folder.position -= walk->pieces;
    for (; walk->pieces > keep && !error; walk->pieces--) {
        found = fat_folder_raw(&walk->folder, &raw);
        if (found <= 0)
            return found ? found : FS_ECHAIN;
        raw[0] = FAT_ENTRY_FREE;
        error = store(walk);
        walk->folder.position++;
    }
    walk->folder.position = position;
    walk->pieces = 0;
    fat_long_name_reset(&walk->name);
    return error;
}

/* Is it the second name of the chain that was met twice? Then it goes. All
 * but the name must be the same, as renaming leaves it. */
static int check_twice(struct walk *walk, const uint8_t *raw, unsigned pieces,
                       int *gone)
{
    struct fat_repair *repair = walk->repair;

    *gone = 0;
    if (!repair->twice || fat_raw_cluster(repair->volume, raw) !=
                              repair->twice)
        return 0;
    if (!repair->twice_seen) {
        repair->twice_seen = 1;
        memcpy(repair->twice_raw, raw, FAT_ENTRY_SIZE);
        return 0;
    }
    if (raw[FAT_RAW_ATTRIBUTES] != repair->twice_raw[FAT_RAW_ATTRIBUTES] ||
        memcmp(raw + FAT_RAW_CREATED_TENTHS,
               repair->twice_raw + FAT_RAW_CREATED_TENTHS,
               FAT_ENTRY_SIZE - FAT_RAW_CREATED_TENTHS))
        return 0;
    *gone = repair->again = 1;
    repair->twice = 0;
    return fat_entry_delete(repair->volume, walk->folder.first_cluster,
                            walk->folder.position, pieces);
}

static int visit_file(struct walk *walk, uint32_t first, uint32_t size)
{
    struct fat_repair *repair = walk->repair;
    struct fat_volume *volume = repair->volume;
    uint32_t bytes = volume->cluster_bytes, length = 0;
    uint8_t *raw;
    int error = 0, found;

    if (first)
        error = fat_repair_chain(
            repair, first,
            (uint32_t)(((uint64_t)size + bytes - 1) / bytes), &length);
    if (error || repair->damage || repair->again || !repair->fix)
        return error;
    if (size <= (uint64_t)length * bytes && !first == !length)
        return 0;
    found = fat_folder_raw(&walk->folder, &raw);
    if (found <= 0)
        return found;
    if (size > (uint64_t)length * bytes)
        store32(raw + FAT_RAW_SIZE, length * bytes);
    if (!length)
        fat_raw_set_cluster(volume, raw, 0);
    return store(walk);
}

/* Claims the folder, corrects its ".." and goes into it. */
static int visit_folder(struct walk *walk, uint32_t first)
{
    struct fat_repair *repair = walk->repair;
    struct fat_volume *volume = repair->volume;
    uint32_t parent = fat_folder_number(volume, walk->folder.first_cluster);
    uint32_t length;
    uint8_t *raw;
    int error = fat_repair_chain(repair, first, volume->clusters, &length);

    if (error || repair->damage || repair->again)
        return error;
    error = length ? fat_entry_dotdot(volume, first, &raw) : FS_ECHAIN;
    if (error == FS_EFOLDER || error == FS_ECHAIN ||
        walk->depth == DEPTH_MAX || repair->folders++ > volume->clusters) {
        repair->damage = error == FS_ECHAIN ? error : FS_EFOLDER;
        return 0;
    }
    if (!error && fat_raw_cluster(volume, raw) != parent) {
        fat_raw_set_cluster(volume, raw, parent);
        error = store(walk);
    }
    store32(volume->data.bytes + 4 * walk->depth++,
            walk->folder.position + 1);
    enter(walk, first, 2);
    return error;
}

/* The entry of a file or folder. */
static int visit(struct walk *walk, uint8_t *raw)
{
    struct fat_volume *volume = walk->repair->volume;
    unsigned pieces = walk->name.count;
    uint8_t entry[FAT_ENTRY_SIZE];
    int gone = 0, error;

    memcpy(entry, raw, sizeof entry);
    if (!fat_long_name_text(&walk->name, entry, walk->text))
        pieces = 0;
    error = drop_pieces(walk, pieces);
    if (!error)
        error = check_twice(walk, entry, pieces, &gone);
    if (error || gone)
        return error;
    if (entry[FAT_RAW_ATTRIBUTES] & FAT_ATTRIBUTE_FOLDER)
        return visit_folder(walk, fat_raw_cluster(volume, entry));
    error = visit_file(walk, fat_raw_cluster(volume, entry),
                       load32(entry + FAT_RAW_SIZE));
    walk->folder.position++;
    return error;
}

/* The folder's end: back to the one it is in; 0 at the root. */
static int leave(struct walk *walk, int *error)
{
    struct fat_volume *volume = walk->repair->volume;
    uint8_t *raw;

    *error = drop_pieces(walk, 0);
    if (*error || !walk->depth)
        return 0;
    *error = fat_entry_dotdot(volume, walk->folder.first_cluster, &raw);
    if (*error)
        return 0;
    walk->depth--;
    enter(walk, fat_raw_cluster(volume, raw),
          load32(volume->data.bytes + 4 * walk->depth));
    return 1;
}

static int step(struct walk *walk, int *done)
{
    uint8_t *raw;
    int found = fat_folder_raw(&walk->folder, &raw);
    int error = 0;

    /* FS_EFOLDER: as many entries as FAT allows. */
    if (found < 0 && found != FS_EFOLDER)
        return found;
    if (found <= 0 || raw[0] == FAT_ENTRY_END) {
        *done = !leave(walk, &error);
        return error;
    }
    if (fat_raw_is_piece(raw)) {
        fat_long_name_piece(&walk->name, raw);
        walk->pieces++;
    } else if (raw[0] == FAT_ENTRY_FREE || raw[0] == '.' ||
               raw[FAT_RAW_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL) {
        error = drop_pieces(walk, 0);
    } else {
        return visit(walk, raw);
    }
    walk->folder.position++;
    return error;
}

int fat_repair_tree(struct fat_repair *repair)
{
    struct fat_volume *volume = repair->volume;
    struct walk walk = { .repair = repair };
    uint32_t length;
    int error = 0, done = 0;

    repair->twice_seen = 0;
    repair->folders = 0;
    volume->data.volume = 0;
    if (volume->root_cluster)
        error = fat_repair_chain(repair, volume->root_cluster,
                                 volume->clusters, &length);
    enter(&walk, 0, 0);
    while (!error && !done && !repair->damage && !repair->again)
        error = step(&walk, &done);
    return error;
}
