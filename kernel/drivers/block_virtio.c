/* block_virtio.c - virtio disks: one queue, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * VIRTIO 1.1, OASIS: 5.2 "Block Device". In QEMU:
 *   -drive if=none,id=d,file=disk.img,format=raw -device virtio-blk-pci,drive=d
 * also with disable-legacy=on.
 */
#include "virtio.h"
#include <baremetal.h>
#include <kernel/block.h>
#include <kernel/memory.h>

#define VIRTIO_ID_BLOCK_TRANSITIONAL 0x1001
#define VIRTIO_ID_BLOCK 0x1042

/* 5.2.3 "Feature bits". */
#define VIRTIO_BLK_F_SIZE_MAX (1u << 1)
#define VIRTIO_BLK_F_SEG_MAX (1u << 2)
#define VIRTIO_BLK_F_BLK_SIZE (1u << 6)
#define VIRTIO_BLK_F_FLUSH (1u << 9)
#define VIRTIO_BLK_WANTED                         \
    (VIRTIO_BLK_F_SIZE_MAX | VIRTIO_BLK_F_SEG_MAX | \
     VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH)

/* 5.2.6 "Device Operation". */
#define VIRTIO_BLK_T_IN 0
#define VIRTIO_BLK_T_OUT 1
#define VIRTIO_BLK_T_FLUSH 4
#define VIRTIO_BLK_S_OK 0

#define VIRTIO_BLK_SECTOR 512 /* unit of all sector numbers */

#define VIRTIO_BLK_BYTES_MAX 0x100000 /* of a command; no limit is known */

/* 5.2.4 "Device configuration layout". */
struct virtio_blk_config {
    uint32_t capacity[2];  /* in sectors of 512 bytes */
    uint32_t size_max;
    uint32_t seg_max;
    uint32_t geometry;
    uint32_t blk_size;
};

/* What the device reads and writes besides the data. */
struct virtio_blk_slot {
    uint32_t type, reserved;
    uint64_t sector;
    uint8_t status;
};

static const struct virtio_command_layout virtio_blk_layout = {
    .request_bytes = offsetof(struct virtio_blk_slot, status),
    .answer_offset = offsetof(struct virtio_blk_slot, status),
    .answer_bytes = 1,
};

struct virtio_disk {
    struct virtio_device device;
    uint64_t features;
    struct block_device block;
    struct virtio_blk_slot slot[BLOCK_TAGS_MAX];
    struct virtio_queue queue;
};

static struct virtio_disk *virtio_disk(struct block_device *device)
{
    return (struct virtio_disk *)((char *)device -
                                  offsetof(struct virtio_disk, block));
}

/* From reset to ready: 3.1.1. */
static int virtio_disk_reset(struct block_device *device)
{
    struct virtio_disk *disk = virtio_disk(device);

    disk->features = virtio_start_one(&disk->device, &disk->queue, 0,
                                      VIRTIO_BLK_WANTED);
    return disk->features ? 0 : BAREMETAL_EIO;
}

/* A disk that may only be read refuses writes itself (5.2.6.2); one without
 * the flush feature writes through. */
static void virtio_disk_issue(struct block_device *device,
                              const struct block_command *command)
{
    struct virtio_disk *disk = virtio_disk(device);
    struct virtio_blk_slot *slot = &disk->slot[command->tag];

    slot->type = command->operation;
    if (command->operation == BAREMETAL_DISK_FLUSH) {
        slot->type = VIRTIO_BLK_T_FLUSH;
        if (!(disk->features & VIRTIO_BLK_F_FLUSH)) {
            block_done(device, command->tag, 0);
            return;
        }
    }
    slot->sector =
        command->sector * (device->info.sector_size / VIRTIO_BLK_SECTOR);
    slot->status = (uint8_t)~VIRTIO_BLK_S_OK;
    virtio_command_add(&disk->queue, command->tag, slot, &virtio_blk_layout,
                       command);
}

static void virtio_disk_kick(struct block_device *device)
{
    virtio_queue_kick(&virtio_disk(device)->queue);
}

static void virtio_disk_poll(struct block_device *device)
{
    struct virtio_disk *disk = virtio_disk(device);
    uint32_t length;
    unsigned head;

    while ((head = (unsigned)virtio_queue_take(&disk->queue, &length))) {
        unsigned tag = (head - 1) / VIRTIO_COMMAND_CHAIN;

        block_done(device, tag,
                   disk->slot[tag].status == VIRTIO_BLK_S_OK
                       ? 0
                       : BAREMETAL_EIO);
    }
}

/* Reads size and limits; 0 if we cannot use the disk. */
static int virtio_disk_limits(struct virtio_disk *disk)
{
    const volatile struct virtio_blk_config *config = disk->device.config;
    struct block_device *device = &disk->block;
    uint32_t size = VIRTIO_BLK_SECTOR;

    device->bytes_max = VIRTIO_BLK_BYTES_MAX;
    if (disk->features & VIRTIO_BLK_F_SIZE_MAX &&
        config->size_max < VIRTIO_BLK_BYTES_MAX)
        device->bytes_max = config->size_max & -PAGE_SIZE;
    if (disk->features & VIRTIO_BLK_F_SEG_MAX &&
        config->seg_max < BLOCK_PIECES_MAX)
        return 0;
    if (disk->features & VIRTIO_BLK_F_BLK_SIZE)
        size = config->blk_size;
    if (size < VIRTIO_BLK_SECTOR || size > PAGE_SIZE || size & (size - 1))
        return 0;
    device->tags = disk->queue.size / VIRTIO_COMMAND_CHAIN;
    device->info.sector_size = size;
    device->info.sectors =
        ((uint64_t)config->capacity[1] << 32 | config->capacity[0]) /
        (size / VIRTIO_BLK_SECTOR);
    return device->tags && device->bytes_max;
}

static const struct block_driver virtio_driver = {
    .name = "virtio",
    .issue = virtio_disk_issue,
    .kick = virtio_disk_kick,
    .poll = virtio_disk_poll,
    .reset = virtio_disk_reset,
};

static int virtio_disk_probe(const struct pci_function *function)
{
    struct virtio_disk *disk =
        virtio_probe(function, VIRTIO_ID_BLOCK, VIRTIO_ID_BLOCK_TRANSITIONAL,
                     sizeof *disk);

    if (!disk)
        return 0;
    disk->block.driver = &virtio_driver;
    disk->block.info.pci = function->address;
    return !virtio_disk_reset(&disk->block) && virtio_disk_limits(disk) &&
                   block_add(&disk->block)
               ? 1
               : BAREMETAL_EIO;
}

const struct pci_driver block_virtio = {
    .probe = virtio_disk_probe,
    .first = VIRTIO_PCI_VENDOR << 16 | VIRTIO_ID_BLOCK_TRANSITIONAL,
    .last = VIRTIO_PCI_VENDOR << 16 | VIRTIO_ID_BLOCK,
};
