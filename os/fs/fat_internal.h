/* fat_internal.h - what the FAT sources share with each other only.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Functions return 0 or a negative enum fs_error unless they say otherwise.
 */
#pragma once
#include "fat.h"

#define FAT_ENTRY_SIZE 32
#define FAT_CLUSTER_FIRST 2

/* FATSpec: a folder has at most 65,536 entries. This ends every walk through
 * a chain that runs in a circle. */
#define FAT_FOLDER_ENTRIES_MAX 65536

#define FAT_ENTRY_FREE 0xE5
#define FAT_ENTRY_END 0x00

/* FATSpec, "FAT 32 Byte Directory Entry Structure": offsets. */
enum {
    FAT_RAW_ATTRIBUTES = 11,
    FAT_RAW_CASE = 12,
    FAT_RAW_CREATED_TENTHS = 13,
    FAT_RAW_CREATED_TIME = 14,
    FAT_RAW_CREATED_DATE = 16,
    FAT_RAW_ACCESSED_DATE = 18,
    FAT_RAW_CLUSTER_HIGH = 20,
    FAT_RAW_TIME = 22,
    FAT_RAW_DATE = 24,
    FAT_RAW_CLUSTER_LOW = 26,
    FAT_RAW_SIZE = 28,
};

/* ---- fat_window.c: sectors of the volume */

/* count sectors into buffer, what is still to be written of them included;
 * FS_ERANGE beyond the volume's end. */
int fat_read_sectors(struct fat_volume *volume, uint32_t sector,
                     uint32_t count, void *buffer);
int fat_write_sectors(struct fat_volume *volume, uint32_t sector,
                      uint32_t count, const void *buffer);
int fat_zero_sectors(struct fat_volume *volume, uint32_t sector,
                     uint32_t count);

/* Makes the window hold that sector; what it held is written first, also if
 * that was another volume's. */
int fat_window_load(struct fat_volume *volume, struct fat_window *window,
                    uint32_t sector);
/* The same for a sector whose contents do not matter: zeros. */
int fat_window_clear(struct fat_volume *volume, struct fat_window *window,
                     uint32_t sector);
/* Writes the window if it was changed, to whatever volume it is of. When that
 * fails, no further change of the volume is accepted: what else would be
 * written could rely on it. */
int fat_window_store(struct fat_window *window);
/* What was written until now is on the medium. */
int fat_device_flush(struct fat_volume *volume);

/* ---- fat_table.c: the file allocation table */

/* FAT32's entries: the upper 4 bits are reserved. Long chains are gone through
 * two entries at a time, the first one in the lower half. */
#define FAT32_MASK 0x0FFFFFFFu
#define FAT32_PAIR(value) ((uint64_t)(value) << 32 | (value))
#define FAT32_NEIGHBOURS(cluster) ((uint64_t)((cluster) + 1) << 32 | (cluster))
typedef uint64_t fat32_pair __attribute__((aligned(4), may_alias));

/* What an entry says, as FAT32 would have it. */
#define FAT_FREE 0u
#define FAT_BAD 0x0FFFFFF7u
#define FAT_END 0x0FFFFFF8u     /* from here on */

/* 1 if the volume has a cluster of that number. */
int fat_cluster_valid(const struct fat_volume *volume, uint32_t cluster);

/* First sector of a valid cluster. */
uint32_t fat_cluster_sector(const struct fat_volume *volume,
                            uint32_t cluster);

/* Entries from 0 to the last cluster's; end marks are FAT_END or more. */
int fat_table_get(struct fat_volume *volume, uint32_t cluster,
                  uint32_t *value);
/* In memory; the window may be written at any later moment. */
int fat_table_set(struct fat_volume *volume, uint32_t cluster,
                  uint32_t value);
/* Writes what was changed to all copies, the first one first. Nothing to do if
 * the window holds another volume's table by now: then it was written. */
int fat_table_store(struct fat_volume *volume);

/* The cluster behind one in its chain, 0 at the chain's end; FS_ECHAIN if
 * either number cannot be. */
int fat_table_next(struct fat_volume *volume, uint32_t cluster,
                   uint32_t *next);

/* How many clusters from a valid `cluster` on follow each other in the chain
 * and on the disk: at least 1, and all that the window shows. It is loaded for
 * more only until there are `limit`. */
int fat_table_run(struct fat_volume *volume, uint32_t cluster, uint32_t limit,
                  uint32_t ahead, uint32_t *length);

/* Makes `cluster` the end of its chain, on the disk too. */
int fat_table_cut(struct fat_volume *volume, uint32_t cluster);

