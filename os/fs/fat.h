/* fat.h - FAT12, FAT16 and FAT32 volumes: mount, find, list, read, write.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Follows "Microsoft Extensible Firmware Initiative FAT32 File System
 * Specification", version 1.03 (below: FATSpec). One volume is used by one
 * caller at a time. Functions return 0 or a negative enum fs_error. Nothing
 * the disk says is trusted: loops have limits, ranges are checked, and an
 * error leaves the volume usable.
 *
 * What was flushed survives a power cut at any moment: new clusters are
 * written, then chained in all copies of the table, then linked to the file,
 * then named in the folder; what is given up goes the other way. The first
 * change marks the volume as in use (FATSpec calls it dirty), fat_sync takes
 * the mark away, and fat_mount repairs a volume that has it.
 */
#pragma once
#include "device.h"

enum fat_type { FAT_12 = 12, FAT_16 = 16, FAT_32 = 32 }; /* bits an entry */

struct fat_volume;

/* One sector of a volume in memory. */
struct fat_window {
    struct fat_volume *volume; /* whose; 0: none is here */
    int changed;               /* not on the disk yet */
    uint32_t sector;
    uint8_t bytes[FS_SECTOR_MAX];
};

/* Some sectors of an allocation table in memory. */
struct fat_table_window {
    struct fat_volume *volume; /* whose; 0: none are here */
    uint32_t first, count;     /* sectors of the table */
    uint32_t changed_first, changed_end; /* of these; equal: none changed */
    uint32_t size;             /* bytes there is room for */
    union {
        uint8_t *bytes;
        uint16_t *entries16;
        uint32_t *entries32;
    };
};

/* 64 MiB in clusters of 4 KiB, wherever in a sector they begin, are one load.
 * More would be better: the system shall need less than 512 KiB. */
#define FAT_TABLE_WINDOW 0x10200
#define FAT_TABLE_WINDOW_MIN 0x4000

#define FAT_SCRATCH 0x1000

/* What volumes share that are, all together, used by one caller at a time.
 * Zero it before the first of them is mounted. */
struct fat_memory {
    struct fat_table_window table;
    struct fat_window folder;  /* last sector used of folders */
    uint8_t scratch[FAT_SCRATCH]; /* zeros, but while fat_mount repairs */
    uint32_t own_table[FAT_TABLE_WINDOW / 4];
};

/* Sectors below are the volume's own, counted from its start; one may be
 * several of the device's. Zero it all before the first mount; then a caller
 * may set the members of the first group, which fat_mount leaves alone. */
struct fat_volume {
    /* Gives date and time in FAT's packing; 0: it is always 1980-01-01. */
    void (*now)(uint16_t *date, uint16_t *time);
    /* Memory that fat_mount may use while it repairs: with 16 bytes for each
     * MiB of the volume (less where clusters are larger than 8 KiB) it always
     * takes one pass. 0: a small one of the volume's own. */
    void *repair_memory;
    size_t repair_memory_size;
    struct fat_memory *memory; /* must be set */

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
    uint32_t table_used;       /* of these, as many as the clusters need */
    uint32_t table_copies;     /* kept alike, the first at table_start */
    uint32_t root_start;       /* FAT12, FAT16: fixed root folder */
    uint32_t root_entries;
    uint32_t root_cluster;     /* FAT32 */
    uint32_t data_start;       /* cluster 2 */
    uint32_t info_sector;      /* FAT32: FSInfo; 0: none */

    /* 0, or what every change is refused with: FS_EREADONLY (the device can
     * only be read), FS_ECROSS, FS_ECHAIN, FS_EFOLDER, ... (damage that is
     * not repaired, for something might be lost), or the device's error when
     * a write of tables or folders failed. */
    int refuse_changes;
    int in_use;                /* marked so on the disk */
    int unclean;               /* and the mark has to stay: repair it */
    int repaired;              /* the mount repaired something */
    int free_known, info_changed;
    int freed;                 /* clusters, since the device was flushed */
    uint32_t free_clusters;    /* if known */
    uint32_t next_free;        /* where to look for a free cluster first */
    struct fat_file *changed_files; /* to be flushed */

    struct fat_window data;    /* last sector used of files */
    struct fat_table_window *table; /* in `memory`, as the rest */
    struct fat_window *folder;
    uint8_t *scratch;
};

#define FAT_ATTRIBUTE_READ_ONLY 0x01
#define FAT_ATTRIBUTE_HIDDEN 0x02
#define FAT_ATTRIBUTE_SYSTEM 0x04
#define FAT_ATTRIBUTE_LABEL 0x08
#define FAT_ATTRIBUTE_FOLDER 0x10
#define FAT_ATTRIBUTE_ARCHIVE 0x20
#define FAT_ATTRIBUTE_LONG_NAME 0x0F

#define FAT_NAME_UNITS 255     /* UTF-16 units of a long name */
#define FAT_NAME_SIZE (FAT_NAME_UNITS * 3 + 1)
#define FAT_SHORT_NAME_SIZE 36 /* 11 characters of up to 3 bytes, dot, NUL */
#define FAT_RAW_NAME_SIZE 11   /* a short name on the disk */

#define FAT_FILE_SIZE_MAX 0xFFFFFFFFu

