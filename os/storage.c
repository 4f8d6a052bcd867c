/* storage.c - finds the volume that programs come from.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "storage.h"
#include "fs/error.h"
#include "print.h"

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

void storage_init(struct storage *storage, const struct baremetal *os)
{
    storage->os = os;
    storage->mounted = 0;
    storage->disk.os = os;
    storage->disk.device.read = disk_read;
    storage->disk.device.write = disk_write;
    storage->disk.device.flush = disk_flush;
    storage->disk.device.size = disk_size;
}

void storage_forget(struct storage *storage)
{
    storage->mounted = 0;
}

/* Tries one place on the current disk; says why not if `talk`. */
static int try_place(struct storage *storage, unsigned number, uint64_t start,
                     uint64_t sectors, int talk)
{
    int error = fat_mount(&storage->volume, &storage->disk.device, start,
                          sectors);

    storage->mounted = !error;
    if (!talk)
        return !error;
    if (number)
        print(storage->os, "    partition %u: ", number);
    else
        print(storage->os, "    whole disk: ");
    print(storage->os, "%s\n", error ? fs_error_text(error) : "FAT volume");
    return !error;
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

static int try_disk(struct storage *storage,
                    const struct baremetal_disk *info, int talk)
{
    struct partition_table *table = &storage->table;
    /* No volume is mounted yet, so its buffer is free. */
    int error = partition_read(&storage->disk.device,
                               storage->volume.table.bytes, table);

    if (talk)
        print_disk(storage, info, error);
    for (unsigned i = 0; i < table->count; i++)
        if (try_place(storage, i + 1, table->list[i].start,
                      table->list[i].sectors, talk))
            return 1;
    return try_place(storage, 0, 0, info->sectors, talk);
}

/* Returns how many disks there were up to the one with the volume. */
static unsigned search(struct storage *storage, int talk)
{
    struct baremetal_disk info;
    unsigned *number = &storage->disk.number;

    for (*number = 0; !storage->os->disk_info(*number, &info); ++*number)
        if (try_disk(storage, &info, talk))
            return *number + 1;
    return *number;
}

struct fat_volume *storage_volume(struct storage *storage)
{
    if (!storage->mounted)
        search(storage, 0);
    return storage->mounted ? &storage->volume : 0;
}

void storage_explain(struct storage *storage)
{
    print(storage->os,
          "No volume to read from. Looked on ATA and virtio disks for FAT12,\n"
          "FAT16 or FAT32, in MBR and GPT partitions and on whole disks:\n");
    if (!search(storage, 1))
        print(storage->os, "  no disk found\n");
}

void storage_flush(struct storage *storage)
{
    struct baremetal_disk info;

    for (unsigned i = 0; !storage->os->disk_info(i, &info); i++)
        storage->os->disk_flush(i);
}
