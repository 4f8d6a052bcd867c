/* fat_target.h - one run of the FAT code on a damaged volume.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Makes the volumes to be damaged; needs mkfs.fat. */
void fat_target_init(void);

/* The first byte says which volume, and by its highest bit whether it is
 * marked as in use; each three bytes after it what is damaged
 * (two: where; one: the new value). Mounts, walks, reads, changes; ends the
 * program if anything outside the volume is read or written, or if it takes
 * too many requests. */
void fat_target_run(const uint8_t *data, size_t size);

/* Mounts that went well since the start, of all. */
extern unsigned long fat_target_runs, fat_target_mounted;
