/* block_ata.c - ATA disks at the two classic channels: PIO, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * AT Attachment 8 - ATA/ATAPI Command Set (ACS), and ATA/ATAPI-7 volume 2
 * for the registers and the PIO protocols. In QEMU: -M pc -hda disk.img;
 * in Bochs: ata0-master.
 */
#include "ata_identify.h"
#include <baremetal.h>
#include <kernel/block.h>
#include <kernel/memory.h>
#include <kernel/pci.h>
#include <pure64/io.h>

/* Registers, from a channel's first port. */
#define ATA_DATA 0
#define ATA_SECTOR_COUNT 2       /* 3, 4 and 5: the address, low byte first */
#define ATA_DEVICE 6
#define ATA_STATUS 7
#define ATA_COMMAND 7
#define ATA_DEVICE_CONTROL 0x206 /* read: alternate status */

#define ATA_PRIMARY 0x1F0
#define ATA_SECONDARY 0x170

#define ATA_STATUS_ERR (1 << 0)
#define ATA_STATUS_DRQ (1 << 3)
#define ATA_STATUS_DF (1 << 5)
#define ATA_STATUS_BSY (1 << 7)
#define ATA_STATUS_ABSENT 0xFF   /* nothing drives the bus */
#define ATA_DEVICE_LBA 0xE0      /* with the bits that once had to be 1 */
#define ATA_DEVICE_1 0x10
#define ATA_CONTROL_NIEN 0x02
#define ATA_CONTROL_SRST 0x04

#define ATA_READ_SECTORS 0x20
#define ATA_WRITE_SECTORS 0x30
#define ATA_EXT 0x04             /* of either: with 48-bit addresses */
#define ATA_FLUSH_CACHE 0xE7
#define ATA_FLUSH_CACHE_EXT 0xEA
#define ATA_IDENTIFY_DEVICE 0xEC

#define ATA_SECTOR_SIZE 512      /* unless IDENTIFY DEVICE says otherwise */
/* Sectors a command moves at most with a 28-bit address. */
#define ATA_SECTORS_MAX 256

#define ATA_PROBE_US 1000000u
#define ATA_COMMAND_US 30000000u /* a full cache takes that long to write */

#define ATA_DISKS 4

struct ata_disk {
    uint16_t port;
    uint8_t device;              /* ATA_DEVICE, without address bits */
    uint8_t ext;                 /* has 48-bit addresses */
    uint8_t flush;               /* command, 0 if it has none */
    struct block_device block;
    uint16_t id[256] __attribute__((aligned(8))); /* IDENTIFY DEVICE's data */
};
_Static_assert(ATA_DISKS * sizeof(struct ata_disk) <= PAGE_SIZE, "one page");

/* Waits until the channel is not busy; its status, with BSY if it still is. The
 * clock is read before the status. */
static uint8_t ata_wait(const struct ata_disk *disk)
{
    struct time_limit limit = time_limit_us(
        disk->block.info.sectors ? ATA_COMMAND_US : ATA_PROBE_US);
    uint8_t status;
    int passed;

    /* The status is valid 400 ns after a device was selected or given a
     * command; a read of the alternate one takes 100 ns and has no effect. */
    for (unsigned i = 0; i < 4; i++)
        io_in8(disk->port + ATA_DEVICE_CONTROL);
    do {
        passed = time_limit_passed(limit);
        status = io_in8(disk->port + ATA_STATUS);
    } while (status & ATA_STATUS_BSY && !passed);
    return status;
}

/* ATA/ATAPI-7 volume 2, "Software reset": SRST for 5 us or more, then 2 ms of
 * rest. Afterwards both devices of the channel take commands again. */
static void ata_reset(const struct ata_disk *disk)
{
    for (uint8_t control = ATA_CONTROL_SRST | ATA_CONTROL_NIEN;;
         control = ATA_CONTROL_NIEN) {
        struct time_limit limit = time_limit_us(2000);

        io_out8(disk->port + ATA_DEVICE_CONTROL, control);
        while (!time_limit_passed(limit))
            ;
        if (control == ATA_CONTROL_NIEN)
            break;
    }
    ata_wait(disk);
}

/* Selects the device and starts a command. */
static int ata_start(const struct ata_disk *disk, uint64_t sector,
                     size_t count, uint8_t command)
{
    uint16_t port = disk->port;
    /* Sector count and address, 16 and 48 bits, in registers that are two
     * bytes deep: the upper bytes go in first. Without 48-bit addresses they
     * are overwritten. */
    uint64_t bytes = (uint32_t)(sector >> 24 << 8 | count >> 8) |
                     (sector << 8 | (uint8_t)count) << 32;

    io_out8(port + ATA_DEVICE,
            disk->device | (disk->ext ? 0 : sector >> 24 & 0xF));
    if (ata_wait(disk) & ATA_STATUS_BSY)
        return BAREMETAL_ETIME;
    for (unsigned i = 0; i < 8; i++) {
        io_out8(port + ATA_SECTOR_COUNT + i % 4, (uint8_t)bytes);
        bytes >>= 8;
    }
    io_out8(port + ATA_COMMAND, command);
    return 0;
}

/* The steps of a command that was started: before each sector the disk asks
 * for its data, and behind the last one written, or none, it says how that
 * went. Sectors are in one piece, or there is a single one, in two. */