/* Entries lie in the table so that a window holds whole ones; the number
 * behind the last one of the window, which is loaded for `cluster`. If it has
 * to be loaded, and there is room, then for as many as `ahead` entries. */
int fat_table_segment(struct fat_volume *volume, uint32_t cluster,
                      uint32_t ahead, uint32_t *end);

/* FAT12: 1 if the entry lies across two sectors. */
int fat_table_straddles(const struct fat_volume *volume, uint32_t cluster);

/* ---- fat_allocate.c: free clusters */

/* Chains up to `wanted` adjacent free clusters, from `hint` on if that one is
 * free, behind `tail` if that is not 0, and ends the chain there; FS_EFULL. In
 * memory, see fat_table_set. */
int fat_allocate(struct fat_volume *volume, uint32_t tail, uint32_t hint,
                 uint32_t wanted, uint32_t *first, uint32_t *length);
/* 0 if the chain has an end, else FS_ECHAIN. */
int fat_chain_check(struct fat_volume *volume, uint32_t first);
/* Frees a chain that was checked. Whatever named it must be gone from the
 * disk already. */
int fat_chain_free(struct fat_volume *volume, uint32_t first);
/* Makes volume->free_clusters known. */
int fat_free_count(struct fat_volume *volume);

/* ---- fat_state.c: FSInfo and the marks of a volume in use */

/* Was the volume left cleanly? By both marks that are in use. */
int fat_state_load(struct fat_volume *volume, const uint8_t *boot,
                   int *clean);
/* Sets the table's mark; fat_change_end sets the boot sector's. */
int fat_state_set_clean(struct fat_volume *volume);
/* To be called before any change: refused, or the volume is marked. */
int fat_change_begin(struct fat_volume *volume);
void fat_now(const struct fat_volume *volume, uint16_t *date, uint16_t *time);
int fat_info_load(struct fat_volume *volume);
/* Writes everything but files; then takes the mark away. */
int fat_change_end(struct fat_volume *volume);

/* ---- fat_name.c, fat_new_name.c: names */

/* A long name on its way: pieces come last first, then the short entry. */
#define FAT_PIECE_UNITS 13
#define FAT_PIECES_MAX 20
#define FAT_PIECE_LAST 0x40
struct fat_long_name {
    uint16_t units[FAT_PIECES_MAX * FAT_PIECE_UNITS];
    uint8_t checksum;
    uint8_t count;  /* pieces it has */
    uint8_t next;   /* piece that must come next; 0: all there */
};
extern const uint8_t fat_piece_offsets[FAT_PIECE_UNITS];

void fat_long_name_reset(struct fat_long_name *name);
/* Takes one long name entry; one out of order drops what was there. */
void fat_long_name_piece(struct fat_long_name *name, const uint8_t *raw);
/* UTF-8 text if the name is complete and belongs to the short entry `raw`:
 * 1, else 0. `text` is FAT_NAME_SIZE bytes. */
int fat_long_name_text(const struct fat_long_name *name, const uint8_t *raw,
                       char *text);
uint8_t fat_short_name_checksum(const uint8_t *raw);

/* Short name as UTF-8, in small letters where the entry says so; `text` is
 * FAT_SHORT_NAME_SIZE bytes. */
void fat_short_name_text(const uint8_t *raw, char *text);
#define FAT_CASE_BASE_SMALL 0x08       /* byte FAT_RAW_CASE */
#define FAT_CASE_EXTENSION_SMALL 0x10

/* 1 if `name` is the first `length` bytes of `text`, whatever the case. */
int fat_name_equal(const char *name, const char *text, size_t length);

/* A name to be written. */
struct fat_new_name {
    uint16_t units[FAT_NAME_UNITS];
    unsigned length;        /* units */
    unsigned pieces;        /* entries the long name needs; 0: none */
    uint8_t raw[FAT_RAW_NAME_SIZE];
    uint8_t case_bits;
    unsigned base_length;   /* characters of raw's first part */
    int lossy;              /* the short name needs a number: NAME~1 */
};

/* FS_ENAME for what FAT does not allow, and for UTF-8 that is none. */
int fat_new_name_parse(struct fat_new_name *name, const char *text,
                       size_t length);
/* 0 if `raw` is the short name without a number, n > 0 if it is the one with
 * ~n, else negative. */
int fat_new_name_number(const struct fat_new_name *name, const uint8_t *raw);
void fat_new_name_set_number(struct fat_new_name *name, unsigned number);
/* Piece `number`, from 1, into 32 bytes. */
void fat_new_name_piece(const struct fat_new_name *name, unsigned number,
                        uint8_t *raw);

