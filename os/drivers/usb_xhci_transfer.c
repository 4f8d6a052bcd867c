/* usb_xhci_transfer.c - transfers of USB devices at an xHCI host controller.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xHCI 1.2, 4.11 "TRBs", 4.10 "Transfer Rings"; which TRBs a transfer has:
 * 4.11.2.2 "Setup Stage, Data Stage, and Status Stage TRBs".
 */
#include "usb_xhci.h"
#include <pure64/string.h>

#define CONTROL_US 2000000
#define TD_SIZE_MAX 31u

#define TRANSFER_OUT 2 /* XHCI_TRB_TRT */
#define TRANSFER_IN 3

/* The endpoint is done with its transfer, or with what was left of it. */
static void transfer_finish(struct usb_device *device,
                            struct usb_endpoint *endpoint, uint8_t code)
{
    endpoint->code = code;
    if (!endpoint->done) {
        __atomic_store_n(&endpoint->state, USB_ENDPOINT_DONE,
                         __ATOMIC_RELEASE);
        return;
    }
    endpoint->state = USB_ENDPOINT_IDLE;
    endpoint->done(device, endpoint);
}

static struct usb_endpoint *endpoint_find(struct usb_device *device,
                                          unsigned index)
{
    if (!device || !index)
        return 0;
    return index == device->control.index ? &device->control
           : index == device->in.index    ? &device->in
           : index == device->out.index   ? &device->out
                                          : 0;
}

/* How far `index` is behind the transfer's first TRB. */
static unsigned distance(const struct xhci_ring *ring, unsigned index)
{
    return index >= ring->first ? index - ring->first
                                : index + ring->size - 1u - ring->first;
}

/* Index of the TRB the event is about, if it is one of the transfer under
 * way; else the ring's size. */
static unsigned event_index(const struct usb_endpoint *endpoint,
                            uint64_t address)
{
    const struct xhci_ring *ring = &endpoint->ring;
    uint64_t offset = address - usb_physical(ring->trb);
    uint64_t index = offset / sizeof *ring->trb;

    if (offset % sizeof *ring->trb || index >= ring->size - 1u ||
        distance(ring, (unsigned)index) > distance(ring, endpoint->last))
        return ring->size;
    return (unsigned)index;
}

/* Bytes moved by the transfer's TRBs up to that one, of which `rest` were
 * left over. */
static uint32_t bytes_moved(const struct usb_endpoint *endpoint,
                            unsigned index, uint32_t rest)
{
    const struct xhci_ring *ring = &endpoint->ring;
    uint32_t moved = 0;

    for (unsigned i = ring->first;; i = i + 2 == ring->size ? 0 : i + 1) {
        const struct xhci_trb *trb = &ring->trb[i];
        unsigned type = XHCI_TRB_TYPE_OF(trb->control);
        uint32_t length = type == XHCI_TRB_NORMAL || type == XHCI_TRB_DATA
                              ? trb->status & XHCI_TRB_LENGTH
                              : 0;

        if (i == index)
            return moved + length - (rest < length ? rest : length);
        moved += length;
    }
}

void xhci_transfer_event(struct xhci *xhci, const struct xhci_trb *event)
{
    unsigned slot = event->control >> 24;
    struct usb_device *device = slot <= XHCI_SLOTS ? xhci->device[slot] : 0;
    struct usb_endpoint *endpoint =
        endpoint_find(device, event->control >> 16 & 0x1F);
    uint8_t code = (uint8_t)(event->status >> 24);
    unsigned index;

    if (!endpoint || endpoint->state != USB_ENDPOINT_BUSY)
        return;
    index = event_index(endpoint, event->parameter);
    if (index == endpoint->ring.size)
        return; /* of an earlier transfer */
    if (!endpoint->is_short)
        endpoint->moved =
            bytes_moved(endpoint, index, event->status & 0xFFFFFF);
    if (code == XHCI_SHORT_PACKET)
        endpoint->is_short = 1;
    /* A control transfer whose data were short has its status stage still
     * before it; success before the end is not worth an event. */
    if (index != endpoint->last &&
        (code == XHCI_SUCCESS ||
         (code == XHCI_SHORT_PACKET && endpoint->type == XHCI_CONTROL)))
        return;
    transfer_finish(device, endpoint, code);
}

/* The TRBs put from here to transfer_end are a transfer. */
static struct xhci_ring *transfer_begin(struct usb_endpoint *endpoint)
{
    endpoint->moved = 0;
    endpoint->is_short = 0;
    xhci_ring_begin(&endpoint->ring);
    return &endpoint->ring;
}

static void transfer_end(struct usb_device *device,
                         struct usb_endpoint *endpoint, unsigned last)
{
    endpoint->last = (uint16_t)last;
    __atomic_store_n(&endpoint->state, USB_ENDPOINT_BUSY, __ATOMIC_RELEASE);
    xhci_ring_end(&endpoint->ring);
    xhci_doorbell(device->place.controller, device->slot, endpoint->index);
}

static int is_dead(const struct usb_device *device)
{
    return device->gone || device->place.controller->dead || !device->slot;
}

/* Waits for the transfer under way. Bytes moved or an error. */
static int transfer_wait(struct usb_device *device,
                         struct usb_endpoint *endpoint,
                         struct time_limit limit)
{
    int error = 0;

