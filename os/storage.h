/* storage.h - finding the volume that programs come from.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The first FAT volume counts: disks in the kernel's order, on each the
 * partitions in the table's order, then the disk as a whole.
 */
#pragma once
#include "fs/fat.h"
#include "fs/partition.h"
#include <baremetal.h>

struct storage_disk {
    struct fs_device device; /* first: the address of both is one */
    const struct baremetal *os;
    unsigned number;
};

struct storage {
    const struct baremetal *os;
    int mounted;
    struct storage_disk disk;
    struct fat_volume volume;
    struct partition_table table;
};

void storage_init(struct storage *storage, const struct baremetal *os);

/* The volume, looked for now if none is known; 0 when there is none. */
struct fat_volume *storage_volume(struct storage *storage);

/* What is known of the disks may be out of date: look again next time. */
void storage_forget(struct storage *storage);

/* Prints what was looked for and what is there instead. */
void storage_explain(struct storage *storage);

/* Writes all disks' caches to the medium. */
void storage_flush(struct storage *storage);
