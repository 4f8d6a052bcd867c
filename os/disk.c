/* disk.c - names of disks, and requests that the caller waits for.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel takes requests of any size, but their data must be at a multiple
 * of 4: what is not goes through a buffer of our own.
 */
#include "disk.h"
#include "callback.h"
#include "sync.h"
#include "system.h"
#include <kernel/block.h>
#include <kernel/memory.h>
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define BOUNCE_BYTES 0x1000 /* a multiple of any sector size */

/* Each with the lock that guards it; the second is for callbacks, which may
 * have interrupted who has the first. */
static uint8_t bounces[2][BOUNCE_BYTES] __attribute__((aligned(PAGE_SIZE)));
static struct baremetal_lock locks[2];

void disk_reset(void)
{
    memset(locks, 0, sizeof locks);
}

/* The driver's name, and how many of its disks there are before; in one digit,
 * as there are at most BLOCK_DEVICES_MAX. */
int disk_info(unsigned disk, struct baremetal_disk *info)
{
    struct block_device *const *devices = os_system.kernel->block_devices;
    unsigned number = 0;

    if (disk >= BLOCK_DEVICES_MAX || !devices[disk])
        return BAREMETAL_ENODEV;
    *info = devices[disk]->info;
    for (unsigned i = 0; i < disk; i++)
        number += devices[i]->driver == devices[disk]->driver;
    memcpy(info->name, devices[disk]->driver->name, sizeof info->name);
    info->name[strlen(info->name)] = "0123456789abcdef"[number];
    return 0;
}

/* The ticks spent waiting are added to sysinfo_extension.disk_wait. */
static int run(unsigned disk, uint32_t operation, uint64_t sector,
               uint64_t count, void *buffer)
{
    const struct baremetal *os = os_system.os;
    struct baremetal_disk_request request = {
        .sector = sector, .count = count, .buffer = buffer,
        .operation = operation,
    };
    int error = os->disk_submit(disk, &request, 1);
    uint64_t start = cpu_tsc();

    if (error)
        return error;
    while (request.status == BAREMETAL_DISK_PENDING) {
        cpu_pause();
        os->disk_poll(disk);
    }
    SYSINFO_EXTENSION->disk_wait += cpu_tsc() - start;
    return request.status;
}

static int is_mapped(const uint8_t *buffer, size_t size, int access)
{
    while (size) {
        uint64_t physical;
        size_t length = os_system.kernel->memory_run(
            buffer, size, (enum memory_access)access, &physical);

        if (!length)
            return 0;
        buffer += length;
        size -= length;
    }
    return 1;
}

/* At most BOUNCE_BYTES, through our buffer. */
static int bounce_run(unsigned disk, uint32_t operation, uint64_t sector,
                      uint64_t count, uint8_t *buffer, size_t size,
                      uint8_t *bounce)
{
    int error;

    if (operation == BAREMETAL_DISK_WRITE)
        memcpy(bounce, buffer, size);
    error = run(disk, operation, sector, count, bounce);
    if (operation == BAREMETAL_DISK_READ && !error)
        memcpy(buffer, bounce, size);
    return error;
}

static int transfer(unsigned disk, uint32_t operation, uint64_t sector,
                    size_t count, void *buffer)
{
    struct baremetal_disk info;
    uint8_t *next = buffer;
    int which = !os_system.os->cpu_number() && callback_is_running();
    int error;

    if (count && (uintptr_t)buffer % 4 == 0)
        return run(disk, operation, sector, count, buffer);
    error = disk_info(disk, &info);
    if (!error && (sector > info.sectors || count > info.sectors - sector))
        error = BAREMETAL_EINVAL;
    while (count && !error) {
        size_t part = BOUNCE_BYTES / info.sector_size;
        size_t size;

        if (part > count)
            part = count;
        size = part * info.sector_size;
        if (!is_mapped(next, size, operation == BAREMETAL_DISK_READ
                                       ? MEMORY_WRITE
                                       : MEMORY_READ))
            return BAREMETAL_EFAULT;
        sync_lock(&locks[which]);
        error = bounce_run(disk, operation, sector, part, next, size,
                           bounces[which]);
        sync_unlock(&locks[which]);
        sector += part;
        next += size;
        count -= part;
    }
    return error;
}

int disk_read(unsigned disk, uint64_t sector, size_t count, void *buffer)
{
    return transfer(disk, BAREMETAL_DISK_READ, sector, count, buffer);
}

int disk_write(unsigned disk, uint64_t sector, size_t count,
               const void *buffer)
{
    return transfer(disk, BAREMETAL_DISK_WRITE, sector, count,
                    (void *)buffer);
}

int disk_flush(unsigned disk)
{
    return run(disk, BAREMETAL_DISK_FLUSH, 0, 0, 0);
}
