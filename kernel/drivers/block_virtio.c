/* block_virtio.c - virtio disks: one queue, one request at a time, polled.
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

#define VIRTIO_BLK_SLICE_US 10000
#define VIRTIO_BLK_SLICES 1000       /* 10 s in all */

/* 5.2.4 "Device configuration layout". */
struct virtio_blk_config {
    uint32_t capacity[2];  /* in sectors of 512 bytes */
    uint32_t size_max;
    uint32_t seg_max;
    uint32_t geometry;
    uint32_t blk_size;
};

/* All of a disk's state, in one page that the device reads and writes. What
 * is small comes first: it takes shorter instructions. */
struct virtio_disk {
    struct virtio_device device;
    uint64_t physical;     /* of this struct */
    uint64_t features;
    uint32_t piece_max;    /* bytes of one descriptor */
    volatile uint8_t status;
    struct {
        uint32_t type, reserved;
        uint64_t sector;
    } header;
    struct virtio_queue queue;
};
_Static_assert(sizeof(struct virtio_disk) <= PAGE_SIZE, "one page");

static struct virtio_disk *virtio_disk(struct block_device *device)
{
    return (struct virtio_disk *)device->private[0];
}

/* From reset to ready: 3.1.1. Leaves queue.size 0 if it fails. */
static int virtio_disk_start(struct virtio_disk *disk)
{
    int error;

    disk->queue.size = 0;
    disk->features = virtio_negotiate(&disk->device, VIRTIO_BLK_WANTED);
    if (!disk->features)
        return BAREMETAL_ENODEV;
    error = virtio_queue_open(
        &disk->device, &disk->queue,
        disk->physical + offsetof(struct virtio_disk, queue), 0);
    if (!error)
        virtio_start(&disk->device);
    return error;
}

static void virtio_disk_add(struct virtio_disk *disk, uint16_t n,
                            uint64_t address, size_t length, uint16_t flags)
{
    struct virtq_desc *desc = &disk->queue.desc[n];

    desc->address = address;
    desc->length = (uint32_t)length;
    desc->flags = flags;
    desc->next = n + 1;
}

/* Waits for the request that was submitted. The device's status is looked at
 * between slices only: each look costs a virtual machine an exit. */
static int virtio_disk_finish(struct virtio_disk *disk)
{
    int error = BAREMETAL_ETIME;

    for (unsigned i = 0; i < VIRTIO_BLK_SLICES; i++) {
        if (block_wait(virtio_queue_take, &disk->queue, VIRTIO_BLK_SLICE_US))
            return disk->status == VIRTIO_BLK_S_OK ? 0 : BAREMETAL_EIO;
        if (virtio_needs_reset(&disk->device)) {
            error = BAREMETAL_EIO;
            break;
        }
    }
    /* The reset takes the buffers back from the device. If it does not come
     * up again, every later request is an error. */
    virtio_disk_start(disk);
    return error;
}

/* One request: header, data, status; `type` is 1 to write, 0 to read. The
 * number of pieces is within the queue because sectors_max is. A disk that
 * may only be read refuses writes itself (5.2.6.2). */
static int virtio_disk_request(struct block_device *device, int type,
                               uint64_t sector, size_t count, void *buffer)
{
    struct virtio_disk *disk = virtio_disk(device);
    size_t size = count * device->info.sector_size;
    uint16_t flags = VIRTQ_DESC_F_NEXT;
    uint16_t n = 0;
    char *data = buffer;

    if (!disk->queue.size)
        return BAREMETAL_EIO;
    disk->header.type = (uint32_t)type;
    disk->header.sector = sector * (device->info.sector_size / VIRTIO_BLK_SECTOR);
    disk->status = (uint8_t)~VIRTIO_BLK_S_OK;
    virtio_disk_add(disk, n++,
                    disk->physical + offsetof(struct virtio_disk, header),
                    sizeof disk->header, flags);
    if (type == VIRTIO_BLK_T_IN)
        flags |= VIRTQ_DESC_F_WRITE;
    while (size) {
        uint64_t physical;
        size_t piece = size < disk->piece_max ? size : disk->piece_max;

        /* Never 0: block_transfer has checked the buffer. */
        piece = memory_run(data, piece, MEMORY_READ, &physical);
        virtio_disk_add(disk, n++, physical, piece, flags);
        data += piece;
        size -= piece;
    }
    virtio_disk_add(disk, n,
                    disk->physical + offsetof(struct virtio_disk, status),
                    sizeof disk->status, VIRTQ_DESC_F_WRITE);
    virtio_queue_submit(&disk->queue, 0);
    return virtio_disk_finish(disk);
}

static int virtio_disk_flush(struct block_device *device)
{
    /* Without the feature the device writes through (5.2.6.2). */
    if (!(virtio_disk(device)->features & VIRTIO_BLK_F_FLUSH))
        return 0;
    return virtio_disk_request(device, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
}

/* Reads size and limits; 0 if we cannot use the disk. */
static int virtio_disk_limits(struct virtio_disk *disk,
                              struct block_device *device)
{
    const volatile struct virtio_blk_config *config = disk->device.config;
    uint32_t size = VIRTIO_BLK_SECTOR;
    uint32_t pieces = disk->queue.size - 2; /* header and status */

    disk->piece_max = -PAGE_SIZE;
    if (disk->features & VIRTIO_BLK_F_SIZE_MAX)
        disk->piece_max &= config->size_max;
    if (disk->features & VIRTIO_BLK_F_SEG_MAX && config->seg_max < pieces)
        pieces = config->seg_max;
    if (disk->features & VIRTIO_BLK_F_BLK_SIZE)
        size = config->blk_size;
    if (size < VIRTIO_BLK_SECTOR || size > PAGE_SIZE || size & (size - 1) ||
        pieces < 2 || pieces > VIRTIO_QUEUE_SIZE_MAX || !disk->piece_max)
        return 0;
    device->info.sector_size = size;
    device->info.sectors =
        ((uint64_t)config->capacity[1] << 32 | config->capacity[0]) /
        (size / VIRTIO_BLK_SECTOR);
    /* Where no two pages of the buffer touch and it starts inside one, it
     * takes one piece more than it has pages. */
    device->sectors_max = (pieces - 1) * PAGE_SIZE / size;
    return 1;
}

static const struct block_driver virtio_driver = {
    .name = "virtio",
    .transfer = virtio_disk_request,
    .flush = virtio_disk_flush,
};

static int virtio_disk_probe(const struct pci_function *function)
{
    struct block_device *device = block_new(&virtio_driver);
    struct virtio_device found;
    struct virtio_disk *disk;
    uint64_t physical;

    if (!device || (function->device != VIRTIO_ID_BLOCK &&
                    function->device != VIRTIO_ID_BLOCK_TRANSITIONAL) ||
        virtio_open(&found, function))
        return 0;
    physical = memory_take(1);
    if (!physical)
        return 0;
    disk = memory_at(physical);
    disk->physical = physical;
    disk->device = found;
    if (virtio_disk_start(disk) || !virtio_disk_limits(disk, device))
        return 0;
    device->private[0] = (uintptr_t)disk;
    block_add(device);
    return 1;
}

const struct pci_driver block_virtio = {
    .probe = virtio_disk_probe,
    .vendor = VIRTIO_PCI_VENDOR,
    .device_first = VIRTIO_ID_BLOCK_TRANSITIONAL,
    .device_last = VIRTIO_ID_BLOCK,
};
