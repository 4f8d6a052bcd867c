/* virtio.h - what every virtio driver needs: the PCI part and the queue.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Virtual I/O Device (VIRTIO) Version 1.1, OASIS: 2.6 "Split Virtqueues",
 * 3.1 "Device Initialization", 4.1 "Virtio Over PCI Bus". Transitional
 * devices are used the modern way too. Everything is polled, on the boot CPU.
 */
#pragma once
#include <kernel/pci.h>
#include <stdint.h>

#define VIRTIO_PCI_VENDOR 0x1AF4

#define VIRTIO_F_VERSION_1 (1ull << 32)

#define VIRTQ_DESC_F_NEXT 1
#define VIRTQ_DESC_F_WRITE 2 /* the device writes there */

#define VIRTIO_QUEUE_SIZE_MAX 128

/* 4.1.4.3 "Common configuration structure layout". */
struct virtio_pci_common {
    uint32_t device_feature_select;
    uint32_t device_feature;
    uint32_t driver_feature_select;
    uint32_t driver_feature;
    uint16_t msix_config;
    uint16_t num_queues;
    uint8_t device_status;
    uint8_t config_generation;
    uint16_t queue_select;
    uint16_t queue_size;
    uint16_t queue_msix_vector;
    uint16_t queue_enable;
    uint16_t queue_notify_off;
    uint32_t queue_desc[2];   /* 64 bits each, accessed by halves (4.1.3.1) */
    uint32_t queue_driver[2];
    uint32_t queue_device[2];
};

struct virtio_device {
    volatile struct virtio_pci_common *common;
    volatile void *config;    /* of this kind of device */
    char *notify;
    uint32_t notify_multiplier;
};

struct virtq_desc {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

/* A queue with its rings: physically contiguous, at a multiple of 16. */
struct virtio_queue {
    volatile uint16_t *notify;
    uint16_t size;            /* descriptors in use; 0: not working */
    uint16_t index;           /* among the device's queues */
    uint16_t seen;            /* used.idx when last looked at */
    struct virtq_desc desc[VIRTIO_QUEUE_SIZE_MAX]
        __attribute__((aligned(16)));
    struct {
        uint16_t flags, idx, ring[VIRTIO_QUEUE_SIZE_MAX];
    } avail;
    struct {
        uint16_t flags, idx;
        struct {
            uint32_t id, length;
        } ring[VIRTIO_QUEUE_SIZE_MAX];
    } used;
};

/* Finds the device's registers and turns the function on; 0, or ENODEV if it
 * is not a modern device or its registers are not mapped. */
int virtio_open(struct virtio_device *device,
                const struct pci_function *function);

/* Resets the device and agrees on features: those of `wanted` that it offers.
 * VIRTIO_F_VERSION_1 is always wanted. Returns what was agreed, 0 if the
 * device does not answer, is not of version 1 or does not agree. */
uint64_t virtio_negotiate(struct virtio_device *device, uint64_t wanted);

/* Sets up queue `index`, whose struct stands at that physical address, with
 * as many descriptors as both sides can. 0 or ENODEV. */
int virtio_queue_open(struct virtio_device *device,
                      struct virtio_queue *queue, uint64_t physical,
                      uint16_t index);

/* 2.1 "Device Status Field". */
#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER 2
#define VIRTIO_STATUS_DRIVER_OK 4
#define VIRTIO_STATUS_FEATURES_OK 8
#define VIRTIO_STATUS_DEVICE_NEEDS_RESET 64
#define VIRTIO_STATUS_FAILED 128

/* All queues are open: the device may work. */
static inline void virtio_start(struct virtio_device *device)
{
    device->common->device_status =
        VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
        VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;
}

/* Not 0 if the device says that only a reset helps. */
static inline int virtio_needs_reset(const struct virtio_device *device)
{
    return device->common->device_status & VIRTIO_STATUS_DEVICE_NEEDS_RESET;
}

/* Makes the chain that starts with descriptor `head` available, and tells
 * the device. */
void virtio_queue_submit(struct virtio_queue *queue, uint16_t head);

/* Takes back one chain that the device has used: 1 + its head, or 0 if there
 * is none. What the device wrote is visible then. For block_wait, the
 * argument is a struct virtio_queue. */
int virtio_queue_take(void *queue);
