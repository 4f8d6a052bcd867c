/* partition.h - where the volumes of a disk are: MBR and GPT.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "device.h"

enum partition_scheme {
    PARTITION_NONE, /* no partition table: at most one volume, from sector 0 */
    PARTITION_MBR,
    PARTITION_GPT,
};

struct partition {
    uint64_t start, sectors; /* device sectors, inside the device */
};

/* The usual size of a GPT's array; more are not looked at. */
#define PARTITIONS_MAX 128

struct partition_table {
    enum partition_scheme scheme;
    unsigned count;
    struct partition list[PARTITIONS_MAX];
};

/* Reads the partition table; `scratch` is FS_SECTOR_MAX bytes. Order: as
 * listed on the disk, logical partitions behind the primary ones. Returns 0,
 * or a negative enum fs_error, the partitions found until then in the
 * table: FS_EGPT (a protective MBR, but neither GPT header holds),
 * FS_EEXTENDED, FS_ESECTOR, or the device's error. UEFI Specification 2.10,
 * section "GUID Partition Table (GPT) Disk Layout". */
int partition_read(struct fs_device *device, uint8_t *scratch,
                   struct partition_table *table);
