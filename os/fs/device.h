/* device.h - a disk as the file system sees it: four operations.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Nothing below os/fs/ knows the machine, so that all of it also compiles on
 * the developer's PC. Whoever provides a device embeds this struct in one of
 * its own and finds that again from the pointer.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Each returns 0 or a negative enum fs_error. */
struct fs_device {
    /* count whole sectors; any buffer address; beyond the end FS_ERANGE. */
    int (*read)(struct fs_device *device, uint64_t sector, size_t count,
                void *buffer);
    int (*write)(struct fs_device *device, uint64_t sector, size_t count,
                 const void *buffer);
    /* On return, all that was written is on the medium. */
    int (*flush)(struct fs_device *device);
    /* Sectors of the device and bytes of one. */
    int (*size)(struct fs_device *device, uint64_t *sectors,
                uint32_t *sector_bytes);
};

/* Sector sizes from 512 to this are served. */
#define FS_SECTOR_MAX 4096
