/* block_scsi.c - SCSI disks behind a virtio controller: one queue, polled.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * VIRTIO 1.1, OASIS: 5.6 "SCSI Host Device"; SCSI Primary Commands 4 (SPC)
 * and SCSI Block Commands 3 (SBC). In QEMU:
 *   -device virtio-scsi-pci -drive if=none,id=d,file=disk.img,format=raw
 *   -device scsi-hd,drive=d
 */
#include "virtio.h"
#include <baremetal.h>
#include <kernel/block.h>
#include <kernel/memory.h>

#define VIRTIO_ID_SCSI_TRANSITIONAL 0x1004
#define VIRTIO_ID_SCSI 0x1048

#define VIRTIO_SCSI_REQUEST_QUEUE 2
/* 5.6.6.1 "Device Operation: Request Queues". */
#define VIRTIO_SCSI_S_OK 0
#define VIRTIO_SCSI_LUN 0x400001ull /* byte 0 and the mode of a flat LUN */

/* Targets and LUNs that are looked for. */
#define SCSI_TARGETS_MAX 256
#define SCSI_LUNS_MAX 32

/* Operation codes; of SERVICE ACTION IN(16) with its action, in the next byte. */
#define SCSI_INQUIRY 0x12
#define SCSI_READ_CAPACITY_10 0x25
#define SCSI_READ_CAPACITY_16 0x109E
#define SCSI_SYNCHRONIZE_CACHE_10 0x35
#define SCSI_READ_16 0x88
#define SCSI_WRITE_16 0x8A

#define SCSI_STATUS_GOOD 0
#define SCSI_STATUS_CHECK_CONDITION 2
#define SCSI_STATUS_TASK_SET_FULL 0x28
#define SCSI_KEY_UNIT_ATTENTION 6

#define SCSI_BYTES_MAX 0x100000 /* of a command */
#define SCSI_DISKS_MAX BLOCK_DEVICES_MAX
#define SCSI_PROBE_US 2000000   /* for each command */

/* 5.6.4 "Device configuration layout". */
struct virtio_scsi_config {
    uint32_t num_queues;
    uint32_t seg_max;
    uint32_t max_sectors;
    uint32_t cmd_per_lun;
    uint32_t event_info_size;
    uint32_t sense_size;
    uint32_t cdb_size;
    uint16_t max_channel;
    uint16_t max_target;
    uint32_t max_lun;
};

struct scsi_disk;

/* What the device reads and writes besides the data: 5.6.6.1, with the
 * default sizes of CDB and sense data. */
struct scsi_slot {
    struct {
        uint64_t lun, id;
        uint8_t task_attribute, priority, crn;
        struct {
            uint16_t code;
            uint64_t address;   /* big endian, and so is length */
            uint32_t length;
            uint8_t rest[18];
        } __attribute__((packed)) cdb;
    } __attribute__((packed)) request;
    struct {
        uint32_t sense_length, residual;
        uint16_t qualifier;
        uint8_t status, response;
        uint8_t sense[96];
    } response;
    struct scsi_disk *owner;
};
_Static_assert(offsetof(struct scsi_slot, response) == 52, "51, aligned");

struct scsi_disk {
    struct scsi *scsi;
    uint64_t lun;
    unsigned base;              /* its first slot */
    struct block_device block;
};

struct scsi {
    struct virtio_device device;
    uint8_t data[36];           /* of commands while probing */
    struct virtio_queue queue;
    struct scsi_slot slot[BLOCK_TAGS_MAX];
    struct scsi_disk disk[SCSI_DISKS_MAX];
};

static struct scsi_disk *scsi_disk(struct block_device *device)
{
    return (struct scsi_disk *)((char *)device -
                                offsetof(struct scsi_disk, block));
}

static const struct virtio_command_layout scsi_layout = {
    .request_bytes = sizeof ((struct scsi_slot *)0)->request,
    .answer_offset = offsetof(struct scsi_slot, response),
    .answer_bytes = sizeof ((struct scsi_slot *)0)->response,
    .answer_first = 1,
};

