/* usb_hub.c - USB hubs: power, reset and changes at their ports.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Universal Serial Bus Specification 2.0, chapter 11 "Hub Specification",
 * 11.24 "Requests"; Universal Serial Bus 3.1 Specification, 10.16. In QEMU:
 * -device qemu-xhci -device usb-hub,port=1 -device usb-kbd,port=1.1
 */
#include "usb.h"
#include "../print.h"

#define HUB_DESCRIPTOR 0x29
#define HUB_DESCRIPTOR_SUPER 0x2A
#define HUB_DESCRIPTOR_BYTES 7 /* of what comes for every hub */
#define HUB_PORTS_MAX 15
#define HUB_SET_DEPTH 12

enum hub_feature {
    HUB_PORT_RESET = 4,
    HUB_PORT_POWER = 8,
};
/* To clear the bits of a port's change word, from bit 0. */
static const uint8_t clear_features[] = {16, 17, 18, 19, 20, 29, 25, 26};

#define STATUS_CONNECTION (1u << 0)
#define STATUS_ENABLE (1u << 1)
#define STATUS_RESET (1u << 4)
#define STATUS_LOW_SPEED (1u << 9) /* these two not of SuperSpeed hubs */
#define STATUS_HIGH_SPEED (1u << 10)
#define CHANGE_CONNECTION (1u << 16)

#define SETTLED_US 100000
#define RESET_US 500000
#define RESET_STEP_US 5000
#define RECOVERY_US 10000
#define ATTEMPTS 2

static int is_super(const struct usb_device *hub)
{
    return hub->place.speed >= USB_SPEED_SUPER;
}

static int port_request(struct usb_device *hub, uint8_t request,
                        uint16_t feature, unsigned port)
{
    return usb_control(hub, (struct usb_setup){
                                .type = USB_TYPE_CLASS | USB_TYPE_OTHER,
                                .request = request,
                                .value = feature,
                                .index = (uint16_t)port,
                            });
}

/* Status in the lower half, changes in the upper; the changes are cleared.
 * 0, which is no port with power, after an error. */
static uint32_t port_status(struct usb_device *hub, unsigned port)
{
    const uint8_t *bytes = hub->buffer;
    uint32_t status;
    int got = usb_control(hub, (struct usb_setup){
                                   .type = USB_TYPE_IN | USB_TYPE_CLASS |
                                           USB_TYPE_OTHER,
                                   .request = USB_GET_STATUS,
                                   .index = (uint16_t)port,
                                   .length = 4,
                               });

    if (got < 4)
        return 0;
    status = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
             (uint32_t)bytes[3] << 24;
    for (unsigned bit = 0; bit < sizeof clear_features; bit++)
        if (status >> (16 + bit) & 1)
            port_request(hub, USB_CLEAR_FEATURE, clear_features[bit], port);
    return status;
}

/* Resets the port; its status then, 0 if it is not enabled. */
static uint32_t port_reset(struct usb_device *hub, unsigned port)
{
    struct time_limit limit = usb_limit(RESET_US);
    uint32_t status;

    if (port_request(hub, USB_SET_FEATURE, HUB_PORT_RESET, port) < 0)
        return 0;
    do {
        usb_delay(RESET_STEP_US);
        status = port_status(hub, port);
    } while ((status & STATUS_RESET || !(status & STATUS_ENABLE)) &&
             status & STATUS_CONNECTION && !usb_passed(limit));
    usb_delay(RECOVERY_US);
    return status & STATUS_RESET || !(status & STATUS_ENABLE) ? 0 : status;
}

static void port_attach(struct usb_device *hub, unsigned port)
{
    struct usb_place place = {
        .controller = hub->place.controller,
        .hub = hub,
        .port = (uint8_t)port,
    };
    int error = BAREMETAL_EIO;

    for (int i = 0; i < ATTEMPTS && error && !hub->gone; i++) {
        uint32_t status = port_reset(hub, port);

        if (!status)
            continue;
        place.speed = is_super(hub)                ? USB_SPEED_SUPER
                      : status & STATUS_LOW_SPEED  ? USB_SPEED_LOW
                      : status & STATUS_HIGH_SPEED ? USB_SPEED_HIGH
                                                   : USB_SPEED_FULL;
        error = usb_attach(&place);
        if (error == BAREMETAL_ENOMEM)
            break;
    }
    if (error)
        print(os_system.os,
              "usb: the device at port %u of a hub does not work\n", port);
}

void usb_hub_scan(struct usb_device *hub)
{
    hub->hub.changed = 0;
    for (unsigned port = 1; port <= hub->hub.ports && !hub->gone; port++) {
        uint32_t status = port_status(hub, port);
        uint16_t bit = (uint16_t)(1u << port);

        if (status & CHANGE_CONNECTION) {
            usb_unplugged(hub->place.controller, hub, port);
            hub->hub.seen &= (uint16_t)~bit;
        }
        if (!(status & STATUS_CONNECTION) || hub->hub.seen & bit)
            continue;
        hub->hub.seen |= bit;
        port_attach(hub, port);
    }
    usb_report_ask(hub); /* comes when something changes again */
}

static void hub_changed(struct usb_device *hub, struct usb_endpoint *endpoint)
{
    (void)endpoint;
    hub->hub.changed = 1;
    usb_attention = 1;
}

/* Turns power on at its ports. */
static int hub_power(struct usb_device *hub)
{
    unsigned type = is_super(hub) ? HUB_DESCRIPTOR_SUPER : HUB_DESCRIPTOR;
    unsigned ports, good;
    int got = usb_control(hub, (struct usb_setup){
                                   .type = USB_TYPE_IN | USB_TYPE_CLASS,
                                   .request = USB_GET_DESCRIPTOR,
                                   .value = (uint16_t)(type << 8),
                                   .length = HUB_DESCRIPTOR_BYTES,
                               });

    if (got < 0)
        return got;
    if (got < HUB_DESCRIPTOR_BYTES || hub->buffer[1] != type)
        return BAREMETAL_EIO;
    ports = hub->buffer[2] < HUB_PORTS_MAX ? hub->buffer[2] : HUB_PORTS_MAX;
    good = hub->buffer[5]; /* bPwrOn2PwrGood, in 2 ms */
    hub->hub.ports = (uint16_t)ports;
    got = usb_open_hub(hub, ports, hub->buffer[3] >> 5);
    for (unsigned port = 1; port <= ports && got >= 0; port++)
        got = port_request(hub, USB_SET_FEATURE, HUB_PORT_POWER, port);
    usb_delay(good * 2000 + SETTLED_US);
    return got < 0 ? got : 0;
}

int usb_hub_start(struct usb_device *hub)
{
    int error = usb_open_endpoints(hub, hub->interrupt_ring, 0,
                                   USB_INTERRUPT_TRBS);

    hub->in.done = hub_changed;
    if (!error)
        error = usb_configure(hub);
    if (!error && is_super(hub)) {
        error = usb_control(hub, (struct usb_setup){
                                     .type = USB_TYPE_CLASS,
                                     .request = HUB_SET_DEPTH,
                                     .value = hub->depth,
                                 });
        error = error < 0 ? error : 0;
    }
    if (!error)
        error = hub_power(hub);
    hub->hub.changed = !error; /* its ports are looked at next */
    return error;
}
