/* driver_host.h - what a disk driver needs of the kernel, for tests on the PC.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A device is a function `device_step`, which is called whenever the driver
 * looks at the clock, and by the test. Time goes on by 100 us with each look.
 */
#pragma once
#include <kernel/block.h>
#include <kernel/memory.h>
#include <kernel/pci.h>
#include <kernel/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HOST_STEP_US 100
#define HOST_MEMORY 0x200000000000 /* a multiple of 4 GiB, below ASan's own */
#define HOST_MEMORY_BYTES 0x1000000u

static void device_step(void);
static void *device_registers; /* 0: not mapped */

static uint64_t host_us;       /* the time */
static uint64_t host_taken;    /* bytes of HOST_MEMORY */
static int host_no_memory;
static unsigned host_enabled;  /* functions */

static struct block_device *host_disk[BLOCK_DEVICES_MAX];
static unsigned host_disks;
static int host_result[BLOCK_DEVICES_MAX][BLOCK_TAGS_MAX]; /* 1: none yet */

static inline void host_start(void)
{
    static int mapped;

    if (!mapped++ &&
        mmap((void *)HOST_MEMORY, HOST_MEMORY_BYTES, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
            (void *)HOST_MEMORY) {
        perror("mmap");
        exit(1);
    }
    host_us = host_taken = host_disks = host_enabled = host_no_memory = 0;
}

void *memory_at(uint64_t physical)
{
    return (void *)(LAYOUT_WINDOW + physical);
}

void *memory_take(size_t pages)
{
    void *memory = (char *)HOST_MEMORY + host_taken;

    if (host_no_memory || host_taken + pages * PAGE_SIZE > HOST_MEMORY_BYTES)
        return 0;
    host_taken += pages * PAGE_SIZE;
    return memset(memory, 0, pages * PAGE_SIZE);
}

void pci_enable(const struct pci_function *function)
{
    (void)function;
    host_enabled++;
}

void *pci_registers(const struct pci_function *function, unsigned bar,
                    uint32_t offset)
{
    (void)function;
    (void)bar;
    return device_registers ? (char *)device_registers + offset : 0;
}

struct time_limit time_limit_us(uint32_t us)
{
    return (struct time_limit){host_us + us};
}

int time_limit_passed(struct time_limit limit)
{
    host_us += HOST_STEP_US;
    device_step();
    return host_us >= limit.tsc_end;
}

int block_add(struct block_device *device)
{
    if (host_disks == BLOCK_DEVICES_MAX)
        return 0;
    host_disk[host_disks++] = device;
    return 1;
}

void block_done(struct block_device *device, unsigned tag, int error)
{
    unsigned disk = 0;

    while (disk < host_disks && host_disk[disk] != device)
        disk++;
    if (tag >= BLOCK_TAGS_MAX || !(device->busy >> tag & 1))
        return;
    if (disk == host_disks) {
        fprintf(stderr, "done: no such disk\n");
        exit(1);
    }
    device->busy &= ~(1u << tag);
    host_result[disk][tag] = error;
}

static inline void host_issue(unsigned disk, struct block_command *command)
{
    struct block_device *device = host_disk[disk];

    device->busy |= 1u << command->tag;
    host_result[disk][command->tag] = 1;
    device->driver->issue(device, command);
}

/* Kicks, and polls until nothing is under way or `us` have passed. */
static inline void host_finish(unsigned disk, uint32_t us)
{
    struct block_device *device = host_disk[disk];
    struct time_limit limit = time_limit_us(us);

    device->driver->kick(device);
    while (device->busy && !time_limit_passed(limit))
        device->driver->poll(device);
}

/* xorshift32: the same numbers in every run. */
static inline uint32_t host_random(void)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* A command for `bytes` of data at `data`, as block.c makes them: pieces
 * begin and end with a page but where the data does. */
static inline struct block_command host_command(unsigned operation,
                                                unsigned tag, uint64_t sector,
                                                uint32_t sector_size,
                                                char *data, uint32_t bytes)
{
    struct block_command command = {
        .sector = sector, .count = bytes / sector_size,
        .operation = (uint8_t)operation, .tag = (uint8_t)tag,
    };

    while (bytes) {
        uint32_t length = PAGE_SIZE - ((uintptr_t)data & (PAGE_SIZE - 1));

        if (command.pieces + 1 == BLOCK_PIECES_MAX)
            length = bytes;
        else
            length += PAGE_SIZE * (host_random() % 40);
        if (length > bytes)
            length = bytes;
        command.piece[command.pieces].address = memory_physical(data);
        command.piece[command.pieces++].length = length;
        data += length;
        bytes -= length;
    }
    return command;
}
