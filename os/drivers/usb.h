/* usb.h - USB devices: what the host controller's driver, enumeration and the
 * drivers of devices share.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * usb_xhci*.c moves data and manages slots; usb.c finds out what is plugged
 * in; usb_hub.c, usb_keyboard.c and usb_storage.c drive it. Commands and
 * transfers that are waited for are one at a time in the whole machine: at
 * start, then with the lock of all disks held. What comes by itself (keys,
 * changes at ports) is taken from the event ring by whoever looks there, and
 * put where input.c's receive and usb_attend find it.
 *
 * Memory for a device is a page or two of memory_take, its physical address
 * the window address without the window.
 */
#pragma once
#include "../system.h"
#include "usb_descriptor.h"
#include <kernel/block.h>
#include <kernel/memory.h>

/* All of it together, without what controllers demand for themselves. */
#define USB_PAGES_MAX 22
#define USB_CONTROLLERS_MAX 4
#define USB_KEYBOARDS_MAX 4

/* Beside BAREMETAL_E*: the endpoint answered with STALL. */
#define USB_STALL (-100)

/* Most that a control transfer moves. */
#define USB_BUFFER_BYTES 1024

struct xhci;
struct usb_device;
struct usb_storage;

/* xHCI 1.2, 4.11.1 "TRB Template". */
struct xhci_trb {
    uint64_t parameter;
    uint32_t status, control;
};

/* Work for the controller; the last entry leads back to the first. */
struct xhci_ring {
    struct xhci_trb *trb;
    uint16_t size;
    uint16_t next;         /* where the next one goes */
    uint16_t first;        /* of the transfer that is being put together */
    uint8_t cycle;         /* cycle bit of what is put there */
    uint8_t held;          /* first's cycle bit is not yet right */
};

enum usb_endpoint_state {
    USB_ENDPOINT_IDLE = 0,
    USB_ENDPOINT_BUSY,
    USB_ENDPOINT_DONE,
};

struct usb_endpoint {
    struct xhci_ring ring;
    struct usb_endpoint_info info;
    uint8_t index;         /* of its context: xHCI 1.2, 4.5.1; 0: closed */
    uint8_t type;          /* enum xhci_endpoint_type */
    volatile uint8_t state;
    uint8_t code;          /* how it went: enum xhci_code */
    uint8_t is_short;      /* moved is known already */
    uint16_t last;         /* ring index of the transfer's end */
    uint32_t moved;        /* bytes */
    /* Not 0: called when a transfer is done, instead of being waited for;
     * with the lock of the event ring, interrupts off, any CPU. */
    void (*done)(struct usb_device *device, struct usb_endpoint *endpoint);
};

enum usb_speed { /* as the controller numbers them */
    USB_SPEED_FULL = 1,
    USB_SPEED_LOW = 2,
    USB_SPEED_HIGH = 3,
    USB_SPEED_SUPER = 4,
};

/* Where a device is plugged in. */
struct usb_place {
    struct xhci *controller;
    struct usb_device *hub; /* 0: at the controller itself */
    uint8_t port;           /* of hub or controller, from 1 */
    uint8_t speed;          /* enum usb_speed; above: SuperSpeed too */
};

#define USB_CONTROL_TRBS 16
#define USB_INTERRUPT_TRBS 16

/* One page. */
struct usb_device {
    uint8_t context[2048] __attribute__((aligned(64))); /* the controller's */
    struct xhci_trb control_ring[USB_CONTROL_TRBS];
    struct xhci_trb interrupt_ring[USB_INTERRUPT_TRBS];
    uint8_t buffer[USB_BUFFER_BYTES]; /* of control transfers */
    uint8_t report[64];               /* of the interrupt endpoint */
    struct usb_place place;
    struct usb_function function;
    struct usb_endpoint control, in, out;
    uint32_t route;        /* xHCI 1.2, 6.2.2: ports of hubs, 4 bits each */
    uint8_t slot;          /* 0: none */
    uint8_t root_port;
    uint8_t depth;         /* hubs between it and the controller */
    uint8_t tt_slot, tt_port; /* the hub that translates for it; 0: none */
    volatile uint8_t gone; /* unplugged, or given up */
    uint8_t failures;      /* of the interrupt endpoint */
    union {
        struct {
            uint16_t ports;
            uint16_t seen;          /* bit set: ports already looked at */
            volatile uint8_t changed;
        } hub;
        struct {
            uint8_t number;         /* among keyboards */
            uint8_t can_repeat;     /* reports, again and again, if asked */
            uint8_t wanted;         /* 1: it shall do so */
            uint8_t asked;          /* 1: it was asked to */
            uint8_t doubtful;       /* who worked for it was stopped */
        } keyboard;
        struct usb_storage *storage;
    };
};
_Static_assert(sizeof(struct usb_device) <= PAGE_SIZE, "one page");

static inline uint64_t usb_physical(const void *window)
{
    return memory_physical(window);
}

/* A limit for a wait, and whether it has passed. */
static inline struct time_limit usb_limit(uint32_t us)
{
    return os_system.kernel->time_limit_us(us);
}

static inline int usb_passed(struct time_limit limit)
{
    return os_system.kernel->time_limit_passed(limit);
}

/* USB 2.0, 9.3 "USB Device Requests". */
struct usb_setup {
    uint8_t type, request;
    uint16_t value, index, length;
};
_Static_assert(sizeof(struct usb_setup) == 8, "as it is sent");

