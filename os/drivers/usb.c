/* usb.c - USB devices: what is plugged in, and who drives it.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Universal Serial Bus Specification 2.0, 9.1 "USB Device States" and 9.4
 * "Standard Device Requests".
 */
#include "usb.h"
#include "../input.h"
#include "../log.h"
#include "drivers.h"
#include <pure64/string.h>

#define DEVICES_MAX USB_PAGES_MAX
/* Pages kept for devices that are plugged in later. */
#define SPARE_PAGES 3
#define HUBS_DEEP 5

#define ADDRESSED_US 2000 /* 9.2.6.3: until it listens to its address */
#define SETTLED_US 100000 /* 7.1.7.3 */
#define CONTROL_IDLE_US 100000
#define FAILURES_MAX 8

#define FEATURE_ENDPOINT_HALT 0
#define DESCRIPTOR_FIRST_BYTES 8
#define DESCRIPTOR_PACKET 7 /* bMaxPacketSize0 */

static struct xhci *controllers[USB_CONTROLLERS_MAX];
static struct usb_device *devices[DEVICES_MAX];
static unsigned pages_taken;
static struct spare {
    struct spare *next;
} *spares;
static uint8_t started; /* memory_take gives nothing any more */

volatile uint8_t usb_attention;
uint8_t usb_polled;

void usb_delay(uint32_t us)
{
    struct time_limit limit = usb_limit(us);

    while (!usb_passed(limit))
        ;
}

static void page_give(void *page)
{
    struct spare *spare = page;

    spare->next = spares;
    spares = spare;
}

void *usb_page_take(unsigned pages)
{
    struct spare *spare = spares;
    uint64_t page;

    if (pages == 1 && spare) {
        spares = spare->next;
        return memset(spare, 0, PAGE_SIZE);
    }
    if (started || pages_taken + pages > USB_PAGES_MAX)
        return 0;
    page = os_system.kernel->memory_take(pages);
    if (!page)
        return 0;
    pages_taken += pages;
    return system_memory_at(page);
}

int usb_configure(struct usb_device *device)
{
    int error = usb_control(
        device, (struct usb_setup){.request = USB_SET_CONFIGURATION,
                                   .value = device->function.configuration});

    return error < 0 ? error : 0;
}

int usb_interface_request(struct usb_device *device, uint8_t request,
                          uint16_t value)
{
    int error = usb_control(
        device, (struct usb_setup){
                    .type = USB_TYPE_CLASS | USB_TYPE_INTERFACE,
                    .request = request,
                    .value = value,
                    .index = device->function.interface,
                });

    return error < 0 ? error : 0;
}

int usb_clear_halt(struct usb_device *device, struct usb_endpoint *endpoint)
{
    int error = usb_control(device, (struct usb_setup){
                                        .type = USB_TYPE_ENDPOINT,
                                        .request = USB_CLEAR_FEATURE,
                                        .value = FEATURE_ENDPOINT_HALT,
                                        .index = endpoint->info.address,
                                    });

    return error < 0 ? error : usb_endpoint_reset(device, endpoint);
}

static int get_descriptor(struct usb_device *device, unsigned type,
                          unsigned length)
{
    return usb_control(device, (struct usb_setup){
                                   .type = USB_TYPE_IN,
                                   .request = USB_GET_DESCRIPTOR,
                                   .value = (uint16_t)(type << 8),
                                   .length = (uint16_t)length,
                               });
}

/* Learns the size of the control endpoint's packets, which at full speed is
 * the device's choice. */
static int learn_packet(struct usb_device *device)
{
    int got = get_descriptor(device, USB_DEVICE_DESCRIPTOR,
                             DESCRIPTOR_FIRST_BYTES);
    uint8_t packet = device->buffer[DESCRIPTOR_PACKET];

    if (got < 0)
        return got;
    if (got < DESCRIPTOR_FIRST_BYTES ||
        device->buffer[1] != USB_DEVICE_DESCRIPTOR)
        return BAREMETAL_EIO;
    if (device->place.speed != USB_SPEED_FULL)
        return 0;
    if (packet != 8 && packet != 16 && packet != 32 && packet != 64)
        return BAREMETAL_EIO;
    return usb_open_packet(device, packet);
}

