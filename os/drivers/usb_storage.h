/* usb_storage.h - a USB disk: bulk-only transport, SCSI commands on it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "usb.h"

#define STORAGE_UNITS_MAX 4 /* logical units of a device, each a disk */
#define STORAGE_TRBS 64
#define STORAGE_DATA_BYTES 64 /* of commands that move no sectors */

struct usb_storage;

struct storage_unit {
    struct block_device block; /* first: it is found from there */
    struct usb_storage *storage;
    uint8_t number;            /* LUN */
};

/* One page, the second one of the device. */
struct usb_storage {
    struct xhci_trb in_ring[STORAGE_TRBS] __attribute__((aligned(64)));
    struct xhci_trb out_ring[STORAGE_TRBS];
    uint8_t wrapper[32];       /* command, then status wrapper */
    uint8_t data[STORAGE_DATA_BYTES];
    struct usb_device *device;
    void *bounce;              /* a page, if the controller cannot reach all
                                  memory: then all data go through it */
    uint32_t tag;
    uint8_t units;
    struct storage_unit unit[STORAGE_UNITS_MAX];
};
_Static_assert(sizeof(struct usb_storage) <= PAGE_SIZE, "one page");

/* A SCSI command, and the data that belong to it. */
struct storage_command {
    uint8_t block[16];         /* CDB */
    uint8_t length;            /* of that */
    uint8_t unit;
    uint8_t in;                /* data come from the device */
    const struct block_piece *pieces;
    unsigned count;            /* of pieces */
    uint32_t bytes;            /* of data, 0: none */
    uint32_t moved;            /* out: bytes of data */
};

/* The command was refused; the device has sense data. */
#define STORAGE_FAILED 1

/* Carries a command out. 0, STORAGE_FAILED, or BAREMETAL_EIO, ETIME, ENODEV:
 * then the device was made ready for another one, or is gone. */
int storage_transport(struct usb_storage *storage,
                      struct storage_command *command,
                      struct time_limit limit);
