/* usb_storage.c - USB disks: SCSI commands, and the disks made of them.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * SCSI Block Commands 3 and SCSI Primary Commands 4 (T10); Bulk-Only
 * Transport 1.0, 3.2 "Get Max LUN". In QEMU:
 * -device qemu-xhci -device usb-storage,drive=d
 */
#include "usb_storage.h"
#include <pure64/string.h>

#define TEST_UNIT_READY 0x00
#define REQUEST_SENSE 0x03
#define INQUIRY 0x12
#define READ_CAPACITY_10 0x25
#define READ_10 0x28
#define WRITE_10 0x2A
#define SYNCHRONIZE_CACHE_10 0x35
#define READ_16 0x88
#define WRITE_16 0x8A
#define SERVICE_ACTION_IN 0x9E
#define READ_CAPACITY_16 0x10 /* its service action */

#define INQUIRY_BYTES 36
#define CAPACITY_10_BYTES 8
#define CAPACITY_16_BYTES 32
#define SENSE_BYTES 18

enum sense_key {
    SENSE_RECOVERED = 1,
    SENSE_NOT_READY = 2,
    SENSE_ILLEGAL_REQUEST = 5,
    SENSE_UNIT_ATTENTION = 6,
};
#define SENSE_BECOMING_READY 0x04 /* additional sense code */

#define GET_MAX_LUN 0xFE
#define PERIPHERAL 0xFF /* qualifier and type: 0 is a disk that is there */

/* block.c takes a driver for dead after 40 s: this and reset recovery. */
#define REQUEST_US 15000000u
#define PROBE_US 3000000u
#define READY_US 8000000u /* motors */
#define READY_STEP_US 50000
#define ATTEMPTS 3

/* What every device takes. */
#define TRANSFER_BYTES 0x10000
_Static_assert(2 * BLOCK_PIECES_MAX < STORAGE_TRBS - 1,
               "the ring has room, even if each piece takes two entries");