/* What a folder says of one file or folder. */
struct fat_entry {
    char name[FAT_NAME_SIZE];  /* UTF-8, long name if there is one */
    char short_name[FAT_SHORT_NAME_SIZE];
    uint8_t raw_name[FAT_RAW_NAME_SIZE];
    uint8_t attributes;
    uint32_t size;             /* bytes; 0 for a folder */
    uint32_t first_cluster;    /* 0: empty file, or the root folder */
    uint16_t date, time;       /* last change, in FAT's packing */
    uint16_t created_date, created_time, accessed_date; /* 0: not known */
    uint32_t sector, offset;   /* where its 32 bytes stand; sector 0: root */
    uint32_t folder_cluster;   /* first of the folder it is in; 0: root */
    uint32_t position;         /* its number in that folder */
    uint32_t pieces;           /* entries of its long name, right before */
};

/* The next character of UTF-8 text before `end`, in small letters, as names are
 * compared: Latin, Greek and Cyrillic are folded, anything but ASCII and
 * characters of two bytes goes byte by byte. */
uint32_t fat_name_character(const uint8_t **text, const uint8_t *end);

/* A position in a folder. */
struct fat_folder {
    struct fat_volume *volume;
    uint32_t first_cluster;    /* 0: fixed root folder */
    uint32_t cluster, cluster_index; /* one in the chain, its number in it */
    uint32_t position;         /* entries passed */
};

/* An open file and a position in it. From the first change to the next flush
 * the volume knows it by its address: its memory must stay until then. */
struct fat_file {
    struct fat_volume *volume;
    uint32_t size, position;   /* bytes */
    uint32_t first_cluster;
    /* Adjacent clusters last used: number of the first in the file and on
     * the disk. Length 0: none. */
    uint32_t run_index, run_cluster, run_length;
    /* The chain on the disk ends at link_from; link_to, with which it will
     * continue, becomes part of it at the next flush. 0: nothing to link. */
    uint32_t link_from, link_to;
    uint8_t attributes;
    uint8_t raw_name[FAT_RAW_NAME_SIZE]; /* of the entry, which stands at */
    uint32_t entry_sector, entry_offset;
    int chain_checked;         /* it has an end */
    int changed;
    struct fat_file *next_changed;
};

/* Reads the boot sector at device sector `start` and checks it. The volume
 * must fit into `sectors` device sectors. The device must stay. A volume that
 * was not left cleanly is repaired: all of what a power cut can leave behind.
 * Any other damage found on the way, and a device that cannot be written
 * (device->write is 0, or fails), leaves refuse_changes set and the volume
 * readable. */
int fat_mount(struct fat_volume *volume, struct fs_device *device,
              uint64_t start, uint64_t sectors);

/* Forgets what is not written yet, and holds nothing in the shared memory any
 * more: the volume may be mounted anew, or its struct may go. */
void fat_forget(struct fat_volume *volume);

/* Large transfers take fewer requests with more memory for tables: from now on
 * this one is used, at a multiple of 4 and not less than FAT_TABLE_WINDOW_MIN
 * bytes; 0: its own again. What the last one held is written first. */
void fat_memory_lend(struct fat_memory *memory, void *bytes, size_t size);

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

/* A new empty file or, with FAT_ATTRIBUTE_FOLDER, folder; *entry describes
 * it. FS_EEXISTS, FS_ENOTFOUND (the folder it shall be in), FS_ENAME,
 * FS_EFULL, FS_EFOLDERFULL. On the disk at once, but not flushed. */
int fat_create(struct fat_volume *volume, const char *path,
               uint8_t attributes, struct fat_entry *entry);

/* Removes a file or an empty folder; FS_ENOTFOUND, FS_ENOTEMPTY,
 * FS_EREADONLY (its attribute), FS_EBUSY (not flushed). A file must not be
 * open anywhere when it is removed or renamed. */
int fat_remove(struct fat_volume *volume, const char *path);

/* Gives a file or folder another name, also in another folder. FS_EEXISTS
 * when there is another one of that name; FS_EINSIDE for a folder into
 * itself; and as fat_create and fat_remove. After a power cut it has the old
 * or the new name. */
int fat_rename(struct fat_volume *volume, const char *from, const char *to);

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

/* Writes `size` bytes at the position; the file grows as needed. As large in
 * its requests as reading. After an error (FS_EFULL, FS_ETOOLARGE for more
 * than FAT_FILE_SIZE_MAX, ...) *done bytes are in the file. FS_EREADONLY if
 * its attribute says so. Others see the new size after fat_file_flush. */
int fat_file_write(struct fat_file *file, const void *buffer, size_t size,
                   size_t *done);

/* Makes the file that long: shorter, at once on the disk, or longer, filled
 * with zeros (after an error it is as long as before). The position moves to
 * the end if it was behind it. */
int fat_file_truncate(struct fat_file *file, uint32_t size);

/* Data, table, then the folder's entry with size and times, then the device's
 * cache: on return the file is safe. Nothing to do if nothing changed. */
int fat_file_flush(struct fat_file *file);

/* Flushes all files, FSInfo and the device, and marks the volume as cleanly
 * left. */
int fat_sync(struct fat_volume *volume);

/* Free and usable bytes of the volume. The first call may have to read the
 * whole allocation table. */
int fat_space(struct fat_volume *volume, uint64_t *free_bytes,
              uint64_t *total_bytes);
