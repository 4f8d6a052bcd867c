/* usb_xhci_port.c - the ports of an xHCI host controller itself.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xHCI 1.2: 4.19 "Root Hub", 5.4.8 "Port Status and Control Register", 7.2
 * "xHCI Supported Protocol Capability".
 */
#include "usb_xhci.h"
#include "../print.h"

/* USB 2.0, 7.1.7.3: a connection is one after so long without change. */
#define SETTLED_US 100000
#define SETTLE_LIMIT_US 1000000
#define RESET_US 500000
#define RECOVERY_US 10000 /* USB 2.0, 7.1.7.5 */
#define ATTEMPTS 2

static uint32_t port_read(const struct xhci *xhci, unsigned port)
{
    return xhci_read(xhci->operational, xhci_portsc(port));
}

/* Sets bits, those that are cleared by ones too. */
static void port_write(struct xhci *xhci, unsigned port, uint32_t bits)
{
    xhci_write(xhci->operational, xhci_portsc(port),
               (port_read(xhci, port) & XHCI_PORTSC_KEEP) | bits);
}

unsigned xhci_slot_type(const struct xhci *xhci, unsigned port,
                        unsigned *major)
{
    const char *protocol = 0;

    *major = 0;
    while ((protocol = xhci_extended(xhci, XHCI_CAP_PROTOCOL, protocol))) {
        uint32_t ports = xhci_read(protocol, 8);
        unsigned first = ports & 0xFF, count = ports >> 8 & 0xFF;

        if (port < first || port >= first + count)
            continue;
        *major = xhci_read(protocol, 0) >> 24;
        return xhci_read(protocol, 12) & 0x1F;
    }
    return 0;
}

void xhci_port_event(struct xhci *xhci, unsigned port)
{
    uint32_t status;

    if (!port || port > xhci->ports)
        return;
    status = port_read(xhci, port);
    port_write(xhci, port, status & XHCI_PORTSC_CHANGES);
    if (!(status & XHCI_PORTSC_CSC))
        return;
    usb_unplugged(xhci, 0, port);
    xhci->seen[port / 8] &= (uint8_t)~(1u << port % 8);
    usb_attention = 1;
}

/* Which ports have something, as far as a word can tell. */
static uint32_t connections(const struct xhci *xhci)
{
    uint32_t sum = 0;

    for (unsigned port = 1; port <= xhci->ports; port++)
        if (port_read(xhci, port) & XHCI_PORTSC_CCS)
            sum += 1u << port % 32;
    return sum;
}

void xhci_ports_start(struct xhci *xhci)
{
    struct time_limit limit = usb_limit(SETTLE_LIMIT_US), settled;
    uint32_t before = 0, now;

    for (unsigned port = 1; port <= xhci->ports; port++)
        if (!(port_read(xhci, port) & XHCI_PORTSC_PP))
            port_write(xhci, port, XHCI_PORTSC_PP);
    settled = usb_limit(SETTLED_US);
    do {
        usb_look(xhci);
        now = connections(xhci);
        if (now != before)
            settled = usb_limit(SETTLED_US);
        before = now;
    } while (!usb_passed(settled) && !usb_passed(limit));
}

/* One reset of that kind; 1 if the port is enabled then. */
static int port_reset_once(struct xhci *xhci, unsigned port, uint32_t kind)
{
    port_write(xhci, port, kind);
    if (!xhci_wait(xhci->operational, xhci_portsc(port),
                   XHCI_PORTSC_PR, 0, RESET_US))
        return 0;
    return xhci_wait(xhci->operational, xhci_portsc(port), XHCI_PORTSC_PED,
                     XHCI_PORTSC_PED, RESET_US);
}

/* Resets what is at the port; a USB 3 port does so itself when something is
 * plugged in, but may need a warm reset. 1 if the port is enabled. */
static int port_reset(struct xhci *xhci, unsigned port, int again)
{
    unsigned major;
    int enabled;

    xhci_slot_type(xhci, port, &major);
    if (major < 3)
        enabled = port_reset_once(xhci, port, XHCI_PORTSC_PR);
    else
        enabled = (!again && port_read(xhci, port) & XHCI_PORTSC_PED) ||
                  port_reset_once(xhci, port, XHCI_PORTSC_WPR);
    usb_delay(RECOVERY_US);
    return enabled;
}

static void port_attach(struct xhci *xhci, unsigned port)
{
    int error = BAREMETAL_EIO;

    for (int i = 0; i < ATTEMPTS && error; i++) {
        struct usb_place place = {.controller = xhci, .port = (uint8_t)port};
        uint32_t status;

        if (!port_reset(xhci, port, i) || xhci->dead)
            continue;
        status = port_read(xhci, port);
        place.speed = XHCI_PORTSC_SPEED(status);
        /* So that an event still in the ring is not taken for a new
         * connection. */
        port_write(xhci, port, status & XHCI_PORTSC_CHANGES);
        error = usb_attach(&place);
        if (error == BAREMETAL_ENOMEM)
            break;
    }
    if (error && port_read(xhci, port) & XHCI_PORTSC_CCS)
        print(os_system.os, "usb: the device at port %u does not work\n",
              port);
}

void usb_root_scan(struct xhci *xhci)
{
    for (unsigned port = 1; port <= xhci->ports && !xhci->dead; port++) {
        if (!(port_read(xhci, port) & XHCI_PORTSC_CCS) ||
            xhci->seen[port / 8] >> port % 8 & 1)
            continue;
        xhci->seen[port / 8] |= (uint8_t)(1u << port % 8);
        port_attach(xhci, port);
    }
}
