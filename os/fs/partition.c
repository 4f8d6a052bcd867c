/* partition.c - partition tables: MBR with logical partitions, and GPT.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Every number comes from a disk that may be damaged or hostile: it is
 * checked against the size of the device before it is used, and every walk
 * has a limit.
 */
#include "partition.h"
#include "crc32.h"
#include "error.h"
#include "little_endian.h"
#include <pure64/string.h>

#define MBR_TABLE 446
#define MBR_ENTRY_SIZE 16
#define MBR_ENTRIES 4
#define MBR_SIGNATURE 510
#define MBR_TYPE_EMPTY 0x00
#define MBR_TYPE_EXTENDED 0x05
#define MBR_TYPE_EXTENDED_LBA 0x0F
#define MBR_TYPE_EXTENDED_LINUX 0x85
#define MBR_TYPE_GPT 0xEE

#define GPT_HEADER_SIZE_MIN 92
#define GPT_ENTRY_SIZE_MIN 128
/* The usual array has 16 KiB; this bounds the reads a bad header costs. */
#define GPT_ARRAY_SIZE_MAX (256 * 1024)

struct disk {
    struct fs_device *device;
    uint64_t sectors;
    uint32_t sector_bytes;
    uint8_t *scratch;
};

struct mbr_entry {
    uint8_t status, type;
    uint32_t start, sectors;
};

struct gpt {
    uint64_t array;
    uint32_t entries, entry_size, array_crc;
};

static int disk_load(struct disk *disk, uint64_t sector)
{
    if (sector >= disk->sectors)
        return FS_ERANGE;
    return disk->device->read(disk->device, sector, 1, disk->scratch);
}

/* Adds a partition that starts inside the disk, cut at the disk's end. */
static void table_add(struct partition_table *table, const struct disk *disk,
                      uint64_t start, uint64_t sectors)
{
    struct partition *partition = &table->list[table->count];

    if (!sectors || start >= disk->sectors || table->count >= PARTITIONS_MAX)
        return;
    if (sectors > disk->sectors - start)
        sectors = disk->sectors - start;
    partition->start = start;
    partition->sectors = sectors;
    table->count++;
}

/* Fills the four entries; 0 if the sector is not a partition table. Boot
 * code of an unpartitioned volume fails the test of the status bytes. */
static int mbr_parse(const uint8_t *sector, struct mbr_entry *entries)
{
    const uint8_t *raw = sector + MBR_TABLE;
    unsigned used = 0;

    if (load16(sector + MBR_SIGNATURE) != 0xAA55)
        return 0;
    for (unsigned i = 0; i < MBR_ENTRIES; i++, raw += MBR_ENTRY_SIZE) {
        entries[i].status = raw[0];
        entries[i].type = raw[4];
        entries[i].start = load32(raw + 8);
        entries[i].sectors = load32(raw + 12);
        if (entries[i].status & 0x7F)
            return 0;
        used += entries[i].type != MBR_TYPE_EMPTY;
    }
    return used != 0;
}

static int mbr_is_extended(const struct mbr_entry *entry)
{
    return entry->type == MBR_TYPE_EXTENDED ||
           entry->type == MBR_TYPE_EXTENDED_LBA ||
           entry->type == MBR_TYPE_EXTENDED_LINUX;
}

/* Follows the chain in one extended partition: in each link the first entry
 * is a partition, counted from the link, the second the next link, counted
 * from the start of the extended partition. */
static int read_logical(struct disk *disk, const struct mbr_entry *extended,
                        struct partition_table *table)
{
    struct mbr_entry entries[MBR_ENTRIES];
    uint64_t link = extended->start;

    for (unsigned i = 0; i < PARTITIONS_MAX; i++) {
        int error = disk_load(disk, link);
        if (error)
            return error == FS_ERANGE ? FS_EEXTENDED : error;
        if (!mbr_parse(disk->scratch, entries))
            return i ? FS_EEXTENDED : 0; /* an empty one has no entry */
        if (entries[0].type != MBR_TYPE_EMPTY)
            table_add(table, disk, link + entries[0].start,
                      entries[0].sectors);
        if (!mbr_is_extended(&entries[1]))
            return 0;
        link = (uint64_t)extended->start + entries[1].start;
    }
    return FS_EEXTENDED;
}

static int read_mbr(struct disk *disk, const struct mbr_entry *entries,
                    struct partition_table *table)
{
    int error = 0;

    table->scheme = PARTITION_MBR;
    for (unsigned i = 0; i < MBR_ENTRIES; i++)
        if (entries[i].type != MBR_TYPE_EMPTY &&
            entries[i].type != MBR_TYPE_GPT && !mbr_is_extended(&entries[i]))
            table_add(table, disk, entries[i].start, entries[i].sectors);
    for (unsigned i = 0; i < MBR_ENTRIES; i++)
        if (mbr_is_extended(&entries[i])) {
            int result = read_logical(disk, &entries[i], table);
            error = error ? error : result;
        }
    return error;
}

