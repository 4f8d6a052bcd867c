/* storage.h - volumes: which disk and partition a FAT stands on.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A volume is named by its disk, a number in the kernel's order, and a
 * partition, from 1 in the order of the disk's table; 0 is the first FAT
 * volume of the disk: partitions first, then the disk as a whole. Volumes are
 * mounted when somebody asks for them and stay so until storage_forget: what
 * the disks hold may be another thing afterwards. One caller at a time.
 */
#pragma once
#include "fs/fat.h"
#include "fs/partition.h"
#include <baremetal.h>

/* Mounted at the same time. */
#define STORAGE_VOLUMES 4
/* Of the disks looked at, and of the partitions on each. */
#define STORAGE_DISKS 100
#define STORAGE_PARTITIONS PARTITIONS_MAX

/* Beside enum fs_error, which ends before. */
enum storage_error {
    STORAGE_ENODISK = -60,   /* no disk of that number */
    STORAGE_ENOVOLUME = -61, /* no FAT volume there */
    STORAGE_EVOLUMES = -62,  /* files are open on all that can be mounted */
};

struct storage_disk {
    struct fs_device device; /* first: the address of both is one */
    const struct baremetal *os;
    unsigned number;
};

struct storage_volume {
    struct storage_disk disk;
    unsigned partition;      /* its number; 0: the disk as a whole */
    uint8_t mounted;
    uint8_t is_first;        /* the first FAT volume of its disk */
    uint8_t read_only;       /* it refused changes when it was mounted */
    unsigned users;          /* open files: it is not unmounted */
    struct fat_volume fat;
};

struct storage {
    const struct baremetal *os;
    struct storage_volume volumes[STORAGE_VOLUMES];
    struct fat_memory memory; /* of all volumes */
    struct partition_table table;
    void *spare;             /* memory nobody else uses now; may be 0 */
    size_t spare_size;       /* for repairs and for large transfers */
};

/* Once; all zeros before. */
void storage_init(struct storage *storage, const struct baremetal *os);

/* Forgets all that was known, unwritten changes and users too. */
void storage_drop(struct storage *storage);

/* That volume, mounted now if it was not; 0, a negative enum storage_error or
 * enum fs_error. */
int storage_mount(struct storage *storage, unsigned disk, unsigned partition,
                  struct storage_volume **volume);

/* The first FAT volume of the first disk that has one; STORAGE_ENOVOLUME. */
int storage_first(struct storage *storage, struct storage_volume **volume);

/* Around a large transfer, in which no volume is mounted: spare memory is for
 * tables, so that there are fewer requests. */
void storage_lend_spare(struct storage *storage);
void storage_end_spare(struct storage *storage);

/* Writes all that is not yet on the disks; the first error. */
int storage_sync(struct storage *storage);

/* The same, then takes no volume without users for mounted any more. */
int storage_forget(struct storage *storage);

/* Prints what is looked for and what is there instead. */
void storage_explain(struct storage *storage);