static void scsi_add(struct scsi_disk *disk, unsigned n,
                     const struct block_command *command, uint16_t code)
{
    struct scsi_slot *slot = &disk->scsi->slot[n];

    slot->owner = disk;
    slot->request.lun = disk->lun;
    slot->request.id = n;
    slot->request.cdb.code = code;
    slot->request.cdb.address = __builtin_bswap64(command->sector);
    slot->request.cdb.length = __builtin_bswap32(command->count);
    slot->response.response = (uint8_t)~VIRTIO_SCSI_S_OK;
    virtio_command_add(&disk->scsi->queue, n, slot, &scsi_layout, command);
}

/* How a command went: 0, an error, or 1 if it is to be given again. */
static int scsi_result(const struct scsi_slot *slot)
{
    const uint8_t *sense = slot->response.sense;

    if (slot->response.response != VIRTIO_SCSI_S_OK)
        return BAREMETAL_EIO;
    switch (slot->response.status) {
    case SCSI_STATUS_GOOD:
        return 0;
    case SCSI_STATUS_TASK_SET_FULL:
        return 1;
    case SCSI_STATUS_CHECK_CONDITION:
        /* SPC, "Sense data": bit 1 of the code says where the key is. */
        if ((sense[sense[0] & 2 ? 1 : 2] & 0xF) == SCSI_KEY_UNIT_ATTENTION)
            return 1;
    }
    return BAREMETAL_EIO;
}

static void scsi_issue(struct block_device *device,
                       const struct block_command *command)
{
    struct scsi_disk *disk = scsi_disk(device);
    uint16_t code = SCSI_READ_16;

    if (command->operation == BAREMETAL_DISK_WRITE)
        code = SCSI_WRITE_16;
    if (command->operation == BAREMETAL_DISK_FLUSH)
        code = SCSI_SYNCHRONIZE_CACHE_10; /* of 0 sectors from 0: all */
    scsi_add(disk, disk->base + command->tag, command, code);
}

static void scsi_kick(struct block_device *device)
{
    virtio_queue_kick(&scsi_disk(device)->scsi->queue);
}

/* Of all disks of the controller. What a device wants to have again it gets,
 * until the time limit ends that. */
static void scsi_poll(struct block_device *device)
{
    struct scsi *scsi = scsi_disk(device)->scsi;
    uint32_t length;
    unsigned head;
    int again = 0;

    while ((head = (unsigned)virtio_queue_take(&scsi->queue, &length))) {
        unsigned n = (head - 1) / VIRTIO_COMMAND_CHAIN;
        struct scsi_slot *slot = &scsi->slot[n];
        int result = scsi_result(slot);

        if (result > 0) {
            virtio_queue_add(&scsi->queue, (uint16_t)(n * VIRTIO_COMMAND_CHAIN));
            again = 1;
        } else if (slot->owner) {
            block_done(&slot->owner->block, n - slot->owner->base, result);
        }
    }
    if (again)
        scsi_kick(device);
}

/* Takes the commands of the other disks too, so ends them. */
static int scsi_reset(struct block_device *device)
{
    struct scsi *scsi = scsi_disk(device)->scsi;
    int error = virtio_start_one(&scsi->device, &scsi->queue,
                                 VIRTIO_SCSI_REQUEST_QUEUE, 0)
                    ? 0
                    : BAREMETAL_EIO;

    for (unsigned n = 0; n < BLOCK_TAGS_MAX; n++) {
        struct scsi_disk *owner = scsi->slot[n].owner;

        if (owner)
            block_done(&owner->block, n - owner->base, BAREMETAL_ETIME);
    }
    return error;
}

static const struct block_driver scsi_driver = {
    .name = "scsi",
    .issue = scsi_issue,
    .kick = scsi_kick,
    .poll = scsi_poll,
    .reset = scsi_reset,
};

/* A command that reads into scsi.data, while probing. */
static int scsi_ask(struct scsi_disk *disk, uint16_t code, uint64_t address)
{
    struct scsi *scsi = disk->scsi;
    struct time_limit limit = time_limit_us(SCSI_PROBE_US);
    struct block_command command;
    uint32_t length;
    int result;

    command.operation = BAREMETAL_DISK_READ;
    command.sector = address;
    command.count = sizeof scsi->data;
    command.pieces = 1;
    command.piece[0].address = memory_physical(scsi->data);
    command.piece[0].length = sizeof scsi->data;
    do {
        scsi_add(disk, 0, &command, code);
        virtio_queue_kick(&scsi->queue);
        while (!virtio_queue_take(&scsi->queue, &length))
            if (time_limit_passed(limit))
                return BAREMETAL_ETIME;
        result = scsi_result(scsi->slot);
    } while (result > 0 && !time_limit_passed(limit));
    return result;
}

