/* block_ata.c - ATA disks at the two classic channels: PIO, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * AT Attachment 8 - ATA/ATAPI Command Set (ACS), and ATA/ATAPI-7 volume 2
 * for the registers and the PIO protocols. In QEMU: -M pc -hda disk.img;
 * in Bochs: ata0-master.
 */
#include <baremetal.h>
#include <kernel/block.h>
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

/* What block_device.private holds. */
struct ata_disk {
    uint16_t port;
    uint8_t device;              /* ATA_DEVICE, without address bits */
    uint8_t ext;                 /* has 48-bit addresses */
    uint8_t flush;               /* command, 0 if it has none */
    uint32_t timeout_us;         /* of all waits */
};
_Static_assert(sizeof(struct ata_disk) <=
                   sizeof(((struct block_device *)0)->private),
               "fits into block_device");

static struct ata_disk *ata_disk(const struct block_device *device)
{
    return (struct ata_disk *)device->private;
}

/* For block_wait: the status with bit 8 set, 0 while the channel is busy. */
static int ata_idle(void *context)
{
    uint8_t status = io_in8((uint16_t)((uintptr_t)context + ATA_STATUS));

    return status & ATA_STATUS_BSY ? 0 : status | 0x100;
}

static int ata_never(void *context)
{
    (void)context;
    return 0;
}

/* Waits until the channel is not busy: the status with bit 8 set, or 0. */
static int ata_wait(const struct ata_disk *disk)
{
    /* The status is valid 400 ns after a device was selected or given a
     * command; a read of the alternate one takes 100 ns and has no effect. */
    for (unsigned i = 0; i < 4; i++)
        io_in8(disk->port + ATA_DEVICE_CONTROL);
    return block_wait(ata_idle, (void *)(uintptr_t)disk->port,
                      disk->timeout_us);
}

/* ATA/ATAPI-7 volume 2, "Software reset": SRST for 5 us, then 2 ms of rest.
 * Afterwards both devices of the channel take commands again. */
static void ata_reset(const struct ata_disk *disk)
{
    uint16_t control = disk->port + ATA_DEVICE_CONTROL;

    io_out8(control, ATA_CONTROL_SRST | ATA_CONTROL_NIEN);
    block_wait(ata_never, 0, 5);
    io_out8(control, ATA_CONTROL_NIEN);
    block_wait(ata_never, 0, 2000);
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
    if (!ata_wait(disk))
        return BAREMETAL_ETIME;
    for (unsigned i = 0; i < 8; i++) {
        io_out8(port + ATA_SECTOR_COUNT + i % 4, (uint8_t)bytes);
        bytes >>= 8;
    }
    io_out8(port + ATA_COMMAND, command);
    return 0;
}

/* The steps of a command that was started: before each sector the disk asks
 * for its data, and behind the last one written it says how that went. */
static int ata_move(const struct block_device *device, int write,
                    size_t count, char *buffer)
{
    const struct ata_disk *disk = ata_disk(device);
    size_t words = device->info.sector_size / 2;

    for (; count || write; count--) {
        int status = ata_wait(disk);

        if (!status)
            return BAREMETAL_ETIME;
        if (status & (ATA_STATUS_ERR | ATA_STATUS_DF))
            return BAREMETAL_EIO;
        if (!count)
            break;
        if (!(status & ATA_STATUS_DRQ))
            return BAREMETAL_EIO;
        if (write)
            io_out16_words(disk->port, buffer, words);
        else
            io_in16_words(disk->port, buffer, words);
        buffer += 2 * words;
    }
    return 0;
}

/* A whole command; one that moves no data has a count of 0 and "writes". */
static int ata_command(const struct block_device *device, int write,
                       uint64_t sector, size_t count, void *buffer,
                       uint8_t command)
{
    const struct ata_disk *disk = ata_disk(device);
    int error = ata_start(disk, sector, count, command);

    if (!error)
        error = ata_move(device, write, count, buffer);
    /* While probing there may be no disk, or one that is not ours. */
    if (error && device->info.sectors)
        ata_reset(disk);
    return error;
}

static int ata_transfer(struct block_device *device, int write,
                        uint64_t sector, size_t count, void *buffer)
{
    uint8_t command = write ? ATA_WRITE_SECTORS : ATA_READ_SECTORS;

    if (ata_disk(device)->ext)
        command |= ATA_EXT;
    return ata_command(device, write, sector, count, buffer, command);
}

static int ata_flush(struct block_device *device)
{
    uint8_t command = ata_disk(device)->flush;

    return command ? ata_command(device, 1, 0, 0, 0, command) : 0;
}

/* Takes what IDENTIFY DEVICE says (ACS, 7.13); 0 if we cannot use the disk. */
static int ata_parse(struct block_device *device, const uint16_t *id)
{
    struct ata_disk *disk = ata_disk(device);
    uint16_t features = id[83];

    if (!(id[49] & 1 << 9)) /* LBA */
        return 0;
    if ((features & 0xC000) != 0x4000) /* the word is valid */
        features = 0;
    if (features & 1 << 10) { /* 48-bit addresses */
        disk->ext = 1;
        device->info.sectors = *(const uint64_t *)&id[100];
    } else {
        device->info.sectors = *(const uint32_t *)&id[60];
    }
    if (features & 1 << 13)
        disk->flush = ATA_FLUSH_CACHE_EXT;
    else if (features & 1 << 12)
        disk->flush = ATA_FLUSH_CACHE;
    if ((id[106] & 0xD000) == 0x5000) /* valid, and a sector is not 512 bytes */
        device->info.sector_size = 2 * (id[117] | (uint32_t)id[118] << 16);
    return device->info.sectors &&
           (device->info.sector_size == 512 || device->info.sector_size == 4096);
}

static const struct block_driver ata_driver = {
    .name = "ata",
    .transfer = ata_transfer,
    .flush = ata_flush,
};

static void ata_probe_disk(uint16_t port, uint8_t select)
{
    struct block_device *device = block_new(&ata_driver);
    struct ata_disk *disk = ata_disk(device);
    uint16_t id[256] __attribute__((aligned(8)));

    io_out8(port + ATA_DEVICE, select);
    if (!device || io_in8(port + ATA_DEVICE_CONTROL) == ATA_STATUS_ABSENT)
        return;
    io_out8(port + ATA_DEVICE_CONTROL, ATA_CONTROL_NIEN);
    device->info.sector_size = ATA_SECTOR_SIZE;
    device->sectors_max = ATA_SECTORS_MAX;
    disk->port = port;
    disk->device = select;
    disk->timeout_us = ATA_PROBE_US;
    /* Nothing there: the status stays 0. An ATAPI drive: it aborts this. */
    if (ata_command(device, 0, 0, 1, id, ATA_IDENTIFY_DEVICE) ||
        !ata_parse(device, id))
        return;
    disk->timeout_us = ATA_COMMAND_US;
    block_add(device);
}

static int ata_probe(const struct pci_function *function)
{
    (void)function;
    for (unsigned i = 0; i < 4; i++)
        ata_probe_disk(i < 2 ? ATA_PRIMARY : ATA_SECONDARY,
                       i % 2 ? ATA_DEVICE_LBA | ATA_DEVICE_1
                             : ATA_DEVICE_LBA);
    return 0;
}

const struct pci_driver block_ata = {
    .probe = ata_probe,
};