/* Finds out what it is; device->function.kind is valid then. */
static int describe(struct usb_device *device)
{
    int error = learn_packet(device), got;
    size_t total;

    if (error)
        return error;
    got = get_descriptor(device, USB_CONFIGURATION_DESCRIPTOR,
                         USB_CONFIGURATION_DESCRIPTOR_BYTES);
    if (got < 0)
        return got;
    total = usb_descriptor_total(device->buffer, (size_t)got);
    if (!total)
        return BAREMETAL_EIO;
    got = get_descriptor(device, USB_CONFIGURATION_DESCRIPTOR,
                         total < USB_BUFFER_BYTES ? (unsigned)total
                                                  : USB_BUFFER_BYTES);
    if (got < 0)
        return got;
    usb_descriptor_parse(device->buffer, (size_t)got, &device->function);
    return 0;
}

static int drive(struct usb_device *device)
{
    switch (device->function.kind) {
    case USB_KIND_HUB:
        return usb_hub_start(device);
    case USB_KIND_KEYBOARD:
        return usb_keyboard_start(device);
    case USB_KIND_STORAGE:
        /* Disks are numbered at start. */
        return started ? 0 : usb_storage_start(device);
    default:
        return 0;
    }
}

/* The controller's view of where it is. */
static void place_device(struct usb_device *device,
                         const struct usb_place *place)
{
    const struct usb_device *hub = place->hub;

    device->place = *place;
    device->root_port = place->port;
    if (!hub)
        return;
    device->root_port = hub->root_port;
    device->depth = hub->depth + 1;
    device->route = hub->route | (place->port < 15u ? place->port : 15u)
                                     << 4 * hub->depth;
    if (place->speed >= USB_SPEED_HIGH)
        return;
    device->tt_slot = hub->tt_slot;
    device->tt_port = hub->tt_port;
    if (hub->place.speed == USB_SPEED_HIGH) {
        device->tt_slot = hub->slot;
        device->tt_port = place->port;
    }
}

/* Leaves a device for good; its pages are used again if the controller has
 * let go of them. Those of a disk stay, as the disk does: it has no more than
 * errors to tell. */
static void drop(struct usb_device **device)
{
    struct usb_device *old = *device;
    int storage = old->function.kind == USB_KIND_STORAGE;

    if (storage && usb_storage_disks(old)) {
        usb_close(old);
        return;
    }
    *device = 0;
    if (old->function.kind == USB_KIND_KEYBOARD)
        usb_keyboard_stop(old);
    if (usb_close(old))
        return;
    if (storage && old->storage)
        page_give(old->storage);
    page_give(old);
}

static void note(const struct usb_device *device)
{
    static const char *const kinds[] = {
        [USB_KIND_NONE] = "device without a driver", [USB_KIND_HUB] = "hub",
        [USB_KIND_KEYBOARD] = "keyboard", [USB_KIND_STORAGE] = "disk",
    };

    log_note("usb: %s at port %u%s", kinds[device->function.kind],
             device->place.port, device->place.hub ? " of a hub" : "");
}

int usb_attach(const struct usb_place *place)
{
    struct usb_device **entry = devices, *device;
    int error;

    while (entry < devices + DEVICES_MAX && *entry)
        entry++;
    if (entry == devices + DEVICES_MAX ||
        (place->hub && place->hub->depth + 1 > HUBS_DEEP) ||
        !(device = usb_page_take(1)))
        return BAREMETAL_ENOMEM;
    *entry = device;
    place_device(device, place);
    error = usb_open(device);
    usb_delay(ADDRESSED_US);
    if (!error)
        error = describe(device);
    if (!error)
        error = drive(device);
    if (device->gone)
        error = BAREMETAL_ENODEV;
    if (!error)
        note(device);
    if (error || device->function.kind == USB_KIND_NONE ||
        (started && device->function.kind == USB_KIND_STORAGE))
        drop(entry);
    return error;
}

