/* virtio.c - what every virtio driver needs: registers and the queue.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Sections are those of the VIRTIO 1.1 specification.
 */
#include "virtio.h"
#include <baremetal.h>
#include <kernel/memory.h>
#include <kernel/time.h>
#include <stddef.h>

#define VIRTQ_AVAIL_F_NO_INTERRUPT 1
#define VIRTQ_USED_F_NO_NOTIFY 1

#define VIRTIO_RESET_US 1000000

/* Registers that both transports have: offset and width in 4.1.4.3 "Common
 * configuration structure layout", and offset in 4.2.2 "MMIO Device Register
 * Layout", where all are 32 bits wide. */
#define REGISTER_8 0x100u
#define REGISTER_16 0x200u
#define REGISTER(pci, width, mmio) \
    ((mmio) << VIRTIO_MMIO | (width) | (pci))
#define DEVICE_FEATURE_SELECT REGISTER(0x00, 0, 0x14)
#define DEVICE_FEATURE REGISTER(0x04, 0, 0x10)
#define DRIVER_FEATURE_SELECT REGISTER(0x08, 0, 0x24)
#define DRIVER_FEATURE REGISTER(0x0C, 0, 0x20)
#define DEVICE_STATUS REGISTER(0x14, REGISTER_8, 0x70)
#define QUEUE_SELECT REGISTER(0x16, REGISTER_16, 0x30)
#define QUEUE_SIZE_MAX REGISTER(0x18, REGISTER_16, 0x34)
#define QUEUE_SIZE REGISTER(0x18, REGISTER_16, 0x38)
/* Vectors are PCI's; 0 in MMIO's InterruptACK changes nothing. */
#define QUEUE_MSIX_VECTOR REGISTER(0x1A, REGISTER_16, 0x64)
#define QUEUE_ENABLE REGISTER(0x1C, REGISTER_16, 0x44)
/* MMIO notifies all at one place: whatever is read is multiplied by 0. */
#define QUEUE_NOTIFY_OFF REGISTER(0x1E, REGISTER_16, 0x34)
/* Addresses of descriptors, avail and used, low half first. */
#define QUEUE_PART REGISTER(0x20, 0, 0x80)
#define QUEUE_PART_HIGH REGISTER(4, 0, 4)
#define QUEUE_PART_STEP REGISTER(8, 0, 0x10)

static __attribute__((noinline)) uint32_t
virtio_read(const struct virtio_device *device, uint32_t what)
{
    volatile char *where;

    what >>= device->mmio;
    where = device->common + (uint8_t)what;
    if (what & REGISTER_8)
        return *(volatile uint8_t *)where;
    if (what & REGISTER_16)
        return *(volatile uint16_t *)where;
    return *(volatile uint32_t *)where;
}

static __attribute__((noinline)) void
virtio_write(const struct virtio_device *device, uint32_t what, uint32_t value)
{
    volatile char *where;

    what >>= device->mmio;
    where = device->common + (uint8_t)what;
    if (what & REGISTER_8)
        *(volatile uint8_t *)where = (uint8_t)value;
    else if (what & REGISTER_16)
        *(volatile uint16_t *)where = (uint16_t)value;
    else
        *(volatile uint32_t *)where = value;
}

void *virtio_probe(const struct pci_function *function, uint16_t modern,
                   uint16_t transitional, size_t bytes)
{
    const struct virtio_device *found = function->virtio;
    struct virtio_device *device;

    if ((function->device != modern && function->device != transitional) ||
        !found)
        return 0;
    if (!found->mmio)
        pci_enable(function);
    device = memory_take((bytes + PAGE_SIZE - 1) / PAGE_SIZE);
    if (device)
        *device = *found;
    return device;
}

/* 4.1.4.3.2, 4.2.2.1: a reset is over when the status reads 0. */
static int virtio_reset(const struct virtio_device *device)
{
    struct time_limit limit = time_limit_us(VIRTIO_RESET_US);

    virtio_write(device, DEVICE_STATUS, 0);
    while (virtio_read(device, DEVICE_STATUS))
        if (time_limit_passed(limit))
            return BAREMETAL_ETIME;
    return 0;
}

/* Takes what is wanted of a half of the features, and returns what there is. */
static __attribute__((noinline)) uint32_t
virtio_features(const struct virtio_device *device, uint32_t half,
                uint32_t wanted)
{
    virtio_write(device, DEVICE_FEATURE_SELECT, half);
    virtio_write(device, DRIVER_FEATURE_SELECT, half);
    wanted &= virtio_read(device, DEVICE_FEATURE);
    virtio_write(device, DRIVER_FEATURE, wanted);
    return wanted;
}

uint64_t virtio_negotiate(struct virtio_device *device, uint32_t wanted)
{
    if (virtio_reset(device))
        return 0;
    virtio_write(device, DEVICE_STATUS,
                 VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
    wanted = virtio_features(device, 0, wanted);
    if (virtio_features(device, 1, VIRTIO_F_VERSION_1 >> 32)) {
        virtio_write(device, DEVICE_STATUS,
                     VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
                         VIRTIO_STATUS_FEATURES_OK);
        if (virtio_read(device, DEVICE_STATUS) & VIRTIO_STATUS_FEATURES_OK)
            return VIRTIO_F_VERSION_1 | wanted;
    }
    virtio_write(device, DEVICE_STATUS, VIRTIO_STATUS_FAILED);
    return 0;
}

void virtio_start(const struct virtio_device *device)
{
    virtio_write(device, DEVICE_STATUS,
                 VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
                     VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK);
}

int virtio_queue_open(struct virtio_device *device,
                      struct virtio_queue *queue, uint16_t index)
{
    static const uint16_t parts[] = {
        offsetof(struct virtio_queue, desc),
        offsetof(struct virtio_queue, avail),
        offsetof(struct virtio_queue, used),
    };
    uint32_t size;

    virtio_write(device, QUEUE_SELECT, index);
    size = virtio_read(device, QUEUE_SIZE_MAX);
    if (size > VIRTIO_QUEUE_SIZE_MAX)
        size = VIRTIO_QUEUE_SIZE_MAX;
    if (!size || size & (size - 1)) /* 2.6: a power of 2 */
        return BAREMETAL_ENODEV;
    queue->size = (uint16_t)size;
    virtio_write(device, QUEUE_SIZE, size);
    virtio_write(device, QUEUE_MSIX_VECTOR, 0);
    queue->index = index;
    queue->added = queue->seen = 0;
    queue->avail.flags = VIRTQ_AVAIL_F_NO_INTERRUPT;
    queue->avail.idx = 0;
    queue->used.flags = queue->used.idx = 0;
    queue->wide = device->mmio;
    queue->notify = device->notify + virtio_read(device, QUEUE_NOTIFY_OFF) *
                                         device->notify_multiplier;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t address = memory_physical(queue) + parts[i];
        uint32_t what = QUEUE_PART + i * QUEUE_PART_STEP;

        virtio_write(device, what, (uint32_t)address);
        virtio_write(device, what + QUEUE_PART_HIGH,
                     (uint32_t)(address >> 32));
    }
    virtio_write(device, QUEUE_ENABLE, 1);
    return 0;
}

uint64_t virtio_start_one(struct virtio_device *device,
                          struct virtio_queue *queue, uint16_t index,
                          uint32_t wanted)
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
    if (!(*(volatile uint16_t *)&queue->used.flags & VIRTQ_USED_F_NO_NOTIFY)) {
        if (queue->wide)
            *(volatile uint32_t *)queue->notify = queue->index;
        else
            *(volatile uint16_t *)queue->notify = queue->index;
    }
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
