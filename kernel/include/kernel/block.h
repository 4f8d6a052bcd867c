/* block.h - disks: what a driver offers, and what callers use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Callers hand over any mapped virtual buffer: either address of a
 * program's memory, any alignment, pages anywhere in RAM. block_read and
 * block_write check the range and split requests to the driver's limit.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct block_device {
    char name[8];              /* "ata0": driver and number within it */
    uint64_t sectors;
    uint32_t sector_size;      /* bytes: a power of 2, 512 to 4096 */
    uint32_t sectors_max;      /* per request, at least 1 */
    /* One request of at most sectors_max sectors, inside the disk; buffer
     * is virtual, may be discontiguous. 0 or a BAREMETAL_E*. */
    int (*transfer)(struct block_device *device, int write, uint64_t sector,
                    size_t count, void *buffer);
    int (*flush)(struct block_device *device);
    /* For the driver alone. */
    uint64_t private[4];
};

#define BLOCK_DEVICES_MAX 8

/* Called by a driver's probe for each disk it finds, with the driver's name
 * (at most 6 letters) in device->name; copies *device, adds the number to the
 * copy's name and returns the copy, which stays where it is, or 0 when there
 * are already BLOCK_DEVICES_MAX. */
struct block_device *block_add(const struct block_device *device);

/* For drivers: polls done(context) until it is not 0, at most timeout_us
 * microseconds, and returns what it returned last: 0 means the time passed.
 * The ticks spent are added to sysinfo_extension.disk_wait. Boot CPU. */
int block_wait(int (*done)(void *context), void *context,
               uint32_t timeout_us);

/* Finds all disks; called once on the boot CPU at start. */
void block_init(void);

/* Disk by number, 0 behind the last. */
struct block_device *block_get(unsigned disk);

/* 0 or BAREMETAL_EINVAL (range), EIO, ETIME, EFAULT (buffer not mapped),
 * ENODEV. count 0 is valid. Boot CPU only. */
int block_transfer(unsigned disk, int write, uint64_t sector, size_t count,
                   void *buffer);
int block_flush(unsigned disk);
