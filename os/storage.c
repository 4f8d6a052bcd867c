/* storage.c - volumes: which disk and partition a FAT stands on.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "storage.h"
#include "fs/error.h"
#include "print.h"
#include "system.h"
#include <pure64/string.h>

/* The kernel's errors in the file system's words. */
static int translate(int error)
{
    switch (error) {
    case 0:
        return 0;
    case BAREMETAL_ETIME:
        return FS_ETIME;
    case BAREMETAL_EINVAL:
        return FS_ERANGE;
    default:
        return FS_EIO;
    }
}

static int disk_read(struct fs_device *device, uint64_t sector, size_t count,
                     void *buffer)
{
    struct storage_disk *disk = (struct storage_disk *)device;

    return translate(disk->os->disk_read(disk->number, sector, count, buffer));
}

static int disk_write(struct fs_device *device, uint64_t sector, size_t count,
                      const void *buffer)
{
    struct storage_disk *disk = (struct storage_disk *)device;

    return translate(disk->os->disk_write(disk->number, sector, count,
                                          buffer));
}

static int disk_flush(struct fs_device *device)
{
    struct storage_disk *disk = (struct storage_disk *)device;

    return translate(disk->os->disk_flush(disk->number));
}

static int disk_size(struct fs_device *device, uint64_t *sectors,
                     uint32_t *sector_bytes)
{
    struct storage_disk *disk = (struct storage_disk *)device;
    struct baremetal_disk info;
    int error = disk->os->disk_info(disk->number, &info);

    *sectors = error ? 0 : info.sectors;
    *sector_bytes = error ? 0 : info.sector_size;
    return translate(error);
}

static void disk_init(struct storage_disk *disk, const struct baremetal *os)
{
    disk->os = os;
    disk->device.read = disk_read;
    disk->device.write = disk_write;
    disk->device.flush = disk_flush;
    disk->device.size = disk_size;
}

/* FATSpec, "Date and Time Formats". 1980-01-01 without a clock. */
static void now(uint16_t *date, uint16_t *time)
{
    struct baremetal_date clock;

    *date = 1 << 5 | 1;
    *time = 0;
    if (os_system.os->date(&clock) || clock.year < 1980 || clock.year > 2107)
        return;
    *date = (uint16_t)((clock.year - 1980) << 9 | clock.month << 5 |
                       clock.day);
    *time = (uint16_t)(clock.hour << 11 | clock.minute << 5 |
                       clock.second / 2);
}

void storage_init(struct storage *storage, const struct baremetal *os)
{
    storage->os = os;
    for (unsigned i = 0; i < STORAGE_VOLUMES; i++) {
        disk_init(&storage->volumes[i].disk, os);
        storage->volumes[i].fat.now = now;
        storage->volumes[i].fat.memory = &storage->memory;
    }
}

void storage_drop(struct storage *storage)
{
    memset(storage->volumes, 0, sizeof storage->volumes);
    memset(&storage->memory, 0, sizeof storage->memory);
    storage_init(storage, storage->os);
}

static struct storage_volume *find_mounted(struct storage *storage,
                                           unsigned disk, unsigned partition)
{
    for (unsigned i = 0; i < STORAGE_VOLUMES; i++) {
        struct storage_volume *volume = &storage->volumes[i];

        if (volume->mounted && volume->disk.number == disk &&
            (partition ? volume->partition == partition : volume->is_first))
            return volume;
    }
    return 0;
}

/* That nothing can be written says fat_sync too; whoever tried was told. */
static int sync(struct storage_volume *volume)
{
    int error = volume->mounted ? fat_sync(&volume->fat) : 0;

    return volume->read_only ? 0 : error;
}

static int unmount(struct storage_volume *volume)
{
    int error = sync(volume);

    if (volume->mounted)
        fat_forget(&volume->fat);
    volume->mounted = 0;
    return error;
}

/* A place for one more; a volume that nobody uses makes room. */
static struct storage_volume *take_volume(struct storage *storage)
{
    struct storage_volume *unused = 0;

    for (unsigned i = 0; i < STORAGE_VOLUMES; i++) {
        struct storage_volume *volume = &storage->volumes[i];

        if (!volume->mounted)
            return volume;
        if (!volume->users)
            unused = volume;
    }
    if (unused)
        unmount(unused);
    return unused;
}

/* Of a volume that is not mounted: its own memory is free for it. */
static int read_partitions(struct storage *storage,
                           struct storage_volume *volume)
{
    return partition_read(&volume->disk.device, volume->fat.data.bytes,
                          &storage->table);
}

/* How much of a disk each place has: 0 is the whole disk. */
static int mount_place(struct storage *storage, struct storage_volume *volume,
                       unsigned partition, const struct baremetal_disk *info)
{
    uint64_t start = 0, sectors = info->sectors;
    int error;

    if (partition) {
        start = storage->table.list[partition - 1].start;
        sectors = storage->table.list[partition - 1].sectors;
    }
    volume->fat.repair_memory = storage->spare;
    volume->fat.repair_memory_size = storage->spare_size;
    error = fat_mount(&volume->fat, &volume->disk.device, start, sectors);
    volume->partition = partition;
    volume->mounted = !error;
    volume->read_only = volume->fat.refuse_changes != 0;
    if (!error && volume->fat.repaired)
        print(storage->os, "%s: files were repaired; the last session did "
              "not end cleanly\n", info->name);
    return error;
}

