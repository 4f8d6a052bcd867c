/* net_virtio.c - virtio network cards: a queue each way, no offloads.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * VIRTIO 1.1, OASIS: 5.1 "Network Device". In QEMU:
 *   -netdev ...,id=n -device virtio-net-pci,netdev=n
 * also with disable-legacy=on.
 */
#include "virtio.h"
#include <kernel/memory.h>
#include <kernel/net.h>
#include <pure64/string.h>

#define VIRTIO_ID_NET_TRANSITIONAL 0x1000
#define VIRTIO_ID_NET 0x1041

/* 5.1.3 "Feature bits". */
#define VIRTIO_NET_F_MAC (1u << 5)
#define VIRTIO_NET_F_STATUS (1u << 16)

#define VIRTIO_NET_S_LINK_UP 1

#define VIRTQ_AVAIL_F_NO_INTERRUPT 1

/* 5.1.6 "Device Operation": flags, GSO and checksum, all 0; num_buffers. */
#define VIRTIO_NET_HEADER 12
/* Each RECEIVE_BATCH-th buffer given back is told to the device, which has to
 * have some more meanwhile. */
#define RECEIVE_BATCH 16

/* Descriptors of the send queue: a frame takes two, one frame's stay free. */
#define VIRTIO_NET_SEND_MIN 4

/* 5.1.4 "Device configuration layout". */
struct virtio_net_config {
    uint8_t mac[6];
    uint16_t status;
};

