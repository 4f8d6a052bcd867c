/* usb_keyboard.c - USB keyboards, by the boot protocol.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Device Class Definition for Human Interface Devices 1.11: 7.2 "Class-
 * Specific Requests", appendix B.1, F.3 "Boot Keyboard Requirements". In
 * QEMU: -device qemu-xhci -device usb-kbd.
 *
 * A keyboard reports changes only. While a key is held, it is asked to report
 * every 32 ms (SET_IDLE), so that the key repeats without any timer of ours.
 */
#include "usb.h"
#include "../input.h"
#include "usb_keys.h"
#include "usb_xhci.h"
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define HID_SET_IDLE 0x0A
#define HID_SET_PROTOCOL 0x0B
#define HID_BOOT_PROTOCOL 0
#define IDLE_CHANGES_ONLY 0
#define IDLE_REPEAT (8u << 8) /* in 4 ms */

#define REPORTS_MAX 32 /* a power of two, at most 128 */
#define HZ_HIGHEST 4000000000u /* where the frequency is not known */

static struct {
    uint8_t used;
    struct usb_keys keys; /* guarded by input.c's lock */
} keyboards[USB_KEYBOARDS_MAX];

/* Reports on their way from the event ring, whose lock the writer has, to
 * input.c, whose lock the reader has. */
static struct {
    struct {
        uint8_t keyboard;
        uint8_t bytes[USB_KEYS_REPORT_BYTES];
        uint64_t ns;
    } report[REPORTS_MAX];
    uint8_t added, taken;
} reports;

static uint64_t now_ns(void)
{
    uint64_t hz = SYSINFO_EXTENSION->tsc_hz;

    if (!hz)
        hz = HZ_HIGHEST;
    return cpu_tsc() / (hz / 1000000 + 1) * 1000;
}

int usb_keyboard_pending(void)
{
    return __atomic_load_n(&reports.added, __ATOMIC_ACQUIRE) != reports.taken;
}

void usb_keyboard_receive(void)
{
    while (usb_keyboard_pending()) {
        unsigned at = reports.taken % REPORTS_MAX;

        usb_keys_report(&keyboards[reports.report[at].keyboard].keys,
                        reports.report[at].bytes, reports.report[at].ns,
                        input_key_add);
        __atomic_store_n(&reports.taken, reports.taken + 1, __ATOMIC_RELEASE);
    }
}

static struct usb_setup idle_setup(const struct usb_device *device,
                                   uint16_t value)
{
    return (struct usb_setup){
        .type = USB_TYPE_CLASS | USB_TYPE_INTERFACE,
        .request = HID_SET_IDLE,
        .value = value,
        .index = device->function.interface,
    };
}

/* Asks for what is wanted, unless a request is under way: then when that is
 * done. Without done() usb.c sets the endpoints up anew. */
static void keyboard_ask(struct usb_device *device,
                         struct usb_endpoint *control)
{
    if (device->keyboard.wanted == device->keyboard.asked ||
        control->state != USB_ENDPOINT_IDLE || !control->done)
        return;
    device->keyboard.asked = device->keyboard.wanted;
    usb_control_send(device, idle_setup(device, device->keyboard.asked
                                                    ? IDLE_REPEAT
                                                    : IDLE_CHANGES_ONLY));
}

static void keyboard_reported(struct usb_device *device,
                              struct usb_endpoint *endpoint)
{
    unsigned at = reports.added % REPORTS_MAX;
    uint8_t *bytes = reports.report[at].bytes;
    size_t size = endpoint->moved < USB_KEYS_REPORT_BYTES
                      ? endpoint->moved
                      : USB_KEYS_REPORT_BYTES;

    if (endpoint->code != XHCI_SUCCESS &&
        endpoint->code != XHCI_SHORT_PACKET) {
        usb_attention = 1;
        return;
    }
    device->failures = 0;
    if (size &&
        (uint8_t)(reports.added -
                  __atomic_load_n(&reports.taken, __ATOMIC_ACQUIRE)) <
            REPORTS_MAX) {
        memset(bytes, 0, USB_KEYS_REPORT_BYTES);
        memcpy(bytes, device->report, size);
        reports.report[at].keyboard = device->keyboard.number;
        reports.report[at].ns = now_ns();
        device->keyboard.wanted =
            device->keyboard.can_repeat && usb_keys_held(bytes);
        __atomic_store_n(&reports.added, reports.added + 1, __ATOMIC_RELEASE);
        keyboard_ask(device, &device->control);
    }
    if (device->control.done) /* else usb.c does so later */
        usb_report_ask(device);
}

int usb_keyboard_start(struct usb_device *device)
{
    unsigned number = 0;
    int error;

    while (number < USB_KEYBOARDS_MAX && keyboards[number].used)
        number++;
    if (number == USB_KEYBOARDS_MAX)
        return BAREMETAL_ENOMEM;
    error = usb_open_endpoints(device, device->interrupt_ring, 0,
                               USB_INTERRUPT_TRBS);
    if (!error)
        error = usb_configure(device);
    if (error)
        return error;
    /* Some know no other protocol, and refuse to be asked. */
    error = usb_interface_request(device, HID_SET_PROTOCOL, HID_BOOT_PROTOCOL);
    if (error && error != USB_STALL)
        return error;
    memset(&keyboards[number].keys, 0, sizeof keyboards[number].keys);
    keyboards[number].used = 1;
    device->keyboard.number = (uint8_t)number;
    device->keyboard.can_repeat =
        !usb_interface_request(device, HID_SET_IDLE, IDLE_REPEAT) &&
        !usb_interface_request(device, HID_SET_IDLE, IDLE_CHANGES_ONLY);
    device->control.done = keyboard_ask;
    device->in.done = keyboard_reported;
    usb_report_ask(device);
    return 0;
}

void usb_keyboard_stop(struct usb_device *device)
{
    if (device->in.done == keyboard_reported)
        keyboards[device->keyboard.number].used = 0;
}
