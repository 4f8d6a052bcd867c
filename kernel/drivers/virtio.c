/* virtio.c - what every virtio driver needs: the PCI part and the queue.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Sections are those of the VIRTIO 1.1 specification.
 */
#include "virtio.h"
#include <baremetal.h>
#include <kernel/memory.h>
#include <kernel/time.h>
#include <stddef.h>

#define PCI_CAPABILITY_VENDOR 0x09

/* 4.1.4 "Virtio Structure PCI Capabilities": types, and offsets of dwords. */
#define VIRTIO_PCI_CAP_COMMON_CFG 1
#define VIRTIO_PCI_CAP_NOTIFY_CFG 2
#define VIRTIO_PCI_CAP_DEVICE_CFG 4
#define VIRTIO_PCI_CAP_BAR 4
#define VIRTIO_PCI_CAP_OFFSET 8
#define VIRTIO_PCI_CAP_NOTIFY_MULTIPLIER 16

#define VIRTQ_AVAIL_F_NO_INTERRUPT 1
#define VIRTQ_USED_F_NO_NOTIFY 1

#define VIRTIO_RESET_US 1000000

_Static_assert(sizeof(struct virtio_pci_common) == 56, "4.1.4.3");

_Static_assert(offsetof(struct virtio_device, common) ==
                       VIRTIO_PCI_CAP_COMMON_CFG * sizeof(void *) &&
                   offsetof(struct virtio_device, notify) ==
                       VIRTIO_PCI_CAP_NOTIFY_CFG * sizeof(void *) &&
                   offsetof(struct virtio_device, config) ==
                       VIRTIO_PCI_CAP_DEVICE_CFG * sizeof(void *),
               "pointers by type");

/* Finds the registers; 0 if some of them are not there. */
static int virtio_open(struct virtio_device *device,
                       const struct pci_function *function)
{
    void **registers = (void **)device;
    unsigned at = 0;

    while ((at = pci_capability(function, PCI_CAPABILITY_VENDOR, at))) {
        uint32_t type = pci_read(function, at) >> 24;

        /* Of several of a type the first that works counts. */
        if (type - 1 >= VIRTIO_PCI_CAP_DEVICE_CFG || registers[type])
            continue;
        registers[type] = pci_registers(
            function, (uint8_t)pci_read(function, at + VIRTIO_PCI_CAP_BAR),
            pci_read(function, at + VIRTIO_PCI_CAP_OFFSET));
        if (type == VIRTIO_PCI_CAP_NOTIFY_CFG)
            device->notify_multiplier =
                pci_read(function, at + VIRTIO_PCI_CAP_NOTIFY_MULTIPLIER);
    }
    return device->common && device->notify && device->config;
}

void *virtio_probe(const struct pci_function *function, uint16_t modern,
                   uint16_t transitional, size_t bytes)
{
    struct virtio_device found = {0};
    struct virtio_device *device;

    if (function->device != modern && function->device != transitional)
        return 0;
    pci_enable(function);
    if (!virtio_open(&found, function))
        return 0;
    device = memory_take((bytes + PAGE_SIZE - 1) / PAGE_SIZE);
    if (device)
        *device = found;
    return device;
}

/* 4.1.4.3.2: a reset is over when the status reads 0. */
static int virtio_reset(volatile struct virtio_pci_common *common)
{
    struct time_limit limit = time_limit_us(VIRTIO_RESET_US);

    common->device_status = 0;
    while (common->device_status)
        if (time_limit_passed(limit))
            return BAREMETAL_ETIME;
    return 0;
}

uint64_t virtio_negotiate(struct virtio_device *device, uint64_t wanted)
{
    volatile struct virtio_pci_common *common = device->common;
    uint64_t agreed = 0;

    if (virtio_reset(common))
        return 0;
    common->device_status = VIRTIO_STATUS_ACKNOWLEDGE;
    common->device_status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
    wanted |= VIRTIO_F_VERSION_1;
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t bits;

        common->device_feature_select = half;
        bits = common->device_feature & (uint32_t)(wanted >> 32 * half);
        common->driver_feature_select = half;
        common->driver_feature = bits;
        agreed |= (uint64_t)bits << 32 * half;
    }
    common->device_status = VIRTIO_STATUS_ACKNOWLEDGE |
                            VIRTIO_STATUS_DRIVER |
                            VIRTIO_STATUS_FEATURES_OK;
    if (agreed & VIRTIO_F_VERSION_1 &&
        common->device_status & VIRTIO_STATUS_FEATURES_OK)
        return agreed;
    common->device_status = VIRTIO_STATUS_FAILED;
    return 0;
}

