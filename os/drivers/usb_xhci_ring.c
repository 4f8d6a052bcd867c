/* usb_xhci_ring.c - rings of an xHCI host controller: work for it, events.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xHCI 1.2, 4.9 "TRB Ring".
 */
#include "usb_xhci.h"
#include "../input.h"
#include <pure64/cpu.h>
#include <pure64/string.h>

void xhci_ring_init(struct xhci_ring *ring, struct xhci_trb *trb,
                    unsigned size)
{
    memset(trb, 0, size * sizeof *trb);
    *ring = (struct xhci_ring){
        .trb = trb,
        .size = (uint16_t)size,
        .cycle = 1,
    };
}

uint64_t xhci_ring_position(const struct xhci_ring *ring)
{
    return usb_physical(&ring->trb[ring->next]) | ring->cycle;
}

void xhci_ring_begin(struct xhci_ring *ring)
{
    ring->first = ring->next;
    ring->held = 1;
}

unsigned xhci_ring_put(struct xhci_ring *ring, uint64_t parameter,
                       uint32_t status, uint32_t control)
{
    unsigned index = ring->next++;
    struct xhci_trb *trb = &ring->trb[index];

    trb->parameter = parameter;
    trb->status = status;
    /* The first one becomes valid when all the others are. */
    __atomic_store_n(&trb->control, control | (ring->cycle ^ ring->held),
                     __ATOMIC_RELEASE);
    ring->held = 0;
    if (ring->next == ring->size - 1) {
        trb = &ring->trb[ring->next];
        trb->parameter = usb_physical(ring->trb);
        trb->status = 0;
        __atomic_store_n(&trb->control,
                         XHCI_TRB_TYPE(XHCI_TRB_LINK) | XHCI_TRB_TOGGLE |
                             (control & XHCI_TRB_CHAIN) | ring->cycle,
                         __ATOMIC_RELEASE);
        ring->next = 0;
        ring->cycle ^= 1;
    }
    return index;
}

void xhci_ring_end(struct xhci_ring *ring)
{
    struct xhci_trb *trb = &ring->trb[ring->first];

    __atomic_store_n(&trb->control, trb->control ^ XHCI_TRB_CYCLE,
                     __ATOMIC_RELEASE);
}

void xhci_doorbell(struct xhci *xhci, unsigned slot, unsigned index)
{
    xhci_write(xhci->doorbells, 4 * slot, index);
}

static void xhci_event(struct xhci *xhci, const struct xhci_trb *event)
{
    switch (XHCI_TRB_TYPE_OF(event->control)) {
    case XHCI_TRB_TRANSFER_EVENT:
        xhci_transfer_event(xhci, event);
        break;
    case XHCI_TRB_COMMAND_EVENT:
        xhci_command_event(xhci, event);
        break;
    case XHCI_TRB_PORT_EVENT:
        xhci_port_event(xhci, (unsigned)(event->parameter >> 24 & 0xFF));
        break;
    }
}

/* Handles what is in the ring, at most all of it once; returns how much. */
static unsigned xhci_take_events(struct xhci *xhci)
{
    unsigned count = 0;

    for (; count < XHCI_EVENTS; count++) {
        struct xhci_trb *here = &xhci->events[xhci->event_next], event;

        event.control = __atomic_load_n(&here->control, __ATOMIC_ACQUIRE);
        if ((event.control & XHCI_TRB_CYCLE) != xhci->event_cycle)
            break;
        event.parameter = here->parameter;
        event.status = here->status;
        xhci_event(xhci, &event);
        /* Behind that: if this CPU is stopped on the way, the next one sees
         * the event again. */
        if (++xhci->event_next == XHCI_EVENTS) {
            xhci->event_next = 0;
            xhci->event_cycle ^= 1;
        }
    }
    return count;
}

void usb_events(struct xhci *xhci)
{
    do {
        uint32_t again;

        /* Full barriers, here and where `again` is set: of the one that
         * leaves and the one that finds the lock taken, one sees what the
         * other did. */
        if (__atomic_exchange_n(&xhci->lock, 1, __ATOMIC_SEQ_CST))
            return;
        again = __atomic_exchange_n(&xhci->again, 0, __ATOMIC_SEQ_CST);
        /* An interrupt whose event was taken before it came must be told of
         * this too, or it was the last one. */
        if (xhci_take_events(xhci) || again)
            xhci_write_64(xhci->runtime, XHCI_ERDP,
                          usb_physical(&xhci->events[xhci->event_next]) |
                              XHCI_ERDP_EHB);
        __atomic_store_n(&xhci->lock, 0, __ATOMIC_SEQ_CST);
    } while (__atomic_load_n(&xhci->again, __ATOMIC_SEQ_CST));
}

int usb_unlock(struct xhci *xhci)
{
    /* An interrupt that was not answered yet would be the last one. */
    xhci->again = 1;
    return (int)__atomic_exchange_n(&xhci->lock, 0, __ATOMIC_SEQ_CST);
}

void usb_look(struct xhci *xhci)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    usb_events(xhci);
    if (usb_keyboard_pending())
        input_collect();
    cpu_flags_restore(flags);
}