/* ---- fat_folder.c: walking through folders */

void fat_folder_start(struct fat_volume *volume, uint32_t first_cluster,
                      struct fat_folder *folder);
/* The entry at the position, in the folder window: 1, or 0 behind the
 * folder's last cluster, or error. */
int fat_folder_raw(struct fat_folder *folder, uint8_t **raw);
uint32_t fat_raw_cluster(const struct fat_volume *volume, const uint8_t *raw);
void fat_raw_set_cluster(const struct fat_volume *volume, uint8_t *raw,
                         uint32_t cluster);
/* 1 if it is a piece of a long name (and in use). */
int fat_raw_is_piece(const uint8_t *raw);
/* Cluster as ".." names it: 0 for the root. */
uint32_t fat_folder_number(const struct fat_volume *volume, uint32_t cluster);
/* The path's last part, and the folder before it; FS_ENAME if there is none,
 * or it is "." or "..". Separators at the end are left out. */
int fat_find_parent(struct fat_volume *volume, const char *path,
                    struct fat_entry *parent, const char **name,
                    size_t *length);
/* Replaces the entry of a folder by that of the named one inside it. */
int fat_find_inside(struct fat_volume *volume, const char *name,
                    size_t length, struct fat_entry *entry);

/* ---- fat_entry.c: changing folders */

/* Finds or makes `needed` free places in a row, *position the first. */
int fat_entry_place(struct fat_folder *folder, unsigned needed,
                    uint32_t *position);
/* Gives the name a short one that the folder does not have. */
int fat_entry_alias(struct fat_folder *folder, struct fat_new_name *name);
/* Writes the long name's pieces and the entry, whose name is filled in. */
int fat_entry_write(struct fat_folder *folder, uint32_t position,
                    const struct fat_new_name *name, const uint8_t *raw);
/* Removes an entry and the pieces before it, the entry first. */
int fat_entry_delete(struct fat_volume *volume, uint32_t folder_cluster,
                     uint32_t position, uint32_t pieces);
/* The raw entry ".." of a folder, in the folder window. */
int fat_entry_dotdot(struct fat_volume *volume, uint32_t cluster,
                     uint8_t **raw);
/* Fills the first cluster of a new folder. */
int fat_entry_make_folder(struct fat_volume *volume, uint32_t cluster,
                          uint32_t parent);
/* Sets name, attributes and times of a new entry, all else 0. */
void fat_entry_init(const struct fat_volume *volume, uint8_t *raw,
                    uint8_t attributes);

/* ---- fat_file.c */

/* Makes file->run hold the cluster of that number, and those behind it up to
 * `wanted` if they are adjacent: 1, or 0 if the chain ends before (the run is
 * its last one), or error. */
int fat_file_locate(struct fat_file *file, uint32_t index, uint32_t wanted);
uint32_t fat_file_sector(const struct fat_file *file);
/* How many clusters a piece of the file takes from the position on. */
uint32_t fat_file_clusters(const struct fat_file *file, uint32_t size);
/* Whole sectors, in bytes, that can be moved at once: up to the run's end. */
uint32_t fat_file_run_bytes(const struct fat_file *file, uint32_t size);

/* ---- fat_repair.c, fat_repair_tree.c */

/* Repairs what a power cut can leave and marks the volume as clean. Sets
 * volume->refuse_changes if there is other damage or the device fails. */
void fat_repair(struct fat_volume *volume);

struct fat_repair {
    struct fat_volume *volume;
    uint8_t *map;           /* a bit a cluster: in use by what was seen */
    uint32_t first, count;  /* clusters it covers in this pass */
    int fix;                /* else only look, at whole chains */
    int damage;             /* enum fs_error: found, and left alone */
    int again;              /* something was repaired: start the pass anew */
    unsigned restarts;
    uint32_t folders;       /* seen in this pass */
    /* First cluster of a chain that was met twice; whether a name of it was
     * seen in this pass, and that entry. */
    uint32_t twice;
    int twice_seen;
    uint8_t twice_raw[FAT_ENTRY_SIZE];
};

/* fat_repair_chain.c: marks a chain's clusters as used up to the last good
 * one, *length is how many. To fix: at most `limit`; what is behind them is
 * cut off. */
int fat_repair_chain(struct fat_repair *repair, uint32_t first,
                     uint32_t limit, uint32_t *length);
/* Goes through all folders. Stops early where repair->damage or
 * repair->again is set. */
int fat_repair_tree(struct fat_repair *repair);