/* 0 if that is a disk we can use; else an error. */
static int scsi_probe_disk(struct scsi_disk *disk)
{
    const uint32_t *data = (const uint32_t *)disk->scsi->data;
    struct baremetal_disk *info = &disk->block.info;
    /* The length is not where longer commands have it. */
    int error = scsi_ask(disk, SCSI_INQUIRY,
                         (uint64_t)sizeof disk->scsi->data << 40);

    if (error)
        return error;
    if ((uint8_t)*data) /* type 0: SBC device; qualifier 0: connected */
        return BAREMETAL_ENODEV;
    if (!scsi_ask(disk, SCSI_READ_CAPACITY_16, 0)) {
        info->sectors = (uint64_t)__builtin_bswap32(*data++) << 32;
    } else {
        error = scsi_ask(disk, SCSI_READ_CAPACITY_10, 0);
        if (error)
            return error;
        info->sectors = 0;
    }
    info->sectors += __builtin_bswap32(*data++) + 1ull;
    info->sector_size = __builtin_bswap32(*data);
    if (info->sector_size < 512 || info->sector_size > PAGE_SIZE ||
        info->sector_size & (info->sector_size - 1))
        return BAREMETAL_ENODEV;
    return 0;
}

/* Finds the disks, and returns how many, at most `most`. */
static unsigned scsi_scan(struct scsi *scsi, unsigned most)
{
    const volatile struct virtio_scsi_config *config = scsi->device.config;
    unsigned targets = config->max_target + 1u, count = 0;

    if (targets > SCSI_TARGETS_MAX)
        targets = SCSI_TARGETS_MAX;
    for (unsigned target = 0; target < targets; target++)
        for (unsigned lun = 0; lun < SCSI_LUNS_MAX && count < most; lun++) {
            struct scsi_disk *disk = &scsi->disk[count];
            int error;

            disk->scsi = scsi;
            disk->lun = VIRTIO_SCSI_LUN | target << 8 | (uint64_t)lun << 24;
            error = scsi_probe_disk(disk);
            if (!error)
                count++;
            else if (error == BAREMETAL_ETIME)
                return 0;
            else if (scsi->slot->response.response != VIRTIO_SCSI_S_OK)
                break; /* no such target */
        }
    return count;
}

/* The disks share the queue: each has slots of its own. */
static int scsi_probe(const struct pci_function *function)
{
    const volatile struct virtio_scsi_config *config;
    struct scsi *scsi = virtio_probe(
        function, VIRTIO_ID_SCSI, VIRTIO_ID_SCSI_TRANSITIONAL, sizeof *scsi);
    unsigned slots, count;

    if (!scsi)
        return 0;
    scsi->disk->scsi = scsi;
    config = scsi->device.config;
    if (scsi_reset(&scsi->disk->block) || config->seg_max < BLOCK_PIECES_MAX)
        return BAREMETAL_EIO;
    slots = scsi->queue.size / VIRTIO_COMMAND_CHAIN;
    count = scsi_scan(scsi, slots < SCSI_DISKS_MAX ? slots : SCSI_DISKS_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct scsi_disk *disk = &scsi->disk[i];

        disk->block.tags = slots / count;
        disk->base = i * disk->block.tags;
        disk->block.driver = &scsi_driver;
        disk->block.info.pci = function->address;
        disk->block.bytes_max = SCSI_BYTES_MAX;
        block_add(&disk->block);
    }
    return 1;
}

const struct pci_driver block_scsi = {
    .probe = scsi_probe,
    .first = VIRTIO_PCI_VENDOR << 16 | VIRTIO_ID_SCSI_TRANSITIONAL,
    .last = VIRTIO_PCI_VENDOR << 16 | VIRTIO_ID_SCSI,
};
