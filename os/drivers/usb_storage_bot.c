/* usb_storage_bot.c - the bulk-only transport of USB disks.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Universal Serial Bus Mass Storage Class, Bulk-Only Transport 1.0: chapter 5
 * "Command/Data/Status Protocol", 5.3.4 "Reset Recovery", figure 2 "Status
 * Transport Flow".
 */
#include "usb_storage.h"
#include <pure64/string.h>

#define COMMAND_SIGNATURE 0x43425355u /* "USBC" */
#define STATUS_SIGNATURE 0x53425355u  /* "USBS" */
#define COMMAND_BYTES 31
#define STATUS_BYTES 13
#define COMMAND_IN 0x80
#define RESET_REQUEST 0xFF

enum storage_status {
    STATUS_PASSED = 0,
    STATUS_FAILED = 1,
};

struct command_wrapper {
    uint32_t signature, tag, bytes;
    uint8_t flags, unit, length;
    uint8_t block[16];
} __attribute__((packed));
_Static_assert(sizeof(struct command_wrapper) == COMMAND_BYTES, "5.1");

struct status_wrapper {
    uint32_t signature, tag, residue;
    uint8_t status;
} __attribute__((packed));
_Static_assert(sizeof(struct status_wrapper) == STATUS_BYTES, "5.2");

/* Reset recovery; a device that does not even do that is given up. */
static void recover(struct usb_storage *storage)
{
    struct usb_device *device = storage->device;

    if (usb_interface_request(device, RESET_REQUEST, 0) ||
        usb_clear_halt(device, &device->in) ||
        usb_clear_halt(device, &device->out))
        device->gone = 1;
}

/* Moves the wrapper: bytes moved or an error. */
static int wrapper_move(struct usb_storage *storage,
                        struct usb_endpoint *endpoint, uint32_t length,
                        struct time_limit limit)
{
    struct block_piece piece = {usb_physical(storage->wrapper), length};

    return usb_transfer(storage->device, endpoint, &piece, 1, limit);
}

static int command_send(struct usb_storage *storage,
                        const struct storage_command *command,
                        struct time_limit limit)
{
    struct command_wrapper wrapper = {
        .signature = COMMAND_SIGNATURE,
        .tag = ++storage->tag,
        .bytes = command->bytes,
        .flags = command->in ? COMMAND_IN : 0,
        .unit = command->unit,
        .length = command->length,
    };
    int moved;

    memcpy(wrapper.block, command->block, sizeof wrapper.block);
    memcpy(storage->wrapper, &wrapper, sizeof wrapper);
    moved = wrapper_move(storage, &storage->device->out, COMMAND_BYTES, limit);
    return moved == COMMAND_BYTES ? 0
           : moved == BAREMETAL_ETIME || moved == BAREMETAL_ENODEV
               ? moved
               : BAREMETAL_EIO;
}

/* A stall ends the data early; how it went, the status tells. */
static int data_move(struct usb_storage *storage,
                     struct storage_command *command, struct time_limit limit)
{
    struct usb_device *device = storage->device;
    struct usb_endpoint *endpoint = command->in ? &device->in : &device->out;
    int moved;

    command->moved = 0;
    if (!command->bytes)
        return 0;
    moved = usb_transfer(device, endpoint, command->pieces, command->count,
                         limit);
    if (moved == USB_STALL)
        return usb_clear_halt(device, endpoint) ? BAREMETAL_EIO : 0;
    if (moved < 0)
        return moved;
    command->moved = (uint32_t)moved;
    return 0;
}

/* Bytes of the status that came, or an error. It is asked for again after a
 * stall, and after an empty packet, which ends the data of some devices. */
static int status_receive(struct usb_storage *storage, struct time_limit limit)
{
    struct usb_device *device = storage->device;
    int moved = 0;

    for (unsigned i = 0; i < 2; i++) {
        moved = wrapper_move(storage, &device->in, STATUS_BYTES, limit);
        if (moved == USB_STALL && usb_clear_halt(device, &device->in))
            return BAREMETAL_EIO;
        if (moved && moved != USB_STALL)
            break;
    }
    return moved == USB_STALL ? BAREMETAL_EIO : moved;
}

/* 6.3 "Valid and Meaningful CSW". 0, STORAGE_FAILED or BAREMETAL_EIO. */
static int status_check(const struct usb_storage *storage,
                        struct storage_command *command, int moved)
{
    struct status_wrapper status;

    memcpy(&status, storage->wrapper, sizeof status);
    if (moved != STATUS_BYTES || status.signature != STATUS_SIGNATURE ||
        status.tag != storage->tag || status.status > STATUS_FAILED)
        return BAREMETAL_EIO;
    if (status.status == STATUS_FAILED)
        return STORAGE_FAILED;
    /* What was read is here, whatever the residue says: some devices get it
     * wrong. Whether what was written was used, it alone can tell. */
    if (!command->in && status.residue)
        command->moved = command->bytes > status.residue
                             ? command->bytes - status.residue
                             : 0;
    return 0;
}

int storage_transport(struct usb_storage *storage,
                      struct storage_command *command,
                      struct time_limit limit)
{
    int error = command_send(storage, command, limit);

    if (!error)
        error = data_move(storage, command, limit);
    if (!error) {
        error = status_receive(storage, limit);
        if (error >= 0)
            error = status_check(storage, command, error);
    }
    if (error < 0 && error != BAREMETAL_ENODEV)
        recover(storage);
    return storage->device->gone ? BAREMETAL_ENODEV : error;
}
