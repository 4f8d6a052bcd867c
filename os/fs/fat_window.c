/* fat_window.c - access to a FAT volume's sectors, and the two that are kept.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Small pieces of files go through one window, folders through another; large
 * pieces go past them. A sector is written late only in the window of files.
 */
#include "error.h"
#include "fat_internal.h"
#include <pure64/string.h>

static int is_inside(const struct fat_window *window, uint32_t sector,
                     uint32_t count)
{
    return window->valid && window->sector >= sector &&
           window->sector - sector < count;
}

static int check_range(const struct fat_volume *volume, uint32_t sector,
                       uint32_t count)
{
    return sector > volume->sectors || count > volume->sectors - sector
               ? FS_ERANGE
               : 0;
}

int fat_read_sectors(struct fat_volume *volume, uint32_t sector,
                     uint32_t count, void *buffer)
{
    uint64_t ratio = volume->sector_ratio;
    int error = check_range(volume, sector, count);

    if (!error && is_inside(&volume->data, sector, count))
        error = fat_window_store(volume, &volume->data);
    if (error)
        return error;
    return volume->device->read(volume->device, volume->start + sector * ratio,
                                count * ratio, buffer);
}

static int write_through(struct fat_volume *volume, uint32_t sector,
                         uint32_t count, const void *buffer)
{
    uint64_t ratio = volume->sector_ratio;

    return volume->device->write(volume->device,
                                 volume->start + sector * ratio,
                                 count * ratio, buffer);
}

int fat_write_sectors(struct fat_volume *volume, uint32_t sector,
                      uint32_t count, const void *buffer)
{
    int error = check_range(volume, sector, count);

    if (error)
        return error;
    if (is_inside(&volume->data, sector, count))
        volume->data.valid = volume->data.changed = 0;
    if (is_inside(&volume->folder, sector, count))
        volume->folder.valid = 0;
    return write_through(volume, sector, count, buffer);
}

int fat_zero_sectors(struct fat_volume *volume, uint32_t sector,
                     uint32_t count)
{
    uint32_t largest = FAT_SCRATCH / volume->sector_bytes;
    int error = 0;

    while (count && !error) {
        uint32_t part = count < largest ? count : largest;
        error = fat_write_sectors(volume, sector, part, volume->scratch);
        sector += part;
        count -= part;
    }
    return error;
}

int fat_window_load(struct fat_volume *volume, struct fat_window *window,
                    uint32_t sector)
{
    int error;

    if (window->valid && window->sector == sector)
        return 0;
    error = fat_window_store(volume, window);
    if (error)
        return error;
    window->valid = 0;
    error = fat_read_sectors(volume, sector, 1, window->bytes);
    if (error)
        return error;
    window->sector = sector;
    window->valid = 1;
    return 0;
}

int fat_window_clear(struct fat_volume *volume, struct fat_window *window,
                     uint32_t sector)
{
    int error = check_range(volume, sector, 1);

    if (!error)
        error = fat_window_store(volume, window);
    if (error)
        return error;
    memset(window->bytes, 0, volume->sector_bytes);
    window->sector = sector;
    window->valid = 1;
    return 0;
}

int fat_window_store(struct fat_volume *volume, struct fat_window *window)
{
    int error;

    if (!window->changed)
        return 0;
    error = volume->refuse_changes;
    if (!error)
        error = write_through(volume, window->sector, 1, window->bytes);
    window->changed = 0;
    if (!error)
        return 0;
    window->valid = 0;
    volume->refuse_changes = error;
    return error;
}

int fat_device_flush(struct fat_volume *volume)
{
    int error = volume->device->flush ? volume->device->flush(volume->device)
                                      : 0;

    if (error)
        volume->refuse_changes = error;
    else
        volume->freed = 0;
    return error;
}
