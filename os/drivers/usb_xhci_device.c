/* usb_xhci_device.c - slots of an xHCI host controller: addresses, contexts,
 * endpoints.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xHCI 1.2: 4.3 "USB Device Initialization", 4.6 "Command Interface", 6.2
 * "Contexts".
 */
#include "usb_xhci.h"
#include <pure64/string.h>

#define SLOT_HUB (1u << 26)
#define SLOT_ENTRIES(count) ((uint32_t)(count) << 27)
#define SLOT_ENTRIES_MASK SLOT_ENTRIES(31)

#define ADD_SLOT (1u << 0)
#define ADD_CONTROL (1u << XHCI_CONTEXT_CONTROL)

#define ENDPOINT_RETRIES (3u << 1) /* CErr */
#define ENDPOINT_STATE 7u

/* Every context is 32 bytes of meaning, 8 words. */
#define CONTEXT_WORDS 8

/* The device's context: 0 slot, else an endpoint; the controller writes it. */
static volatile uint32_t *device_context(struct usb_device *device,
                                         unsigned index)
{
    return (volatile uint32_t *)(device->context +
                                 index *
                                     device->place.controller->context_bytes);
}

/* The same in the input of a command. */
static uint32_t *input_context(struct xhci *xhci, unsigned index)
{
    return (uint32_t *)(xhci->input + (index + 1) * xhci->context_bytes);
}

/* Prepares an input that drops and adds contexts by the bits' numbers. The
 * slot's is what the controller has now. */
static void input_begin(struct usb_device *device, uint32_t drop, uint32_t add)
{
    struct xhci *xhci = device->place.controller;
    uint32_t *control = (uint32_t *)xhci->input;
    uint32_t *slot = input_context(xhci, 0);

    memset(xhci->input, 0, sizeof xhci->input);
    control[0] = drop;
    control[1] = add;
    for (unsigned i = 0; i < CONTEXT_WORDS; i++)
        slot[i] = device_context(device, 0)[i];
    slot[3] = 0; /* address and state are the controller's */
}

/* 6.2.3.6 "Interval": from milliseconds, or from exponents of 125 us. */
static unsigned interval_exponent(const struct usb_device *device,
                                  const struct usb_endpoint *endpoint)
{
    unsigned interval = endpoint->info.interval ? endpoint->info.interval : 1;
    unsigned exponent = 3;

    if (endpoint->type != XHCI_INTERRUPT_IN)
        return 0;
    if (device->place.speed >= USB_SPEED_HIGH)
        return (interval < 16 ? interval : 16) - 1;
    for (; interval > 1; interval >>= 1)
        exponent++;
    return exponent;
}

static void input_endpoint(struct usb_device *device,
                           const struct usb_endpoint *endpoint)
{
    struct xhci *xhci = device->place.controller;
    uint32_t *context = input_context(xhci, endpoint->index);
    uint32_t *slot = input_context(xhci, 0);
    uint64_t position = xhci_ring_position(&endpoint->ring);
    uint32_t packet = endpoint->info.packet;
    int periodic = endpoint->type == XHCI_INTERRUPT_IN;

    context[0] = interval_exponent(device, endpoint) << 16;
    context[1] = ENDPOINT_RETRIES | (uint32_t)endpoint->type << 3 |
                 (uint32_t)endpoint->info.burst << 8 | packet << 16;
    context[2] = (uint32_t)position;
    context[3] = (uint32_t)(position >> 32);
    /* Average length of a TRB; above it, bytes in a service interval. */
    context[4] = endpoint->type == XHCI_CONTROL
                     ? 8
                     : packet | (periodic ? packet *
                                                (endpoint->info.burst + 1u)
                                                << 16
                                          : 0);
    if (slot[0] >> 27 < endpoint->index)
        slot[0] = (slot[0] & ~SLOT_ENTRIES_MASK) |
                  SLOT_ENTRIES(endpoint->index);
}

static int device_command(struct usb_device *device, enum xhci_trb_type type)
{
    struct xhci *xhci = device->place.controller;

    return xhci_command(xhci, type, usb_physical(xhci->input),
                        XHCI_TRB_SLOT(device->slot));
}

static void endpoint_init(struct usb_endpoint *endpoint, unsigned type,
                          struct xhci_trb *trb, unsigned trbs)
{
    unsigned number = endpoint->info.address & 0xF;

    endpoint->index = (uint8_t)(2 * number +
                                (type == XHCI_CONTROL ||
                                 endpoint->info.address & USB_ENDPOINT_IN));
    endpoint->type = (uint8_t)type;
    endpoint->state = USB_ENDPOINT_IDLE;
    xhci_ring_init(&endpoint->ring, trb, trbs);
}

/* Size of the control endpoint's packets; of a full-speed device it has to be
 * asked. */
static uint16_t first_packet(const struct usb_device *device)
{
    return device->place.speed >= USB_SPEED_SUPER  ? 512
           : device->place.speed == USB_SPEED_HIGH ? 64
                                                   : 8;
}

static int slot_enable(struct usb_device *device)
{
    struct xhci *xhci = device->place.controller;
    unsigned major;
    int error = xhci_command(
        xhci, XHCI_TRB_ENABLE_SLOT, 0,
        xhci_slot_type(xhci, device->root_port, &major) << 16);
    unsigned slot = xhci->command_slot;

    if (error)
        return error;
    if (!slot || slot > xhci->slots || xhci->device[slot])
        return BAREMETAL_EIO;
    xhci->contexts[slot] = usb_physical(device->context);
    device->slot = (uint8_t)slot;
    xhci->device[slot] = device;
    return 0;
}

