/* fat_window.c - access to a FAT volume's sectors, and the two that are kept.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Small pieces of files go through one window, folders through another, which
 * all volumes share; large pieces go past them. A sector is written late only
 * in the window of files.
 */
#include "error.h"
#include "fat_internal.h"
#include <pure64/string.h>

static int is_inside(const struct fat_volume *volume,
                     const struct fat_window *window, uint32_t sector,
                     uint32_t count)
{
    return window->volume == volume && window->sector >= sector &&
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

    if (!error && is_inside(volume, &volume->data, sector, count))
        error = fat_window_store(&volume->data);
    if (error)
        return error;
    return volume->device->read(volume->device, volume->start + sector * ratio,
                                count * ratio, buffer);
}

static void drop(struct fat_window *window)
{
    window->volume = 0;
    window->changed = 0;
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
    if (is_inside(volume, &volume->data, sector, count))
        drop(&volume->data);
    if (is_inside(volume, volume->folder, sector, count))
        drop(volume->folder);
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

/* For another sector. What goes wrong with another volume's is said to those
 * who use that: it refuses changes from then on. */
static int make_room(const struct fat_volume *volume,
                     struct fat_window *window)
{
    const struct fat_volume *owner = window->volume;
    int error = fat_window_store(window);

    return owner == volume ? error : 0;
}

int fat_window_load(struct fat_volume *volume, struct fat_window *window,
                    uint32_t sector)
{
    int error;

    if (window->volume == volume && window->sector == sector)
        return 0;
    error = make_room(volume, window);
    if (error)
        return error;
    window->volume = 0;
    error = fat_read_sectors(volume, sector, 1, window->bytes);
    if (error)
        return error;
    window->sector = sector;
    window->volume = volume;
    return 0;
}

int fat_window_clear(struct fat_volume *volume, struct fat_window *window,
                     uint32_t sector)
{
    int error = check_range(volume, sector, 1);

    if (!error)
        error = make_room(volume, window);
    if (error)
        return error;
    memset(window->bytes, 0, volume->sector_bytes);
    window->sector = sector;
    window->volume = volume;
    return 0;
}

int fat_window_store(struct fat_window *window)
{
    struct fat_volume *volume = window->volume;
    int error;

    if (!window->changed)
        return 0;
    error = volume->refuse_changes;
    if (!error)
        error = write_through(volume, window->sector, 1, window->bytes);
    window->changed = 0;
    if (!error)
        return 0;
    drop(window);
    volume->refuse_changes = error;
    return error;
}

void fat_forget(struct fat_volume *volume)
{
    struct fat_table_window *table = &volume->memory->table;

    drop(&volume->data);
    if (volume->memory->folder.volume == volume)
        drop(&volume->memory->folder);
    if (table->volume == volume) {
        table->volume = 0;
        table->changed_first = table->changed_end = 0;
    }
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
