/* memory_device.h - a disk in memory that counts and can fail.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "fs/device.h"
#include "fs/error.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct memory_device {
    struct fs_device device; /* first */
    uint8_t *bytes;
    uint64_t sectors;
    uint32_t sector_bytes;
    unsigned reads, bad_reads;   /* bad: asked for beyond the end */
    size_t largest;              /* sectors of the largest read */
    unsigned fail_at;            /* the read that fails, from 1; 0: none */
    unsigned writes, bad_writes, flushes;
    size_t largest_write;
    unsigned fail_write_at;      /* and the write, and all after it */
    uint64_t first, end;         /* sectors that may be written */
    /* Called before each write, if not 0. */
    void (*on_write)(struct memory_device *disk, uint64_t sector,
                     size_t count, const uint8_t *bytes);
    void *owner;
};

static inline int memory_device_read(struct fs_device *device,
                                     uint64_t sector, size_t count,
                                     void *buffer)
{
    struct memory_device *disk = (struct memory_device *)device;

    disk->reads++;
    if (disk->fail_at && disk->reads == disk->fail_at)
        return FS_EIO;
    if (sector > disk->sectors || count > disk->sectors - sector) {
        disk->bad_reads++;
        return FS_ERANGE;
    }
    if (count > disk->largest)
        disk->largest = count;
    memcpy(buffer, disk->bytes + sector * disk->sector_bytes,
           count * disk->sector_bytes);
    return 0;
}

static inline int memory_device_write(struct fs_device *device,
                                      uint64_t sector, size_t count,
                                      const void *buffer)
{
    struct memory_device *disk = (struct memory_device *)device;

    disk->writes++;
    if (disk->fail_write_at && disk->writes >= disk->fail_write_at)
        return FS_EIO;
    if (sector < disk->first || sector > disk->end ||
        count > disk->end - sector || !count) {
        disk->bad_writes++;
        return FS_ERANGE;
    }
    if (count > disk->largest_write)
        disk->largest_write = count;
    if (disk->on_write)
        disk->on_write(disk, sector, count, buffer);
    memcpy(disk->bytes + sector * disk->sector_bytes, buffer,
           count * disk->sector_bytes);
    return 0;
}

static inline int memory_device_flush(struct fs_device *device)
{
    ((struct memory_device *)device)->flushes++;
    return 0;
}

static inline int memory_device_size(struct fs_device *device,
                                     uint64_t *sectors,
                                     uint32_t *sector_bytes)
{
    struct memory_device *disk = (struct memory_device *)device;

    *sectors = disk->sectors;
    *sector_bytes = disk->sector_bytes;
    return 0;
}

static inline void memory_device_init(struct memory_device *disk,
                                      uint8_t *bytes, uint64_t size,
                                      uint32_t sector_bytes)
{
    memset(disk, 0, sizeof *disk);
    disk->device.read = memory_device_read;
    disk->device.size = memory_device_size;
    disk->bytes = bytes;
    disk->sectors = size / sector_bytes;
    disk->sector_bytes = sector_bytes;
}

/* As it is made, a disk can only be read. */
static inline void memory_device_allow_writes(struct memory_device *disk)
{
    disk->device.write = memory_device_write;
    disk->device.flush = memory_device_flush;
    disk->first = 0;
    disk->end = disk->sectors;
}

static inline uint8_t *memory_device_map_file(const char *path, int flags,
                                              uint64_t *size)
{
    struct stat status;
    int file = open(path, flags == MAP_SHARED ? O_RDWR : O_RDONLY);
    void *bytes = MAP_FAILED;

    if (file >= 0 && !fstat(file, &status))
        bytes = mmap(0, (size_t)status.st_size, PROT_READ | PROT_WRITE,
                     flags, file, 0);
    if (bytes == MAP_FAILED) {
        perror(path);
        exit(1);
    }
    close(file);
    *size = (uint64_t)status.st_size;
    return bytes;
}

/* A private copy of a file; ends the test if it cannot be read. */
static inline uint8_t *memory_device_map(const char *path, uint64_t *size)
{
    return memory_device_map_file(path, MAP_PRIVATE, size);
}

/* Runs a shell command; ends the test if it fails. */
static inline void run(const char *command)
{
    if (system(command)) {
        fprintf(stderr, "failed: %s\n", command);
        exit(1);
    }
}

/* xorshift32: the same numbers in every run. */
static uint32_t random_state = 2463534242u;
static inline uint32_t random32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}
