/* ata_identify.h - what an ATA disk says of itself.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* Word 83, "Commands and feature sets supported". */
#define ATA_FEATURE_EXT (1u << 10)       /* 48-bit addresses */
#define ATA_FEATURE_FLUSH (1u << 12)     /* FLUSH CACHE */
#define ATA_FEATURE_FLUSH_EXT (1u << 13)

/* Takes the sizes from the data of IDENTIFY DEVICE (ACS, "IDENTIFY DEVICE"),
 * at a multiple of 8. Returns word 83, 1 if that is not valid; 0 if we cannot
 * use the disk. */
unsigned ata_identify(struct baremetal_disk *info, const uint16_t *id);
