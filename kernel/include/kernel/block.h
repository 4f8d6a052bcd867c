/* block.h - disks: what a driver offers, and what callers use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Callers hand over any mapped virtual buffer: either address of a
 * program's memory, any alignment, pages anywhere in RAM. block_transfer
 * checks range and buffer and splits requests to the driver's limit.
 */
#pragma once
#include <baremetal.h>

struct block_device;

struct block_driver {
    char name[sizeof ((struct baremetal_disk *)0)->name]; /* <= 6 letters */
    /* One request of at most sectors_max sectors, inside the disk; buffer is
     * virtual, mapped, may be discontiguous. 0 or a BAREMETAL_E*. */
    int (*transfer)(struct block_device *device, int write, uint64_t sector,
                    size_t count, void *buffer);
    int (*flush)(struct block_device *device);
};

struct block_device {
    struct baremetal_disk info; /* what programs see; the sector size is a
                                   power of 2, 512 to 4096 */
    uint32_t sectors_max;       /* per request, at least 1 */
    const struct block_driver *driver;
    uint64_t private[2];        /* for the driver alone */
};

#define BLOCK_DEVICES_MAX 8

/* For a driver's probe: the next entry of the list, cleared, or 0 when there
 * are already BLOCK_DEVICES_MAX. It stays where it is, and is a disk when
 * block_add is called. */
struct block_device *block_new(const struct block_driver *driver);

/* Gives the entry from block_new its name, driver's and number. */
void block_add(struct block_device *device);

/* For drivers: polls done(context) until it is not 0, at most timeout_us
 * microseconds, and returns what it returned last: 0 means the time passed.
 * The ticks spent are added to sysinfo_extension.disk_wait. */
int block_wait(int (*done)(void *context), void *context,
               uint32_t timeout_us);

/* Finds all disks; called once on the boot CPU at start. */
void block_init(void);

/* Disk by number, 0 behind the last. */
__attribute__((noinline)) struct block_device *block_get(unsigned disk);

/* 0 or BAREMETAL_EINVAL (range), EIO, ETIME, EFAULT (buffer not mapped),
 * ENODEV. count 0 is valid. Any CPU; one at a time works, others wait. */
int block_transfer(unsigned disk, int write, uint64_t sector, size_t count,
                   void *buffer);
int block_flush(unsigned disk);

/* 1 while this CPU works with a disk. */
int block_held(void);

/* Waits until no other CPU works with a disk, and keeps it so until
 * block_release. Any CPU. */
void block_take(void);
/* The same to stop the other CPUs, but only as long as a driver may take: then
 * block_release breaks the lock of the CPU that was stopped with it. */
void block_hold(void);
void block_release(void);
