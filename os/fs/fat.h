/* fat.h - FAT12, FAT16 and FAT32 volumes: mount, find, list, read.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Follows "Microsoft Extensible Firmware Initiative FAT32 File System
 * Specification", version 1.03 (below: FATSpec). One volume is used by one
 * caller at a time. Functions return 0 or a negative enum fs_error. Nothing
 * the disk says is trusted: loops have limits, ranges are checked, and an
 * error leaves the volume usable.
 */
#pragma once
#include "device.h"

enum fat_type { FAT_12 = 12, FAT_16 = 16, FAT_32 = 32 }; /* bits an entry */

/* One sector of the volume in memory. */
struct fat_window {
    int valid;
    uint32_t sector;
    uint8_t bytes[FS_SECTOR_MAX];
};

/* Sectors below are the volume's own, counted from its start; one may be
 * several of the device's. */
struct fat_volume {
    struct fs_device *device;
    uint64_t start;            /* first device sector */
    uint32_t sector_ratio;     /* device sectors in one of ours */
    uint32_t sector_bytes;
    uint32_t sectors;
    uint32_t cluster_sectors, cluster_bytes;
    uint32_t clusters;         /* numbered from 2 */
    enum fat_type type;
    uint32_t table_start;      /* the active file allocation table */
    uint32_t table_sectors;
    uint32_t root_start;       /* FAT12, FAT16: fixed root folder */
    uint32_t root_entries;
    uint32_t root_cluster;     /* FAT32 */
    uint32_t data_start;       /* cluster 2 */
    struct fat_window table;   /* last sector used of the allocation table */
    struct fat_window data;    /* last sector used of folders and files */
};

#define FAT_ATTRIBUTE_READ_ONLY 0x01
#define FAT_ATTRIBUTE_HIDDEN 0x02
#define FAT_ATTRIBUTE_SYSTEM 0x04
#define FAT_ATTRIBUTE_LABEL 0x08
#define FAT_ATTRIBUTE_FOLDER 0x10
#define FAT_ATTRIBUTE_LONG_NAME 0x0F

#define FAT_NAME_UNITS 255     /* UTF-16 units of a long name */
#define FAT_NAME_SIZE (FAT_NAME_UNITS * 3 + 1)
#define FAT_SHORT_NAME_SIZE 36 /* 11 characters of up to 3 bytes, dot, NUL */

/* What a folder says of one file or folder. */
struct fat_entry {
    char name[FAT_NAME_SIZE];  /* UTF-8, long name if there is one */
    char short_name[FAT_SHORT_NAME_SIZE];
    uint8_t attributes;
    uint32_t size;             /* bytes; 0 for a folder */
    uint32_t first_cluster;    /* 0: empty file, or the root folder */
    uint16_t date, time;       /* last change, in FAT's packing */
    uint32_t sector, offset;   /* where its 32 bytes stand; sector 0: root */
};

/* A position in a folder. */
struct fat_folder {
    struct fat_volume *volume;
    uint32_t cluster;          /* 0: fixed root folder */
    uint32_t position;         /* entries passed */
};

/* An open file and a position in it. */
struct fat_file {
    struct fat_volume *volume;
    uint32_t size, position;   /* bytes */
    uint32_t first_cluster;
    uint32_t cluster;          /* one in the chain, and its number in it */
    uint32_t cluster_index;
};

/* Reads the boot sector at device sector `start` and checks it. The volume
 * must fit into `sectors` device sectors. The device must stay. */
int fat_mount(struct fat_volume *volume, struct fs_device *device,
              uint64_t start, uint64_t sectors);

/* Finds a file or folder; "" and "/" are the root. Parts of the path are
 * separated by / or \, "." and ".." are known, case does not matter. */
int fat_find(struct fat_volume *volume, const char *path,
             struct fat_entry *entry);

/* Starts to list the folder an entry describes; FS_ENOTFOLDER. */
int fat_folder_open(struct fat_volume *volume, const struct fat_entry *entry,
                    struct fat_folder *folder);

/* The next file or folder ("." and ".." too): 1, or 0 behind the last one,
 * or a negative enum fs_error. */
int fat_folder_next(struct fat_folder *folder, struct fat_entry *entry);

/* Opens the file an entry describes, at position 0; FS_EISFOLDER. */
int fat_file_open(struct fat_volume *volume, const struct fat_entry *entry,
                  struct fat_file *file);

/* Position from the start, at most the file's size, else FS_ERANGE. */
int fat_file_seek(struct fat_file *file, uint32_t position);

/* Reads `size` bytes, or up to the end of the file, and says how many in
 * *done. Adjacent clusters are one request to the device, straight into the
 * buffer. After an error *done is what was read before it. */
int fat_file_read(struct fat_file *file, void *buffer, size_t size,
                  size_t *done);