int virtio_queue_open(struct virtio_device *device,
                      struct virtio_queue *queue, uint16_t index)
{
    static const uint16_t parts[] = {
        offsetof(struct virtio_queue, desc),
        offsetof(struct virtio_queue, avail),
        offsetof(struct virtio_queue, used),
    };
    volatile struct virtio_pci_common *common = device->common;
    uint16_t size;

    common->queue_select = index;
    size = common->queue_size;
    if (size > VIRTIO_QUEUE_SIZE_MAX)
        size = VIRTIO_QUEUE_SIZE_MAX;
    queue->size = size;
    if (!size || size & (size - 1)) /* 2.6: a power of 2 */
        return BAREMETAL_ENODEV;
    common->queue_size = size;
    queue->index = index;
    queue->added = queue->seen = 0;
    queue->avail.flags = VIRTQ_AVAIL_F_NO_INTERRUPT;
    queue->avail.idx = 0;
    queue->used.flags = queue->used.idx = 0;
    queue->notify = (volatile uint16_t *)(
        device->notify +
        (uint64_t)common->queue_notify_off * device->notify_multiplier);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t address = memory_physical(queue) + parts[i];

        common->queue_part[i][0] = (uint32_t)address;
        common->queue_part[i][1] = (uint32_t)(address >> 32);
    }
    common->queue_enable = 1;
    return 0;
}

uint64_t virtio_start_one(struct virtio_device *device,
                          struct virtio_queue *queue, uint16_t index,
                          uint64_t wanted)
{
    uint16_t size = queue->size;
    uint64_t agreed = virtio_negotiate(device, wanted);

    if (!agreed || virtio_queue_open(device, queue, index) ||
        (size && queue->size != size))
        return 0;
    virtio_start(device);
    return agreed;
}

void virtio_describe(struct virtio_queue *queue, unsigned n, uint64_t address,
                     uint32_t length, uint16_t flags)
{
    struct virtq_desc *desc = &queue->desc[n];

    desc->address = address;
    desc->length = length;
    desc->flags = flags;
    desc->next = (uint16_t)(n + 1);
}

void virtio_queue_add(struct virtio_queue *queue, uint16_t head)
{
    queue->avail.ring[queue->added++ & (queue->size - 1)] = head;
}

void virtio_queue_kick(struct virtio_queue *queue)
{
    /* Release: descriptors and ring entries are in memory before the index
     * that shows them to the device (2.6.13.2). */
    __atomic_store_n(&queue->avail.idx, queue->added, __ATOMIC_RELEASE);
    /* Full: the index is in memory before the device's wish is read
     * (2.6.13.4.1), and before the notification. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!(*(volatile uint16_t *)&queue->used.flags & VIRTQ_USED_F_NO_NOTIFY))
        *queue->notify = queue->index;
}

int virtio_queue_take(struct virtio_queue *queue, uint32_t *length)
{
    uint32_t id;

    /* Acquire: what the device wrote before this index is read after it. An
     * entry that names no descriptor is passed over. */
    do {
        unsigned at = queue->seen & (queue->size - 1);

        if (__atomic_load_n(&queue->used.idx, __ATOMIC_ACQUIRE) == queue->seen)
            return 0;
        queue->seen++;
        *length = queue->used.ring[at].length;
        id = *(volatile uint32_t *)&queue->used.ring[at].id;
    } while (id >= queue->size);
    return (int)id + 1;
}

/* What the device reads comes before what it writes (2.6.4.2). */
void virtio_command_add(struct virtio_queue *queue, unsigned n, void *slot,
                        const struct virtio_command_layout *layout,
                        const struct block_command *command)
{
    const struct block_piece *piece = command->piece;
    unsigned head = n * VIRTIO_COMMAND_CHAIN;
    unsigned last = head + 1 + command->pieces, answer = last;
    uint64_t physical = memory_physical(slot);
    uint16_t flags = VIRTQ_DESC_F_NEXT;

    virtio_describe(queue, head, physical, layout->request_bytes, flags);
    if (command->operation == BAREMETAL_DISK_READ) {
        flags |= VIRTQ_DESC_F_WRITE;
        if (layout->answer_first)
            answer = head + 1;
    }
    for (n = head + 1; n <= last; n++) {
        if (n != answer) {
            virtio_describe(queue, n, piece->address, piece->length, flags);
            piece++;
        } else {
            virtio_describe(queue, n, physical + layout->answer_offset,
                            layout->answer_bytes,
                            VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE);
        }
    }
    queue->desc[last].flags &= (uint16_t)~VIRTQ_DESC_F_NEXT;
    virtio_queue_add(queue, (uint16_t)head);
}