    do {
        int passed = usb_passed(limit);

        usb_look(device->place.controller);
        if (__atomic_load_n(&endpoint->state, __ATOMIC_ACQUIRE) ==
            USB_ENDPOINT_DONE)
            break;
        error = is_dead(device) ? BAREMETAL_ENODEV
                : passed        ? BAREMETAL_ETIME
                                : 0;
    } while (!error);
    if (!error && (endpoint->code == XHCI_SUCCESS ||
                   endpoint->code == XHCI_SHORT_PACKET)) {
        endpoint->state = USB_ENDPOINT_IDLE;
        return (int)endpoint->moved;
    }
    if (!error)
        error = endpoint->code == XHCI_STALL_ERROR ? USB_STALL
                                                   : BAREMETAL_EIO;
    if (usb_endpoint_reset(device, endpoint))
        error = BAREMETAL_ENODEV;
    return error;
}

static void control_put(struct usb_device *device, struct usb_setup setup)
{
    struct usb_endpoint *endpoint = &device->control;
    struct xhci_ring *ring = transfer_begin(endpoint);
    int in = setup.type & USB_TYPE_IN && setup.length;
    uint64_t bytes;

    memcpy(&bytes, &setup, sizeof bytes);
    xhci_ring_put(ring, bytes, sizeof bytes,
                  XHCI_TRB_TYPE(XHCI_TRB_SETUP) | XHCI_TRB_IDT |
                      XHCI_TRB_TRT(!setup.length ? 0
                                   : in          ? TRANSFER_IN
                                                 : TRANSFER_OUT));
    if (setup.length)
        xhci_ring_put(ring, usb_physical(device->buffer), setup.length,
                      XHCI_TRB_TYPE(XHCI_TRB_DATA) |
                          (in ? XHCI_TRB_DIR_IN | XHCI_TRB_ISP : 0));
    transfer_end(device, endpoint,
                 xhci_ring_put(ring, 0, 0,
                               XHCI_TRB_TYPE(XHCI_TRB_STATUS) | XHCI_TRB_IOC |
                                   (in ? 0 : XHCI_TRB_DIR_IN)));
}

int usb_control(struct usb_device *device, struct usb_setup setup)
{
    if (is_dead(device))
        return BAREMETAL_ENODEV;
    if (setup.length > USB_BUFFER_BYTES)
        return BAREMETAL_EINVAL;
    control_put(device, setup);
    return transfer_wait(device, &device->control, usb_limit(CONTROL_US));
}

void usb_control_send(struct usb_device *device, struct usb_setup setup)
{
    if (device->control.state == USB_ENDPOINT_IDLE && !is_dead(device))
        control_put(device, setup);
}

void usb_report_ask(struct usb_device *device)
{
    struct usb_endpoint *endpoint = &device->in;
    uint32_t length = endpoint->info.packet;

    if (endpoint->state != USB_ENDPOINT_IDLE || is_dead(device))
        return;
    if (length > sizeof device->report)
        length = sizeof device->report;
    transfer_end(device, endpoint,
                 xhci_ring_put(transfer_begin(endpoint),
                               usb_physical(device->report), length,
                               XHCI_TRB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_ISP |
                                   XHCI_TRB_IOC));
}

/* 4.11.2.4 "TD Size": packets behind a TRB of which `left` bytes follow. */
static uint32_t td_size(uint64_t left, uint16_t packet)
{
    uint64_t packets = (left + packet - 1) / packet;

    return (uint32_t)(packets < TD_SIZE_MAX ? packets : TD_SIZE_MAX) << 17;
}

/* Puts `left` bytes and returns the index of the last TRB. */
static unsigned bulk_put(struct usb_endpoint *endpoint,
                         const struct block_piece *piece, uint64_t left)
{
    struct xhci_ring *ring = transfer_begin(endpoint);
    uint64_t address = piece->address, rest = piece->length;

    for (;;) {
        uint64_t part =
            XHCI_TRB_BYTES_MAX - address % XHCI_TRB_BYTES_MAX;
        uint32_t control = XHCI_TRB_TYPE(XHCI_TRB_NORMAL) | XHCI_TRB_ISP;
        unsigned index;

        if (part > rest)
            part = rest;
        left -= part;
        control |= left ? XHCI_TRB_CHAIN : XHCI_TRB_IOC | XHCI_TRB_BEI;
        index = xhci_ring_put(
            ring, address,
            (uint32_t)part | td_size(left, endpoint->info.packet), control);
        if (!left)
            return index;
        address += part;
        rest -= part;
        if (!rest) {
            piece++;
            address = piece->address;
            rest = piece->length;
        }
    }
}

int usb_transfer(struct usb_device *device, struct usb_endpoint *endpoint,
                 const struct block_piece *pieces, unsigned count,
                 struct time_limit limit)
{
    uint64_t left = 0;

    if (is_dead(device))
        return BAREMETAL_ENODEV;
    for (unsigned i = 0; i < count; i++)
        left += pieces[i].length;
    if (!left)
        return 0;
    transfer_end(device, endpoint, bulk_put(endpoint, pieces, left));
    return transfer_wait(device, endpoint, limit);
}
