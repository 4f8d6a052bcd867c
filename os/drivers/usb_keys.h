/* usb_keys.h - reports of a USB keyboard into keys.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Pure functions but for the clock; a state starts as zeros.
 */
#pragma once
#include "key_decode.h"
#include <stddef.h>
#include <stdint.h>

/* Modifiers, a reserved byte, six keys. */
#define USB_KEYS_REPORT_BYTES 8

struct usb_keys {
    uint8_t report[USB_KEYS_REPORT_BYTES]; /* the last one */
    uint8_t repeat;     /* usage of the key that repeats, 0: none */
    uint64_t repeat_ns; /* when it does so next */
    struct key_scan scan;
};

/* Takes a report (HID 1.11, appendix B.1) that came at `now` and calls
 * add(key) for what was typed. A key held down repeats when reports come, 500
 * ms after it went down and then every 30 ms. */
void usb_keys_report(struct usb_keys *keys, const uint8_t *report,
                     uint64_t now_ns, void (*add)(unsigned key));

/* 1 if the report shows a key that is no modifier. */
int usb_keys_held(const uint8_t *report);
