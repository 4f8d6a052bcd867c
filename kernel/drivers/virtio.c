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

#define VIRTIO_RESET_US 1000000

_Static_assert(sizeof(struct virtio_pci_common) == 56, "4.1.4.3");

/* The registers that the capability at that offset points to, 0 if they are
 * not in memory that is mapped. */
static void *virtio_registers(const struct pci_function *function,
                              unsigned capability)
{
    uint32_t bar = pci_read(function, capability + VIRTIO_PCI_CAP_BAR);
    uint64_t base = pci_memory_bar(function, (uint8_t)bar);
    char *where = memory_at(base);

    where += pci_read(function, capability + VIRTIO_PCI_CAP_OFFSET);
    return base && memory_run(where, 1, MEMORY_WRITE, &base) ? where : 0;
}

int virtio_open(struct virtio_device *device,
                const struct pci_function *function)
{
    void *registers[VIRTIO_PCI_CAP_DEVICE_CFG + 1] = {0};
    unsigned at = 0;

    pci_enable(function);
    for (unsigned i = 0; i < PCI_CAPABILITIES_MAX; i++) {
        uint32_t head, type;

        at = pci_capability_next(function, at);
        if (!at)
            break;
        head = pci_read(function, at);
        type = head >> 24;
        /* Of several of a type the first that works counts. */
        if ((uint8_t)head != PCI_CAPABILITY_VENDOR ||
            type > VIRTIO_PCI_CAP_DEVICE_CFG || registers[type])
            continue;
        registers[type] = virtio_registers(function, at);
        if (type == VIRTIO_PCI_CAP_NOTIFY_CFG)
            device->notify_multiplier =
                pci_read(function, at + VIRTIO_PCI_CAP_NOTIFY_MULTIPLIER);
    }
    device->common = registers[VIRTIO_PCI_CAP_COMMON_CFG];
    device->config = registers[VIRTIO_PCI_CAP_DEVICE_CFG];
    device->notify = registers[VIRTIO_PCI_CAP_NOTIFY_CFG];
    return device->common && device->config && device->notify
               ? 0
               : BAREMETAL_ENODEV;
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

static void virtio_set_address(volatile uint32_t *halves, uint64_t address)
{
    halves[0] = (uint32_t)address;
    halves[1] = (uint32_t)(address >> 32);
}

int virtio_queue_open(struct virtio_device *device,
                      struct virtio_queue *queue, uint64_t physical,
                      uint16_t index)
{
    volatile struct virtio_pci_common *common = device->common;
    uint16_t size;

    common->queue_select = index;
    size = common->queue_size;
    if (size > VIRTIO_QUEUE_SIZE_MAX)
        size = VIRTIO_QUEUE_SIZE_MAX;
    queue->size = size;
    if (!size)
        return BAREMETAL_ENODEV;
    common->queue_size = size;
    queue->index = index;
    queue->avail.flags = VIRTQ_AVAIL_F_NO_INTERRUPT;
    queue->avail.idx = queue->used.idx = queue->seen = 0;
    queue->notify = (volatile uint16_t *)(
        device->notify +
        (uint64_t)common->queue_notify_off * device->notify_multiplier);
    virtio_set_address(common->queue_desc,
                       physical + offsetof(struct virtio_queue, desc));
    virtio_set_address(common->queue_driver,
                       physical + offsetof(struct virtio_queue, avail));
    virtio_set_address(common->queue_device,
                       physical + offsetof(struct virtio_queue, used));
    common->queue_enable = 1;
    return 0;
}

void virtio_queue_submit(struct virtio_queue *queue, uint16_t head)
{
    uint16_t idx = queue->avail.idx;

    queue->avail.ring[idx & (queue->size - 1)] = head;
    /* Release: descriptors and ring entry are in memory before the index
     * that shows them to the device (2.6.13.2). */
    __atomic_store_n(&queue->avail.idx, idx + 1, __ATOMIC_RELEASE);
    /* Full: the index is in memory before the notification (2.6.13.3). */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *queue->notify = queue->index;
}

int virtio_queue_take(void *context)
{
    struct virtio_queue *queue = context;

    /* Acquire: what the device wrote before this index is read after it. */
    if (__atomic_load_n(&queue->used.idx, __ATOMIC_ACQUIRE) == queue->seen)
        return 0;
    return 1 + (uint16_t)queue->used.ring[queue->seen++ &
                                          (queue->size - 1)].id;
}
