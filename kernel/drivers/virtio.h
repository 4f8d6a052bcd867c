/* virtio.h - what every virtio driver needs: registers and the queue.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Virtual I/O Device (VIRTIO) Version 1.1, OASIS: 2.6 "Split Virtqueues",
 * 3.1 "Device Initialization", 4.1 "Virtio Over PCI Bus", 4.2 "Virtio Over
 * MMIO". Transitional devices are used the modern way too. What these structures
 * point to is physically contiguous memory from memory_take, at its window
 * address.
 */
#pragma once
#include <kernel/block.h>
#include <kernel/virtio.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTIO_F_VERSION_1 (1ull << 32)

#define VIRTQ_DESC_F_NEXT 1
#define VIRTQ_DESC_F_WRITE 2 /* the device writes there */

#define VIRTIO_QUEUE_SIZE_MAX 128

struct virtq_desc {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

/* A queue with its rings: in one page, at a multiple of 16. */
struct virtio_queue {
    volatile void *notify;
    uint16_t wide;            /* notified by 32 bits (4.2.2), not 16 (4.1.5.2) */
    uint16_t size;            /* descriptors in use; 0: not working */
    uint16_t index;           /* among the device's queues */
    uint16_t added;           /* avail.idx once kicked */
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
    } used __attribute__((aligned(4)));
};

/* Takes a modern or transitional device, if its id is one of these and os
 * found its registers: turns the function on, and returns zeroed memory of
 * that size, which starts with the struct virtio_device. Else 0. Boot CPU, at
 * start. */
void *virtio_probe(const struct pci_function *function, uint16_t modern,
                   uint16_t transitional, size_t bytes);

/* Resets the device and agrees on features: those of `wanted` that it offers.
 * VIRTIO_F_VERSION_1 is always wanted. Returns what was agreed, 0 if the
 * device does not answer, is not of version 1 or does not agree. */
uint64_t virtio_negotiate(struct virtio_device *device, uint32_t wanted);

/* Sets up queue `index` with as many descriptors as both sides can, its
 * interrupts off. 0 or ENODEV. */
int virtio_queue_open(struct virtio_device *device,
                      struct virtio_queue *queue, uint16_t index);

/* 2.1 "Device Status Field". */
#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER 2
#define VIRTIO_STATUS_DRIVER_OK 4
#define VIRTIO_STATUS_FEATURES_OK 8
#define VIRTIO_STATUS_DEVICE_NEEDS_RESET 64
#define VIRTIO_STATUS_FAILED 128

/* All queues are open: the device may work. */
void virtio_start(const struct virtio_device *device);

/* All of that for a device with one queue that matters. The second time, to
 * take everything back from the device, the queue must come up as it was.
 * Returns what was agreed, or 0. */
uint64_t virtio_start_one(struct virtio_device *device,
                          struct virtio_queue *queue, uint16_t index,
                          uint32_t wanted);

/* Fills descriptor n; with VIRTQ_DESC_F_NEXT n + 1 follows it. */
__attribute__((noinline)) void
virtio_describe(struct virtio_queue *queue, unsigned n, uint64_t address,
                uint32_t length, uint16_t flags);

/* Puts the chain that starts with descriptor `head` into the ring. The device
 * sees it with the next kick. */
void virtio_queue_add(struct virtio_queue *queue, uint16_t head);

/* Shows the device what was added, and notifies it if it wants that. */
void virtio_queue_kick(struct virtio_queue *queue);

/* Takes back one chain that the device has used, in RAM only: 1 + its head,
 * or 0 if there is none; *length is what the device wrote. What it wrote is
 * visible then. */
int virtio_queue_take(struct virtio_queue *queue, uint32_t *length);

/* For disks: a command is a request to the device, an answer from it, and the
 * data. Request and answer stand in a slot, one for each command. */
struct virtio_command_layout {
    uint8_t request_bytes;      /* from the slot's start */
    uint8_t answer_offset;
    uint8_t answer_bytes;
    uint8_t answer_first;       /* before data that is read */
};
#define VIRTIO_COMMAND_CHAIN (2 + BLOCK_PIECES_MAX) /* descriptors */

/* Puts the command in slot number n into the ring. */
void virtio_command_add(struct virtio_queue *queue, unsigned n, void *slot,
                        const struct virtio_command_layout *layout,
                        const struct block_command *command);