void usb_unplugged(const struct xhci *controller, const struct usb_device *hub,
                   unsigned port)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++) {
        struct usb_device *device = devices[i];

        if (!device || device->gone || device->place.controller != controller)
            continue;
        for (const struct usb_device *at = device; at; at = at->place.hub)
            if (at->place.hub == hub && at->place.port == port)
                device->gone = 1;
    }
}

/* Hubs found while this runs are looked at too. */
static void scan_hubs(void)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++) {
        struct usb_device *device = devices[i];

        if (!device || device->gone ||
            device->function.kind != USB_KIND_HUB || !device->hub.changed)
            continue;
        usb_hub_scan(device);
        i = -1u;
    }
}

/* The interrupt endpoint had an error, or is in doubt: keys must come again.
 * While there is no done(), reports that still come start nothing. */
static void recover(struct usb_device *device)
{
    struct time_limit limit = usb_limit(CONTROL_IDLE_US);
    void (*done)(struct usb_device *, struct usb_endpoint *) =
        device->control.done;
    int error;

    while (device->control.state == USB_ENDPOINT_BUSY &&
           !device->keyboard.doubtful && !usb_passed(limit))
        usb_look(device->place.controller);
    device->control.done = 0;
    if (device->control.state == USB_ENDPOINT_BUSY ||
        device->keyboard.doubtful)
        usb_endpoint_reset(device, &device->control);
    device->keyboard.doubtful = 0;
    error = usb_clear_halt(device, &device->in);
    if (error == USB_STALL) /* some do not know the request */
        error = usb_endpoint_reset(device, &device->in);
    if (++device->failures > FAILURES_MAX || error)
        device->gone = 1;
    device->control.done = done;
    usb_report_ask(device);
}

/* Whether they were asked for their next report, and what is under way besides,
 * is not known: recover sets their endpoints up anew. */
static void doubt_keyboards(const struct xhci *controller)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        if (devices[i] && devices[i]->place.controller == controller &&
            devices[i]->function.kind == USB_KIND_KEYBOARD) {
            devices[i]->keyboard.doubtful = 1;
            usb_attention = 1;
        }
}

/* Devices that are gone are forgotten. */
static void look_after_devices(void)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++) {
        struct usb_device *device = devices[i];

        if (!device)
            continue;
        if (!device->gone && device->function.kind == USB_KIND_KEYBOARD &&
            (device->in.state == USB_ENDPOINT_IDLE ||
             device->keyboard.doubtful))
            recover(device);
        if (device->gone)
            drop(&devices[i]);
    }
}

int usb_attend(void)
{
    const struct kernel_services *kernel = os_system.kernel;

    started = 1;
    if (!usb_attention)
        return 0;
    kernel->block_lock();
    usb_attention = 0;
    usb_delay(SETTLED_US);
    look_after_devices();
    for (unsigned i = 0; i < USB_CONTROLLERS_MAX && controllers[i]; i++)
        usb_root_scan(controllers[i]);
    scan_hubs();
    look_after_devices();
    kernel->block_release();
    return 1;
}

/* What input.c calls. */
static void receive(void)
{
    for (unsigned i = 0; i < USB_CONTROLLERS_MAX && controllers[i]; i++)
        usb_events(controllers[i]);
    usb_keyboard_receive();
}

static void pages_reserve(void)
{
    void *pages[SPARE_PAGES];
    unsigned count = 0;

    while (count < SPARE_PAGES && (pages[count] = usb_page_take(1)))
        count++;
    while (count)
        page_give(pages[--count]);
}

void usb_start(struct xhci *controller, int interrupts)
{
    unsigned i = 0;

    while (i < USB_CONTROLLERS_MAX && controllers[i])
        i++;
    if (i == USB_CONTROLLERS_MAX)
        return;
    controllers[i] = controller;
    if (!i)
        input_add_source(receive);
    if (!interrupts)
        usb_polled = 1;
    usb_attention = 0;
    usb_root_scan(controller);
    scan_hubs();
    if (!i)
        pages_reserve();
}

void usb_reset(void)
{
    for (unsigned i = 0; i < USB_CONTROLLERS_MAX && controllers[i]; i++)
        if (usb_unlock(controllers[i]))
            doubt_keyboards(controllers[i]);
}
