/* disk.h - disk_info of struct baremetal, and disk_read, disk_write and
 * disk_flush, whose callers wait. Any CPU.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

int disk_info(unsigned disk, struct baremetal_disk *info);
int disk_read(unsigned disk, uint64_t sector, size_t count, void *buffer);
int disk_write(unsigned disk, uint64_t sector, size_t count,
               const void *buffer);
int disk_flush(unsigned disk);

/* No CPU is in any of them any more. Boot CPU. */
void disk_reset(void);