/* UEFI 2.10, "GPT Header": signature, own position and CRC must hold. */
static int gpt_parse(struct disk *disk, uint64_t sector, struct gpt *gpt)
{
    uint8_t *header = disk->scratch;
    uint32_t size, crc;
    uint64_t array_sectors;

    size = load32(header + 12);
    crc = load32(header + 16);
    if (memcmp(header, "EFI PART", 8) || size < GPT_HEADER_SIZE_MIN ||
        size > disk->sector_bytes || load64(header + 24) != sector)
        return 0;
    memset(header + 16, 0, 4); /* the CRC counts itself as zero */
    if (crc32(0, header, size) != crc)
        return 0;
    gpt->array = load64(header + 72);
    gpt->entries = load32(header + 80);
    gpt->entry_size = load32(header + 84);
    gpt->array_crc = load32(header + 88);
    if (gpt->entry_size < GPT_ENTRY_SIZE_MIN ||
        gpt->entry_size & (gpt->entry_size - 1) || !gpt->entries ||
        gpt->entries > GPT_ARRAY_SIZE_MAX / gpt->entry_size)
        return 0;
    array_sectors = ((uint64_t)gpt->entries * gpt->entry_size +
                     disk->sector_bytes - 1) / disk->sector_bytes;
    return gpt->array < disk->sectors &&
           array_sectors <= disk->sectors - gpt->array;
}

/* 1 if the array's CRC holds, 0 if not. */
static int gpt_check_array(struct disk *disk, const struct gpt *gpt)
{
    uint32_t left = gpt->entries * gpt->entry_size;
    uint64_t sector = gpt->array;
    uint32_t crc = 0;

    while (left) {
        uint32_t size = left < disk->sector_bytes ? left : disk->sector_bytes;
        if (disk_load(disk, sector++))
            return 0;
        crc = crc32(crc, disk->scratch, size);
        left -= size;
    }
    return crc == gpt->array_crc;
}

/* An entry of type 0 is unused. What is read of one, 48 bytes, never crosses
 * a sector: entries are powers of two from 128 on. */
static int gpt_add_entries(struct disk *disk, const struct gpt *gpt,
                           struct partition_table *table)
{
    uint64_t loaded = 0; /* sector 0 holds no entry */

    for (uint32_t i = 0; i < gpt->entries; i++) {
        uint64_t offset = (uint64_t)i * gpt->entry_size;
        uint64_t sector = gpt->array + offset / disk->sector_bytes;
        const uint8_t *entry = disk->scratch + offset % disk->sector_bytes;
        int error = sector == loaded ? 0 : disk_load(disk, sector);
        uint64_t first, last;

        if (error)
            return error;
        loaded = sector;
        first = load64(entry + 32);
        last = load64(entry + 40);
        if ((load64(entry) | load64(entry + 8)) && first && first <= last &&
            last < disk->sectors)
            table_add(table, disk, first, last - first + 1);
    }
    return 0;
}

/* One header, primary or backup; 0, FS_EGPT, or the device's error. */
static int read_gpt(struct disk *disk, uint64_t sector,
                    struct partition_table *table)
{
    struct gpt gpt;
    int error = disk_load(disk, sector);

    if (error)
        return error;
    if (!gpt_parse(disk, sector, &gpt) || !gpt_check_array(disk, &gpt))
        return FS_EGPT;
    table->scheme = PARTITION_GPT;
    return gpt_add_entries(disk, &gpt, table);
}

static int mbr_is_protective(const struct mbr_entry *entries)
{
    for (unsigned i = 0; i < MBR_ENTRIES; i++)
        if (entries[i].type == MBR_TYPE_GPT)
            return 1;
    return 0;
}

int partition_read(struct fs_device *device, uint8_t *scratch,
                   struct partition_table *table)
{
    struct disk disk = { .device = device, .scratch = scratch };
    struct mbr_entry entries[MBR_ENTRIES];
    int error = device->size(device, &disk.sectors, &disk.sector_bytes);

    table->scheme = PARTITION_NONE;
    table->count = 0;
    if (!error && (disk.sector_bytes < 512 ||
                   disk.sector_bytes > FS_SECTOR_MAX ||
                   disk.sector_bytes & (disk.sector_bytes - 1)))
        error = FS_ESECTOR;
    if (!error)
        error = disk_load(&disk, 0);
    if (error || !mbr_parse(scratch, entries))
        return error;
    if (!mbr_is_protective(entries))
        return read_mbr(&disk, entries, table);
    if (!read_gpt(&disk, 1, table))
        return 0;
    table->count = 0;
    if (!read_gpt(&disk, disk.sectors - 1, table))
        return 0;
    table->count = 0;
    /* A hybrid MBR still lists some partitions itself. */
    error = read_mbr(&disk, entries, table);
    if (table->count)
        return error;
    table->scheme = PARTITION_GPT;
    return FS_EGPT;
}