int usb_open(struct usb_device *device)
{
    struct xhci *xhci = device->place.controller;
    uint32_t *slot = input_context(xhci, 0);
    int error = slot_enable(device);

    if (error)
        return error;
    device->control.info.packet = first_packet(device);
    endpoint_init(&device->control, XHCI_CONTROL, device->control_ring,
                  USB_CONTROL_TRBS);
    input_begin(device, 0, ADD_SLOT | ADD_CONTROL);
    slot[0] = device->route | (uint32_t)device->place.speed << 20;
    slot[1] = (uint32_t)device->root_port << 16;
    slot[2] = device->tt_slot | (uint32_t)device->tt_port << 8;
    input_endpoint(device, &device->control);
    return device_command(device, XHCI_TRB_ADDRESS_DEVICE);
}

int usb_close(struct usb_device *device)
{
    struct xhci *xhci = device->place.controller;
    unsigned slot = device->slot;
    int error;

    device->gone = 1;
    if (!slot)
        return 0;
    error = xhci_command(xhci, XHCI_TRB_DISABLE_SLOT, 0, XHCI_TRB_SLOT(slot));
    /* All its events came before that one. */
    xhci->device[slot] = 0;
    device->slot = 0;
    if (!error)
        xhci->contexts[slot] = 0;
    return error;
}

int usb_open_packet(struct usb_device *device, uint16_t packet)
{
    if (device->control.info.packet == packet)
        return 0;
    device->control.info.packet = packet;
    input_begin(device, 0, ADD_CONTROL);
    input_endpoint(device, &device->control);
    return device_command(device, XHCI_TRB_EVALUATE_CONTEXT);
}

int usb_open_endpoints(struct usb_device *device, struct xhci_trb *in,
                       struct xhci_trb *out, unsigned trbs)
{
    const struct usb_function *function = &device->function;
    uint32_t add = ADD_SLOT;

    device->in.info = function->in;
    endpoint_init(&device->in,
                  function->kind == USB_KIND_STORAGE ? XHCI_BULK_IN
                                                     : XHCI_INTERRUPT_IN,
                  in, trbs);
    add |= 1u << device->in.index;
    if (out) {
        device->out.info = function->out;
        endpoint_init(&device->out, XHCI_BULK_OUT, out, trbs);
        add |= 1u << device->out.index;
    }
    input_begin(device, 0, add);
    input_endpoint(device, &device->in);
    if (out)
        input_endpoint(device, &device->out);
    return device_command(device, XHCI_TRB_CONFIGURE_ENDPOINT);
}

int usb_open_hub(struct usb_device *device, unsigned ports, unsigned think)
{
    uint32_t *slot = input_context(device->place.controller, 0);

    input_begin(device, 0, ADD_SLOT);
    slot[0] |= SLOT_HUB;
    slot[1] = (slot[1] & 0x00FFFFFF) | (uint32_t)ports << 24;
    if (device->place.speed == USB_SPEED_HIGH)
        slot[2] |= (uint32_t)(think & 3) << 16;
    return device_command(device, XHCI_TRB_CONFIGURE_ENDPOINT);
}

/* Brings it to the state Stopped, from where it can be set up anew. */
static int endpoint_stop(struct usb_device *device,
                         const struct usb_endpoint *endpoint)
{
    struct xhci *xhci = device->place.controller;
    uint32_t which =
        XHCI_TRB_SLOT(device->slot) | XHCI_TRB_ENDPOINT(endpoint->index);
    int error = 0;

    /* Twice: it may halt when it is about to be stopped. */
    for (unsigned i = 0; i < 2; i++) {
        uint32_t state =
            *device_context(device, endpoint->index) & ENDPOINT_STATE;

        if (state == XHCI_ENDPOINT_HALTED)
            return xhci_command(xhci, XHCI_TRB_RESET_ENDPOINT, 0, which);
        if (state != XHCI_ENDPOINT_RUNNING)
            return 0;
        error = xhci_command(xhci, XHCI_TRB_STOP_ENDPOINT, 0, which);
        if (!error || error == BAREMETAL_ENODEV)
            break;
    }
    return error;
}

/* The control endpoint goes on at the start of its ring; another one is
 * dropped and added, as that alone makes its data toggle (USB 3: its sequence
 * number) start anew whatever state it was in: 4.6.6 "Configure Endpoint". */
int usb_endpoint_reset(struct usb_device *device,
                       struct usb_endpoint *endpoint)
{
    uint32_t bit = 1u << endpoint->index;
    int error;

    if (!device->slot || device->gone || device->place.controller->dead)
        return BAREMETAL_ENODEV;
    error = endpoint_stop(device, endpoint);
    if (error)
        return error;
    endpoint->state = USB_ENDPOINT_IDLE;
    xhci_ring_init(&endpoint->ring, endpoint->ring.trb, endpoint->ring.size);
    if (endpoint->type == XHCI_CONTROL)
        return xhci_command(device->place.controller, XHCI_TRB_SET_DEQUEUE,
                            xhci_ring_position(&endpoint->ring),
                            XHCI_TRB_SLOT(device->slot) |
                                XHCI_TRB_ENDPOINT(endpoint->index));
    input_begin(device, bit, ADD_SLOT | bit);
    input_endpoint(device, endpoint);
    return device_command(device, XHCI_TRB_CONFIGURE_ENDPOINT);
}

int usb_address_32(const struct usb_device *device)
{
    return device->place.controller->address_32;
}

uint32_t usb_pci_address(const struct usb_device *device)
{
    return device->place.controller->function.address;
}