/* One line for storage_explain. */
static void print_place(struct storage *storage, unsigned partition, int error)
{
    if (partition)
        print(storage->os, "    partition %u: ", partition);
    else
        print(storage->os, "    whole disk: ");
    print(storage->os, "%s\n", error ? fs_error_text(error) : "FAT volume");
}

/* The first place that holds a FAT. If that is mounted already, *volume
 * becomes it: two mounts of one volume would not know of each other. */
static int mount_first(struct storage *storage,
                       struct storage_volume **volume,
                       const struct baremetal_disk *info, int talk)
{
    int result = STORAGE_ENOVOLUME;

    for (unsigned i = 1; i <= storage->table.count + 1; i++) {
        unsigned partition = i <= storage->table.count ? i : 0;
        struct storage_volume *known =
            partition ? find_mounted(storage, (*volume)->disk.number,
                                     partition)
                      : 0;
        int error = 0;

        if (known)
            *volume = known;
        else
            error = mount_place(storage, *volume, partition, info);
        if (talk)
            print_place(storage, partition, error);
        if (!error) {
            (*volume)->is_first = 1;
            return 0;
        }
        if (error != FS_ENOTFAT)
            result = error;
    }
    return result;
}

int storage_mount(struct storage *storage, unsigned disk, unsigned partition,
                  struct storage_volume **found)
{
    struct storage_volume *volume = find_mounted(storage, disk, partition);
    struct baremetal_disk info;
    int error;

    *found = volume;
    if (volume)
        return 0;
    if (storage->os->disk_info(disk, &info))
        return STORAGE_ENODISK;
    *found = volume = take_volume(storage);
    if (!volume)
        return STORAGE_EVOLUMES;
    volume->disk.number = disk;
    volume->is_first = 0;
    error = read_partitions(storage, volume);
    if (!partition)
        return mount_first(storage, found, &info, 0);
    /* Partitions that were found before an error may be good. */
    if (partition > storage->table.count)
        return error ? error : STORAGE_ENOVOLUME;
    return mount_place(storage, volume, partition, &info);
}

int storage_first(struct storage *storage, struct storage_volume **volume)
{
    int error = STORAGE_ENOVOLUME;

    for (unsigned disk = 0; disk < STORAGE_DISKS; disk++) {
        int reason = storage_mount(storage, disk, 0, volume);

        if (!reason || reason == STORAGE_EVOLUMES)
            return reason;
        if (reason == STORAGE_ENODISK)
            break;
    }
    return error;
}

void storage_lend_spare(struct storage *storage)
{
    if (storage->spare_size > FAT_TABLE_WINDOW)
        fat_memory_lend(&storage->memory, storage->spare,
                        storage->spare_size);
}

void storage_end_spare(struct storage *storage)
{
    if (storage->memory.table.bytes == storage->spare)
        fat_memory_lend(&storage->memory, 0, 0);
}

int storage_sync(struct storage *storage)
{
    int first = 0;

    for (unsigned i = 0; i < STORAGE_VOLUMES; i++) {
        int error = sync(&storage->volumes[i]);

        if (!first)
            first = error;
    }
    return first;
}

int storage_forget(struct storage *storage)
{
    int first = 0;

    for (unsigned i = 0; i < STORAGE_VOLUMES; i++) {
        int error = 0;

        if (!storage->volumes[i].users)
            error = unmount(&storage->volumes[i]);
        if (!first)
            first = error;
    }
    return first;
}

static void print_disk(struct storage *storage,
                       const struct baremetal_disk *info, int error)
{
    const struct partition_table *table = &storage->table;

    print(storage->os, "  %s: %lu MiB", info->name,
          info->sectors * info->sector_size >> 20);
    if (table->scheme == PARTITION_NONE)
        print(storage->os, ", no partition table");
    else
        print(storage->os, ", %s, %u partition%s",
              table->scheme == PARTITION_GPT ? "GPT" : "MBR", table->count,
              table->count == 1 ? "" : "s");
    if (error)
        print(storage->os, "; %s", fs_error_text(error));
    print(storage->os, "\n");
}

void storage_explain(struct storage *storage)
{
    struct storage_volume *volume = take_volume(storage);
    struct baremetal_disk info;
    unsigned disk;

    print(storage->os, "No volume to read from. Looked on all disks for FAT12,"
          "\nFAT16 or FAT32, in MBR and GPT partitions and on whole disks:\n");
    for (disk = 0; volume && !storage->os->disk_info(disk, &info); disk++) {
        int error;

        volume->disk.number = disk;
        error = read_partitions(storage, volume);
        print_disk(storage, &info, error);
        if (!mount_first(storage, &volume, &info, 1))
            unmount(volume);
    }
    if (!disk)
        print(storage->os, "  no disk found\n");
}