static void big_endian_32(uint8_t *bytes, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t from_big_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* A command whose data, if it has any, come to storage->data. */
static int small_command(struct usb_storage *storage,
                         struct storage_command *command,
                         struct time_limit limit)
{
    struct block_piece piece = {usb_physical(storage->data), command->bytes};

    memset(storage->data, 0, sizeof storage->data);
    command->in = 1;
    command->pieces = &piece;
    command->count = 1;
    return storage_transport(storage, command, limit);
}

/* Why the last command of the unit failed: sense key, and in bits 15:8 the
 * additional code. Negative after an error. SPC-4, 4.5.3 "Fixed format". */
static int sense(struct usb_storage *storage, uint8_t unit,
                 struct time_limit limit)
{
    struct storage_command command = {
        .block = {REQUEST_SENSE, [4] = SENSE_BYTES},
        .length = 6,
        .unit = unit,
        .bytes = SENSE_BYTES,
    };
    int error = small_command(storage, &command, limit);

    if (error < 0)
        return error;
    return (storage->data[2] & 0xF) | storage->data[12] << 8;
}

/* Carries a command out, again where that helps. 0, an error, or, positive,
 * what sense says. */
static int attempt(struct usb_storage *storage,
                   struct storage_command *command, int small,
                   struct time_limit limit)
{
    int result = BAREMETAL_EIO;

    for (unsigned i = 0; i < ATTEMPTS; i++) {
        result = small ? small_command(storage, command, limit)
                       : storage_transport(storage, command, limit);
        if (result == STORAGE_FAILED) {
            result = sense(storage, command->unit, limit);
            if ((result & 0xF) == SENSE_RECOVERED)
                return 0;
            if (!result)
                result = BAREMETAL_EIO;
            else if (result > 0 && (result & 0xF) != SENSE_UNIT_ATTENTION)
                return result;
        }
        if (!result || result == BAREMETAL_ENODEV || result == BAREMETAL_ETIME)
            break;
    }
    return result;
}

/* READ or WRITE, with 32 bits of address where they do: not all devices know
 * the longer command. */
static void sector_command(struct storage_command *command, int write,
                           uint64_t sector, uint32_t count)
{
    uint8_t *block = command->block;

    if (sector + count <= UINT32_MAX) {
        block[0] = write ? WRITE_10 : READ_10;
        big_endian_32(block + 2, (uint32_t)sector);
        block[7] = (uint8_t)(count >> 8);
        block[8] = (uint8_t)count;
        command->length = 10;
    } else {
        block[0] = write ? WRITE_16 : READ_16;
        big_endian_32(block + 2, (uint32_t)(sector >> 32));
        big_endian_32(block + 6, (uint32_t)sector);
        big_endian_32(block + 10, count);
        command->length = 16;
    }
}

/* Copies between the pieces and the page that the controller reaches. */
static void bounce(struct usb_storage *storage,
                   const struct block_command *block, int to_pieces)
{
    char *page = storage->bounce;

    for (unsigned i = 0; i < block->pieces; i++) {
        void *piece = system_memory_at(block->piece[i].address);
        uint32_t length = block->piece[i].length;

        if (to_pieces)
            memcpy(piece, page, length);
        else
            memcpy(page, piece, length);
        page += length;
    }
}

/* 0 or BAREMETAL_EIO, ETIME, ENODEV. */
static int sectors_move(struct storage_unit *unit,
                        const struct block_command *block)
{
    struct usb_storage *storage = unit->storage;
    int write = block->operation == BAREMETAL_DISK_WRITE;
    uint32_t bytes = block->count * unit->block.info.sector_size;
    struct block_piece whole = {usb_physical(storage->bounce), bytes};
    struct storage_command command = {
        .unit = unit->number,
        .in = !write,
        .pieces = storage->bounce ? &whole : block->piece,
        .count = storage->bounce ? 1 : block->pieces,
        .bytes = bytes,
    };
    int result;

    sector_command(&command, write, block->sector, block->count);
    if (storage->bounce && write)
        bounce(storage, block, 0);
    result = attempt(storage, &command, 0, usb_limit(REQUEST_US));
    if (result > 0 || (!result && command.moved != bytes))
        return BAREMETAL_EIO;
    if (storage->bounce && !write && !result)
        bounce(storage, block, 1);
    return result;
}

/* A device that does not know the command has no cache. */
static int flush(struct storage_unit *unit)
{
    struct storage_command command = {
        .block = {SYNCHRONIZE_CACHE_10},
        .length = 10,
        .unit = unit->number,
    };
    int result = attempt(unit->storage, &command, 1, usb_limit(REQUEST_US));

    if (result > 0)
        return (result & 0xF) == SENSE_ILLEGAL_REQUEST ? 0 : BAREMETAL_EIO;
    return result;
}

static void storage_issue(struct block_device *device,
                          const struct block_command *command)
{
    struct storage_unit *unit = (struct storage_unit *)device;
    int error = command->operation == BAREMETAL_DISK_FLUSH
                    ? flush(unit)
                    : sectors_move(unit, command);

    os_system.kernel->block_done(device, command->tag, error);
}

static const struct block_driver storage_driver = {
    .name = "usb",
    .issue = storage_issue,
};

/* 0 if it is a disk that is there. */
static int unit_inquire(struct usb_storage *storage, uint8_t number)
{
    struct storage_command command = {
        .block = {INQUIRY, [4] = INQUIRY_BYTES},
        .length = 6,
        .unit = number,
        .bytes = INQUIRY_BYTES,
    };
    int error = attempt(storage, &command, 1, usb_limit(PROBE_US));

    return error || command.moved < 1 || storage->data[0] & PERIPHERAL;
}

/* Waits while the medium is getting ready; 0 once it is. */
static int unit_wait(struct usb_storage *storage, uint8_t number)
{
    struct time_limit limit = usb_limit(READY_US);

    for (;;) {
        struct storage_command command = {
            .block = {TEST_UNIT_READY},
            .length = 6,
            .unit = number,
        };
        int result = attempt(storage, &command, 1, usb_limit(PROBE_US));

        if (result <= 0 || (result & 0xF) != SENSE_NOT_READY ||
            result >> 8 != SENSE_BECOMING_READY || usb_passed(limit))
            return result;
        usb_delay(READY_STEP_US);
    }
}

/* Learns the size; 0 if it is one we can use. */
static int unit_measure(struct usb_storage *storage, struct storage_unit *unit)
{
    struct baremetal_disk *info = &unit->block.info;
    struct storage_command command = {
        .block = {READ_CAPACITY_10},
        .length = 10,
        .unit = unit->number,
        .bytes = CAPACITY_10_BYTES,
    };
    const uint8_t *data = storage->data;
    int error = attempt(storage, &command, 1, usb_limit(PROBE_US));
    uint64_t last = from_big_endian_32(data);

    if (error || command.moved < CAPACITY_10_BYTES)
        return 1;
    info->sector_size = from_big_endian_32(data + 4);
    if (last == UINT32_MAX) {
        command = (struct storage_command){
            .block = {SERVICE_ACTION_IN, READ_CAPACITY_16,
                      [13] = CAPACITY_16_BYTES},
            .length = 16,
            .unit = unit->number,
            .bytes = CAPACITY_16_BYTES,
        };
        error = attempt(storage, &command, 1, usb_limit(PROBE_US));
        if (error || command.moved < 12)
            return 1;
        last = (uint64_t)from_big_endian_32(data) << 32 |
               from_big_endian_32(data + 4);
        info->sector_size = from_big_endian_32(data + 8);
    }
    info->sectors = last + 1;
    return !info->sectors || info->sector_size < 512 ||
           info->sector_size > 4096 ||
           info->sector_size & (info->sector_size - 1);
}

/* 1 if it is a disk now. */
static int unit_start(struct usb_storage *storage, struct storage_unit *unit,
                      uint8_t number, uint32_t pci)
{
    struct block_device *block = &unit->block;

    unit->storage = storage;
    unit->number = number;
    if (unit_inquire(storage, number) || unit_wait(storage, number) ||
        unit_measure(storage, unit))
        return 0;
    block->info.pci = pci;
    block->driver = &storage_driver;
    block->bytes_max = storage->bounce ? PAGE_SIZE : TRANSFER_BYTES;
    block->tags = 1;
    return os_system.kernel->block_add(block);
}

/* The highest number of a logical unit; devices with one may not answer. */
static unsigned last_unit(struct usb_device *device)
{
    int got = usb_control(
        device, (struct usb_setup){
                    .type = USB_TYPE_IN | USB_TYPE_CLASS | USB_TYPE_INTERFACE,
                    .request = GET_MAX_LUN,
                    .index = device->function.interface,
                    .length = 1,
                });

    return got == 1 && device->buffer[0] < 16 ? device->buffer[0] : 0;
}

int usb_storage_start(struct usb_device *device)
{
    struct usb_storage *storage = usb_page_take(1);
    unsigned last;
    int error;

    if (!storage)
        return BAREMETAL_ENOMEM;
    device->storage = storage;
    storage->device = device;
    if (usb_address_32(device) && !(storage->bounce = usb_page_take(1)))
        return BAREMETAL_ENOMEM;
    error = usb_open_endpoints(device, storage->in_ring, storage->out_ring,
                               STORAGE_TRBS);
    if (!error)
        error = usb_configure(device);
    if (error)
        return error;
    last = last_unit(device);
    for (unsigned number = 0; number <= last && !device->gone &&
                              storage->units < STORAGE_UNITS_MAX;
         number++)
        storage->units += (uint8_t)unit_start(
            storage, &storage->unit[storage->units], (uint8_t)number,
            usb_pci_address(device));
    return 0;
}

unsigned usb_storage_disks(const struct usb_device *device)
{
    return device->storage ? device->storage->units : 0;
}
