/* usb_descriptor.c - what a USB device says it is.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Universal Serial Bus Specification 2.0, 9.6 "Standard USB Descriptor
 * Definitions"; Universal Serial Bus 3.1 Specification, 9.6.7 "SuperSpeed
 * Endpoint Companion"; class codes: Device Class Definition for HID 1.11,
 * 4.1 to 4.3; Mass Storage Class Bulk-Only Transport 1.0, 4.3.
 */
#include "usb_descriptor.h"

#define TYPE_INTERFACE 4
#define TYPE_ENDPOINT 5
#define TYPE_COMPANION 0x30
#define INTERFACE_BYTES 9
#define ENDPOINT_BYTES 7
#define COMPANION_BYTES 6

#define TRANSFER_BULK 2      /* bits 1:0 of an endpoint's attributes */
#define TRANSFER_INTERRUPT 3

#define PACKET_MAX 1024
#define BURST_MAX 15

#define CLASS_HID 0x03
#define CLASS_STORAGE 0x08
#define CLASS_HUB 0x09

static uint16_t word(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

size_t usb_descriptor_total(const uint8_t *bytes, size_t size)
{
    if (size < USB_CONFIGURATION_DESCRIPTOR_BYTES ||
        bytes[0] < USB_CONFIGURATION_DESCRIPTOR_BYTES ||
        bytes[1] != USB_CONFIGURATION_DESCRIPTOR || word(bytes + 2) < bytes[0])
        return 0;
    return word(bytes + 2);
}

static enum usb_kind kind_of(const uint8_t *interface)
{
    uint8_t subclass = interface[6], protocol = interface[7];

    if (interface[3] != 0) /* an alternate setting */
        return USB_KIND_NONE;
    switch (interface[5]) {
    case CLASS_HID:     /* boot interface, keyboard */
        return subclass == 1 && protocol == 1 ? USB_KIND_KEYBOARD
                                              : USB_KIND_NONE;
    case CLASS_STORAGE: /* SCSI transparent command set, bulk-only */
        return subclass == 6 && protocol == 0x50 ? USB_KIND_STORAGE
                                                 : USB_KIND_NONE;
    case CLASS_HUB:
        return USB_KIND_HUB;
    default:
        return USB_KIND_NONE;
    }
}

/* The place for this endpoint; 0 if it is not what the function needs. */
static struct usb_endpoint_info *endpoint_add(struct usb_function *function,
                                              const uint8_t *bytes)
{
    uint8_t wanted = function->kind == USB_KIND_STORAGE ? TRANSFER_BULK
                                                        : TRANSFER_INTERRUPT;
    struct usb_endpoint_info *info =
        bytes[2] & USB_ENDPOINT_IN ? &function->in : &function->out;
    uint16_t packet = word(bytes + 4) & 0x7FF;

    if ((bytes[3] & 3) != wanted || !(bytes[2] & 0xF) || info->address ||
        !packet || packet > PACKET_MAX)
        return 0;
    info->address = bytes[2] & (USB_ENDPOINT_IN | 0xF);
    info->packet = packet;
    info->interval = bytes[6];
    info->burst = 0;
    return info;
}

static int complete(const struct usb_function *function)
{
    return function->kind != USB_KIND_NONE && function->in.address &&
           (function->kind != USB_KIND_STORAGE || function->out.address);
}

enum usb_kind usb_descriptor_parse(const uint8_t *bytes, size_t size,
                                   struct usb_function *function)
{
    size_t total = usb_descriptor_total(bytes, size);
    struct usb_endpoint_info *endpoint = 0;

    *function = (struct usb_function){0};
    if (size > total)
        size = total;
    /* Each step is at least two bytes long and ends inside. */
    for (size_t at = 0; size - at >= 2; at += bytes[at]) {
        const uint8_t *here = bytes + at;

        if (here[0] < 2 || here[0] > size - at)
            break;
        if (here[1] == TYPE_INTERFACE && here[0] >= INTERFACE_BYTES) {
            if (complete(function))
                break;
            *function = (struct usb_function){
                .kind = kind_of(here),
                .configuration = bytes[5],
                .interface = here[2],
                .protocol = here[7],
            };
            endpoint = 0;
        } else if (here[1] == TYPE_ENDPOINT && here[0] >= ENDPOINT_BYTES) {
            endpoint = endpoint_add(function, here);
        } else if (here[1] == TYPE_COMPANION && endpoint &&
                   here[0] >= COMPANION_BYTES && here[2] <= BURST_MAX) {
            endpoint->burst = here[2];
        }
    }
    if (!complete(function))
        function->kind = USB_KIND_NONE;
    return function->kind;
}
