/* fat_internal.h - what the FAT sources share with each other only.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "fat.h"

#define FAT_ENTRY_SIZE 32
#define FAT_CLUSTER_FIRST 2

/* count sectors of the volume into buffer; FS_ERANGE beyond its end. */
int fat_read_sectors(struct fat_volume *volume, uint32_t sector,
                     uint32_t count, void *buffer);

/* Makes the window hold that sector. */
int fat_window_load(struct fat_volume *volume, struct fat_window *window,
                    uint32_t sector);

/* 1 if the volume has a cluster of that number. */
int fat_cluster_valid(const struct fat_volume *volume, uint32_t cluster);

/* First sector of a valid cluster. */
uint32_t fat_cluster_sector(const struct fat_volume *volume,
                            uint32_t cluster);

/* The cluster behind one in its chain, 0 at the chain's end; FS_ECHAIN if
 * either number cannot be. */
int fat_table_next(struct fat_volume *volume, uint32_t cluster,
                   uint32_t *next);

/* How many clusters from `cluster` on, at most `limit`, follow each other in
 * the chain and on the disk: at least 1. */
int fat_table_run(struct fat_volume *volume, uint32_t cluster, uint32_t limit,
                  uint32_t *length);

/* A long name on its way: pieces come last first, then the short entry. */
struct fat_long_name {
    uint16_t units[20 * 13];
    uint8_t checksum;
    uint8_t count;  /* pieces it has */
    uint8_t next;   /* piece that must come next; 0: all there */
};

void fat_long_name_reset(struct fat_long_name *name);
/* Takes one long name entry; one out of order drops what was there. */
void fat_long_name_piece(struct fat_long_name *name, const uint8_t *raw);
/* UTF-8 text if the name is complete and belongs to the short entry `raw`:
 * 1, else 0. `text` is FAT_NAME_SIZE bytes. */
int fat_long_name_text(const struct fat_long_name *name, const uint8_t *raw,
                       char *text);

/* Short name as UTF-8, in small letters where the entry says so; `text` is
 * FAT_SHORT_NAME_SIZE bytes. */
void fat_short_name_text(const uint8_t *raw, char *text);

/* 1 if `name` is the first `length` bytes of `text`, whatever the case. */
int fat_name_equal(const char *name, const char *text, size_t length);