#define USB_TYPE_IN 0x80
#define USB_TYPE_CLASS 0x20
#define USB_TYPE_INTERFACE 0x01
#define USB_TYPE_ENDPOINT 0x02
#define USB_TYPE_OTHER 0x03 /* a hub's port */

enum usb_request {
    USB_GET_STATUS = 0,
    USB_CLEAR_FEATURE = 1,
    USB_SET_FEATURE = 3,
    USB_GET_DESCRIPTOR = 6,
    USB_SET_CONFIGURATION = 9,
};

/* ---- usb_xhci*.c: waits for what it does, within limits. */

/* A control transfer, its data in device->buffer. Bytes moved, or USB_STALL,
 * BAREMETAL_EIO, ETIME, ENODEV. */
int usb_control(struct usb_device *device, struct usb_setup setup);

/* A transfer to or from an endpoint: bytes moved, or an error as above. After
 * an error the endpoint works again, its data toggle starts anew. */
int usb_transfer(struct usb_device *device, struct usb_endpoint *endpoint,
                 const struct block_piece *pieces, unsigned count,
                 struct time_limit limit);

/* Makes the endpoint's data toggle start anew. 0 or an error. */
int usb_endpoint_reset(struct usb_device *device,
                       struct usb_endpoint *endpoint);

/* 1 if its controller reaches only the first 4 GiB. */
int usb_address_32(const struct usb_device *device);

/* Address of the controller's function: see struct baremetal_pci. */
uint32_t usb_pci_address(const struct usb_device *device);

/* The next two do not wait, and are for endpoints with done(): */

/* Asks for the next report of the interrupt endpoint. */
void usb_report_ask(struct usb_device *device);

/* A control transfer without data. Nothing happens while another one is under
 * way. */
void usb_control_send(struct usb_device *device, struct usb_setup setup);

/* Gives the device, whose place, route, root_port and tt_* are filled in, a
 * slot and an address. 0 or an error. */
int usb_open(struct usb_device *device);

/* Takes the slot away. 0 if the controller has nothing more to do with it. */
int usb_close(struct usb_device *device);

/* The control endpoint's packets have this size. 0 or an error. */
int usb_open_packet(struct usb_device *device, uint16_t packet);

/* Opens the endpoints of device->function on rings of `trbs` entries. 0 or an
 * error. */
int usb_open_endpoints(struct usb_device *device, struct xhci_trb *in,
                       struct xhci_trb *out, unsigned trbs);

/* Tells the controller that the device is a hub: its ports, and its think
 * time as in wHubCharacteristics. 0 or an error. */
int usb_open_hub(struct usb_device *device, unsigned ports, unsigned think);

/* Attaches what is at root ports that were not looked at yet. */
void usb_root_scan(struct xhci *controller);

/* Takes what is in the event ring. Interrupts off, any CPU. */
void usb_events(struct xhci *controller);

/* Who is in the event ring, if anybody, was stopped. 1 if there was one, whose
 * work may be half done; the next usb_events looks in any case. */
int usb_unlock(struct xhci *controller);

/* For loops that wait: takes what is there; keys go to input.c. */
void usb_look(struct xhci *controller);

/* ---- usb.c */

/* A controller works: what is plugged in is looked for now. Boot CPU. */
void usb_start(struct xhci *controller, int interrupts);

/* Something changed at a port; any CPU. */
extern volatile uint8_t usb_attention;

/* Finds out what is plugged in there and drives it. 0, also for what we do
 * not drive, or an error. */
int usb_attach(const struct usb_place *place);

/* All at that place, and behind it, is gone. Interrupts off or not. */
void usb_unplugged(const struct xhci *controller, const struct usb_device *hub,
                   unsigned port);

/* Looks at ports where something changed, which may take seconds; 1 if there
 * was one. Boot CPU, interrupts on or off, with no lock. */
int usb_attend(void);

/* SET_CONFIGURATION, once the endpoints are open. 0 or an error. */
int usb_configure(struct usb_device *device);

/* A request without data to the device's interface. 0 or an error. */
int usb_interface_request(struct usb_device *device, uint8_t request,
                          uint16_t value);

/* Makes an endpoint work again on both sides. 0 or an error. */
int usb_clear_halt(struct usb_device *device, struct usb_endpoint *endpoint);

/* A zeroed page or pages, 0 if there are none left. */
void *usb_page_take(unsigned pages);

/* Waits. */
void usb_delay(uint32_t us);

/* Some controller with a keyboard or hub cannot interrupt: keys come only when
 * input_collect is called again and again. */
extern uint8_t usb_polled;

/* The other CPUs were stopped, or os is entered again: nobody is in here. */
void usb_reset(void);

/* ---- drivers of devices: 0 or an error. */
int usb_hub_start(struct usb_device *device);
int usb_keyboard_start(struct usb_device *device);
int usb_storage_start(struct usb_device *device);

/* How many disks were made of it: they stay, whatever becomes of it. */
unsigned usb_storage_disks(const struct usb_device *device);

/* Attaches what is at ports of the hub that were not looked at yet. */
void usb_hub_scan(struct usb_device *device);

/* 1 while reports wait for usb_keyboard_receive, which hands keys to
 * input_key_add; see input_add_source. */
int usb_keyboard_pending(void);
void usb_keyboard_receive(void);

/* It is gone. */
void usb_keyboard_stop(struct usb_device *device);