struct virtio_net {
    struct virtio_device virtio;
    uint64_t sent;             /* bit set of frames that are, by number */
    uint32_t send_next;        /* frame number; its descriptors are twice */
    uint32_t send_oldest;      /* that and the next one */
    uint32_t send_mask;        /* for these numbers */
    uint16_t held;             /* receive buffer that net.c has */
    uint16_t always_up;        /* 1: it does not know of its link */
    struct net_device device;
    uint8_t header[VIRTIO_NET_HEADER];
    struct virtio_queue rx __attribute__((aligned(PAGE_SIZE)));
    struct virtio_queue tx __attribute__((aligned(PAGE_SIZE)));
    uint8_t buffers[NET_RING][NET_BUFFER] __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(VIRTIO_NET_HEADER + BAREMETAL_FRAME_MAX <= NET_BUFFER,
               "a buffer takes the largest frame");
_Static_assert(sizeof(struct virtio_queue) <= PAGE_SIZE &&
                   sizeof(struct virtio_net) % PAGE_SIZE == 0, "whole pages");

static struct virtio_net *virtio_net_of(struct net_device *device)
{
    return (struct virtio_net *)((char *)device -
                                 offsetof(struct virtio_net, device));
}

/* The first descriptor, of the header, is as virtio_net_start made it. */
static void virtio_net_send(struct net_device *device, uint64_t physical,
                            uint32_t length)
{
    struct virtio_net *net = virtio_net_of(device);
    unsigned frame = net->send_next++ & net->send_mask;

    net->sent &= ~(1ull << frame);
    virtio_describe(&net->tx, 2 * frame + 1, physical, length, 0);
    virtio_queue_add(&net->tx, (uint16_t)(2 * frame));
    virtio_queue_kick(&net->tx);
}

/* The device may be through with frames in any order. At most a ring at a
 * time, whatever the device says. */
static unsigned virtio_net_sent(struct net_device *device)
{
    struct virtio_net *net = virtio_net_of(device);
    unsigned sent = 0;

    for (unsigned i = NET_RING; i; i--) {
        uint32_t length;
        unsigned head = (unsigned)virtio_queue_take(&net->tx, &length);

        if (!head)
            break;
        net->sent |= 1ull << ((head - 1) / 2 & net->send_mask);
    }
    while (sent < device->sending &&
           net->sent >> (net->send_oldest & net->send_mask) & 1) {
        net->send_oldest++;
        sent++;
    }
    return sent;
}

static unsigned virtio_net_receive(struct net_device *device, void **frame)
{
    struct virtio_net *net = virtio_net_of(device);
    uint32_t length;
    unsigned head = (unsigned)virtio_queue_take(&net->rx, &length);
    unsigned n = (head - 1) % NET_RING;

    net->held = (uint16_t)n;
    *frame = net->buffers[n] + VIRTIO_NET_HEADER;
    device->empty = (uint32_t)net->rx.seen << 16;
    /* No head: what was there named no buffer. */
    length -= VIRTIO_NET_HEADER;
    return head && length <= BAREMETAL_FRAME_MAX ? length : 0;
}

static void virtio_net_release(struct net_device *device)
{
    struct virtio_net *net = virtio_net_of(device);

    virtio_queue_add(&net->rx, net->held);
    if (net->rx.added % RECEIVE_BATCH == 0)
        virtio_queue_kick(&net->rx);
}

static int virtio_net_link(struct net_device *device)
{
    const struct virtio_net *net = virtio_net_of(device);
    const volatile struct virtio_net_config *config = net->virtio.config;

    return net->always_up || config->status & VIRTIO_NET_S_LINK_UP;
}

static void virtio_net_interrupt(struct net_device *device, int on)
{
    struct virtio_net *net = virtio_net_of(device);
    const volatile uint8_t *isr = net->virtio.isr;

    net->rx.avail.flags = on ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT;
    /* Full: the device has been told before frames are looked for. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!on && isr)
        (void)*isr; /* 4.1.4.5: releases the interrupt line */
}

/* From reset to ready: 3.1.1, 5.1.5; 0 if it fails. */
static int virtio_net_start(struct virtio_net *net)
{
    const struct virtio_net_config *config =
        (const struct virtio_net_config *)net->virtio.config;

    uint64_t agreed = virtio_negotiate(&net->virtio, VIRTIO_NET_F_MAC |
                                                         VIRTIO_NET_F_STATUS);

    if (!(agreed & VIRTIO_NET_F_MAC))
        return 0;
    net->always_up = !(agreed & VIRTIO_NET_F_STATUS);
    if (virtio_queue_open(&net->virtio, &net->rx, 0) ||
        virtio_queue_open(&net->virtio, &net->tx, 1) ||
        net->tx.size < VIRTIO_NET_SEND_MIN ||
        net->rx.size < 2 * RECEIVE_BATCH)
        return 0;
    net->send_mask = net->tx.size / 2 - 1;
    memcpy(net->device.info.mac, config->mac, sizeof config->mac);
    for (unsigned i = 0; i < NET_RING; i++) {
        virtio_describe(&net->tx, 2 * i, memory_physical(net->header),
                        VIRTIO_NET_HEADER, VIRTQ_DESC_F_NEXT);
        virtio_describe(&net->rx, i, memory_physical(net->buffers[i]),
                        NET_BUFFER, VIRTQ_DESC_F_WRITE);
        if (i < net->rx.size)
            virtio_queue_add(&net->rx, (uint16_t)i);
    }
    virtio_start(&net->virtio);
    virtio_queue_kick(&net->rx);
    /* used.flags and used.idx, the upper half, in one. */
    net->device.ready = (const volatile uint32_t *)(const void *)&net->rx.used;
    net->device.mask = 0xFFFF0000;
    return 1;
}

static const struct net_driver virtio_net_driver = {
    .name = "vnet",
    .send = virtio_net_send,
    .sent = virtio_net_sent,
    .receive = virtio_net_receive,
    .release = virtio_net_release,
    .link = virtio_net_link,
    .interrupt = virtio_net_interrupt,
};

static int virtio_net_probe(const struct pci_function *function)
{
    struct virtio_net *net = virtio_probe(function, VIRTIO_ID_NET,
                                          VIRTIO_ID_NET_TRANSITIONAL,
                                          sizeof *net);

    if (!net)
        return 0;
    net->device.driver = &virtio_net_driver;
    net->device.function = *function;
    if (!virtio_net_start(net) || !net_add(&net->device))
        return BAREMETAL_EIO;
    if (net->device.sending_max > net->send_mask)
        net->device.sending_max = net->send_mask;
    return 1;
}

const struct pci_driver net_virtio = {
    .probe = virtio_net_probe,
    .first = VIRTIO_PCI_VENDOR << 16 | VIRTIO_ID_NET_TRANSITIONAL,
    .last = VIRTIO_PCI_VENDOR << 16 | VIRTIO_ID_NET,
};
