/* usb_keys.c - reports of a USB keyboard into keys.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Device Class Definition for Human Interface Devices 1.11, appendix B.1
 * "Protocol 1 (Keyboard)" and C "Keyboard Implementation"; HID Usage Tables
 * 1.12, chapter 10 "Keyboard/Keypad Page"; the codes beside the usages are
 * those of scan code set 1, from the same table's column "AT-101".
 */
#include "usb_keys.h"
#include <pure64/string.h>

#define REPORT_KEYS 2     /* the first of them */
#define USAGE_ROLL_OVER 1 /* in all places: more keys than it can tell */
#define USAGE_A 4         /* below it: errors, and nothing pressed */
#define USAGE_CONTROL_LEFT 0xE0

#define SCAN_RELEASE 0x80
#define SCAN_PREFIX 0xE0

#define REPEAT_FIRST_NS 500000000u
#define REPEAT_NEXT_NS 30000000u

/* Scan codes by usage, from 0; with bit 7: the code behind the prefix. The
 * Pause key, of six bytes, is left out. */
#define EXTENDED 0x80
static const uint8_t scan_codes[] = {
    /* 00 */ 0x00, 0x00, 0x00, 0x00, 0x1E, 0x30, 0x2E, 0x20,
    /* 08 */ 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26,
    /* 10 */ 0x32, 0x31, 0x18, 0x19, 0x10, 0x13, 0x1F, 0x14,
    /* 18 */ 0x16, 0x2F, 0x11, 0x2D, 0x15, 0x2C, 0x02, 0x03,
    /* 20 */ 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,
    /* 28 */ 0x1C, 0x01, 0x0E, 0x0F, 0x39, 0x0C, 0x0D, 0x1A,
    /* 30 */ 0x1B, 0x2B, 0x2B, 0x27, 0x28, 0x29, 0x33, 0x34,
    /* 38 */ 0x35, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x40,
    /* 40 */ 0x41, 0x42, 0x43, 0x44, 0x57, 0x58, 0xB7, 0x46,
    /* 48 */ 0x00, 0xD2, 0xC7, 0xC9, 0xD3, 0xCF, 0xD1, 0xCD,
    /* 50 */ 0xCB, 0xD0, 0xC8, 0x45, 0xB5, 0x37, 0x4A, 0x4E,
    /* 58 */ 0x9C, 0x4F, 0x50, 0x51, 0x4B, 0x4C, 0x4D, 0x47,
    /* 60 */ 0x48, 0x49, 0x52, 0x53, 0x56, 0xDD,
};
/* Of the bits in the first byte: usages 0xE0 to 0xE7. */
static const uint8_t modifier_codes[] = {
    0x1D, 0x2A, 0x38, 0xDB, 0x9D, 0x36, 0xB8, 0xDC,
};

/* The scan code of a usage as in the tables, 0 if it has none. */
static uint8_t code_of(uint8_t usage)
{
    if (usage < sizeof scan_codes)
        return scan_codes[usage];
    usage -= USAGE_CONTROL_LEFT;
    return usage < sizeof modifier_codes ? modifier_codes[usage] : 0;
}

/* A key goes down (or is still), or goes up. */
static void change(struct usb_keys *keys, uint8_t usage, int down,
                   void (*add)(unsigned key))
{
    uint8_t code = code_of(usage);

    if (!code)
        return;
    if (code & EXTENDED)
        key_decode_scan(&keys->scan, SCAN_PREFIX, add);
    code &= (uint8_t)~EXTENDED;
    key_decode_scan(&keys->scan, down ? code : code | SCAN_RELEASE, add);
}

static int has(const uint8_t *report, uint8_t usage)
{
    for (unsigned i = REPORT_KEYS; i < USB_KEYS_REPORT_BYTES; i++)
        if (report[i] == usage)
            return 1;
    return 0;
}

int usb_keys_held(const uint8_t *report)
{
    for (unsigned i = REPORT_KEYS; i < USB_KEYS_REPORT_BYTES; i++)
        if (report[i] >= USAGE_A)
            return 1;
    return 0;
}

static void modifiers(struct usb_keys *keys, const uint8_t *report,
                      void (*add)(unsigned key))
{
    uint8_t changed = keys->report[0] ^ report[0];

    for (unsigned bit = 0; bit < 8; bit++)
        if (changed >> bit & 1)
            change(keys, (uint8_t)(USAGE_CONTROL_LEFT + bit),
                   report[0] >> bit & 1, add);
}

void usb_keys_report(struct usb_keys *keys, const uint8_t *report,
                     uint64_t now_ns, void (*add)(unsigned key))
{
    modifiers(keys, report, add);
    keys->report[0] = report[0];
    if (has(report, USAGE_ROLL_OVER))
        return; /* which keys are held is as it was, as far as it knows */
    for (unsigned i = REPORT_KEYS; i < USB_KEYS_REPORT_BYTES; i++) {
        uint8_t usage = keys->report[i];

        if (usage >= USAGE_A && !has(report, usage))
            change(keys, usage, 0, add);
    }
    if (keys->repeat && !has(report, keys->repeat))
        keys->repeat = 0;
    for (unsigned i = REPORT_KEYS; i < USB_KEYS_REPORT_BYTES; i++) {
        uint8_t usage = report[i];

        if (usage < USAGE_A || has(keys->report, usage))
            continue;
        change(keys, usage, 1, add);
        keys->repeat = usage;
        keys->repeat_ns = now_ns + REPEAT_FIRST_NS;
    }
    memcpy(keys->report, report, USB_KEYS_REPORT_BYTES);
    if (keys->repeat && now_ns >= keys->repeat_ns) {
        change(keys, keys->repeat, 1, add);
        keys->repeat_ns += REPEAT_NEXT_NS;
        if (keys->repeat_ns < now_ns)
            keys->repeat_ns = now_ns;
    }
}
