/* usb_xhci_command.c - commands to an xHCI host controller, one at a time.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xHCI 1.2, 4.6 "Command Interface".
 */
#include "usb_xhci.h"

/* A device that does not answer keeps ADDRESS DEVICE busy for a while. */
#define COMMAND_US 2000000
#define ABORT_US 1000000

void xhci_command_init(struct xhci *xhci)
{
    xhci_ring_init(&xhci->command, xhci->commands, XHCI_COMMANDS);
    xhci_write_64(xhci->operational, XHCI_CRCR,
                  usb_physical(xhci->commands) | XHCI_CRCR_RCS);
}

void xhci_command_event(struct xhci *xhci, const struct xhci_trb *event)
{
    if (!xhci->command_trb || event->parameter != xhci->command_trb)
        return; /* of a command that was aborted */
    xhci->command_trb = 0;
    xhci->command_code = (uint8_t)(event->status >> 24);
    xhci->command_slot = (uint8_t)(event->control >> 24);
    __atomic_store_n(&xhci->command_done, 1, __ATOMIC_RELEASE);
}

/* 4.6.1.2 "Aborting a Command"; then the ring starts anew. */
static void xhci_command_abort(struct xhci *xhci)
{
    struct time_limit limit = usb_limit(ABORT_US);

    xhci_write_64(xhci->operational, XHCI_CRCR, XHCI_CRCR_CA);
    while (xhci_read(xhci->operational, XHCI_CRCR) & XHCI_CRCR_CRR) {
        usb_look(xhci); /* it may wait for room in the event ring */
        if (usb_passed(limit)) {
            xhci_give_up(xhci);
            return;
        }
    }
    usb_look(xhci);
    xhci_command_init(xhci);
}

int xhci_command(struct xhci *xhci, enum xhci_trb_type type,
                 uint64_t parameter, uint32_t control)
{
    struct time_limit limit = usb_limit(COMMAND_US);
    struct xhci_ring *ring = &xhci->command;
    int passed;

    if (xhci->dead)
        return BAREMETAL_ENODEV;
    xhci->command_done = 0;
    __atomic_store_n(&xhci->command_trb, usb_physical(&ring->trb[ring->next]),
                     __ATOMIC_RELEASE);
    xhci_ring_begin(ring);
    xhci_ring_put(ring, parameter, 0, control | XHCI_TRB_TYPE(type));
    xhci_ring_end(ring);
    xhci_doorbell(xhci, 0, 0);
    do {
        passed = usb_passed(limit);
        usb_look(xhci);
    } while (!__atomic_load_n(&xhci->command_done, __ATOMIC_ACQUIRE) &&
             !passed);
    if (xhci->command_done)
        return xhci->command_code == XHCI_SUCCESS ? 0 : BAREMETAL_EIO;
    __atomic_store_n(&xhci->command_trb, 0, __ATOMIC_RELEASE);
    xhci_command_abort(xhci);
    return BAREMETAL_ETIME;
}