static int ata_move(const struct ata_disk *disk,
                    const struct block_command *command)
{
    uint32_t sector_size = disk->block.info.sector_size;
    uint64_t done = 0;

    for (uint32_t count = command->count;; count--) {
        uint8_t status;

        if (!count && command->operation == BAREMETAL_DISK_READ)
            return 0;
        status = ata_wait(disk);
        if (status & ATA_STATUS_BSY)
            return BAREMETAL_ETIME;
        if (status & (ATA_STATUS_ERR | ATA_STATUS_DF))
            return BAREMETAL_EIO;
        if (!count)
            return 0;
        if (!(status & ATA_STATUS_DRQ))
            return BAREMETAL_EIO;
        for (unsigned i = 0; i < command->pieces; i++) {
            uint32_t length = command->piece[i].length;
            char *data = memory_at(command->piece[i].address + done);

            if (length > sector_size)
                length = sector_size;
            if (command->operation == BAREMETAL_DISK_READ)
                io_in16_words(disk->port, data, length / 2);
            else
                io_out16_words(disk->port, data, length / 2);
        }
        done += sector_size;
    }
}

static int ata_command(const struct ata_disk *disk,
                       const struct block_command *command, uint8_t code)
{
    int error = ata_start(disk, command->sector, command->count, code);

    if (!error)
        error = ata_move(disk, command);
    /* While probing there may be no disk, or one that is not ours. */
    if (error && disk->block.info.sectors)
        ata_reset(disk);
    return error;
}

static void ata_issue(struct block_device *device,
                      const struct block_command *command)
{
    struct ata_disk *disk = (struct ata_disk *)((char *)device -
                                                offsetof(struct ata_disk,
                                                         block));
    uint8_t code = ATA_READ_SECTORS | disk->ext;

    if (command->operation == BAREMETAL_DISK_WRITE)
        code += ATA_WRITE_SECTORS - ATA_READ_SECTORS;
    if (command->operation == BAREMETAL_DISK_FLUSH)
        code = disk->flush;
    block_done(device, command->tag,
               code ? ata_command(disk, command, code) : 0);
}

unsigned ata_identify(struct baremetal_disk *info, const uint16_t *id)
{
    unsigned features = id[83];

    if ((features & 0xC000) != 0x4000) /* the word is valid */
        features = 1;
    info->sectors = features & ATA_FEATURE_EXT
                        ? *(const uint64_t *)&id[100]
                        : *(const uint32_t *)&id[60];
    info->sector_size = ATA_SECTOR_SIZE;
    if ((id[106] & 0xD000) == 0x5000) /* valid, and a sector is not 512 bytes */
        info->sector_size = 2 * (id[117] | (uint32_t)id[118] << 16);
    if (!(id[49] & 1 << 9) || /* LBA */
        (info->sector_size != ATA_SECTOR_SIZE && info->sector_size != 4096))
        return 0;
    return info->sectors ? features : 0;
}

static const struct block_driver ata_driver = {
    .name = "ata",
    .issue = ata_issue,
};

static __attribute__((noinline)) void ata_probe_disk(struct ata_disk *disk)
{
    struct block_command identify = {
        .count = 1, .pieces = 1, .operation = BAREMETAL_DISK_READ,
        .piece = {{memory_physical(disk->id), ATA_SECTOR_SIZE}},
    };
    unsigned features;

    disk->block.driver = &ata_driver;
    disk->block.info.sector_size = ATA_SECTOR_SIZE;
    disk->block.tags = 1;
    /* Nothing there: the status stays 0. An ATAPI drive: it aborts this. */
    if (ata_command(disk, &identify, ATA_IDENTIFY_DEVICE))
        return;
    features = ata_identify(&disk->block.info, disk->id);
    if (!features)
        return;
    if (features & ATA_FEATURE_EXT)
        disk->ext = ATA_EXT;
    if (features & ATA_FEATURE_FLUSH)
        disk->flush = ATA_FLUSH_CACHE;
    if (features & ATA_FEATURE_FLUSH_EXT)
        disk->flush = ATA_FLUSH_CACHE_EXT;
    disk->block.bytes_max =
        ATA_SECTORS_MAX * disk->block.info.sector_size;
    block_add(&disk->block);
}

static int ata_probe(const struct pci_function *function)
{
    struct ata_disk *disk = memory_take(1);

    (void)function;
    if (!disk)
        return 0;
    for (unsigned i = 0; i < ATA_DISKS; i++, disk++) {
        disk->port = i < 2 ? ATA_PRIMARY : ATA_SECONDARY;
        disk->device = i % 2 ? ATA_DEVICE_LBA | ATA_DEVICE_1
                             : ATA_DEVICE_LBA;
        io_out8(disk->port + ATA_DEVICE, disk->device);
        io_out8(disk->port + ATA_DEVICE_CONTROL, ATA_CONTROL_NIEN);
        if (io_in8(disk->port + ATA_DEVICE_CONTROL) != ATA_STATUS_ABSENT)
            ata_probe_disk(disk);
    }
    return 0;
}

const struct pci_driver block_ata = {
    .probe = ata_probe,
    .first = PCI_NOWHERE,
    .last = PCI_NOWHERE,
};
