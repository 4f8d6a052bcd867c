/* usb_descriptor.h - what a USB device says it is.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Pure functions on bytes that nobody has checked before.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define USB_DEVICE_DESCRIPTOR 1
#define USB_CONFIGURATION_DESCRIPTOR 2
#define USB_DEVICE_DESCRIPTOR_BYTES 18
#define USB_CONFIGURATION_DESCRIPTOR_BYTES 9

#define USB_ENDPOINT_IN 0x80 /* in its address */

enum usb_kind {
    USB_KIND_NONE = 0, /* nothing we drive */
    USB_KIND_HUB,
    USB_KIND_KEYBOARD, /* with the boot protocol */
    USB_KIND_STORAGE,  /* bulk-only, SCSI commands */
};

struct usb_endpoint_info {
    uint8_t address;   /* 0: none */
    uint8_t interval;  /* as in the descriptor */
    uint8_t burst;     /* packets behind the first one, SuperSpeed */
    uint16_t packet;   /* bytes, 1..1024 */
};

/* The interface of a device that we drive. */
struct usb_function {
    uint8_t kind;          /* enum usb_kind */
    uint8_t configuration; /* value for SET_CONFIGURATION */
    uint8_t interface;
    uint8_t protocol;
    struct usb_endpoint_info in;  /* interrupt, or bulk */
    struct usb_endpoint_info out; /* of storage */
};

/* Looks for the first interface we drive in a configuration descriptor and
 * what follows it, `size` bytes of which were read. Returns its kind. */
enum usb_kind usb_descriptor_parse(const uint8_t *bytes, size_t size,
                                   struct usb_function *function);

/* Bytes of the whole configuration, from its first 9 bytes; 0 if they are no
 * configuration descriptor. */
size_t usb_descriptor_total(const uint8_t *bytes, size_t size);
