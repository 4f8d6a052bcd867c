/* sysinfo.h - filling the system information table, and the lists beside it.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The table itself is described in include/pure64/sysinfo.h; ACPI, the clock
 * and the CPUs are entered there by those who find them. Boot CPU only.
 */
#pragma once
#include "memory_map.h"
#include <pure64/boot_info.h>
#include <stdint.h>

/* Clears the table and enters what the boot stage and CPUID tell, copies
 * command line and font. The fixed regions must be known to be RAM. */
void sysinfo_init(const struct boot_info *boot);

/* Copies the firmware's memory map to LAYOUT_E820 or LAYOUT_UEFI_MAP, as many
 * records as fit, with a zero record behind. */
void sysinfo_copy_map(const struct memory_source *map);

/* Bytes sysinfo_copy_map writes at LAYOUT_UEFI_MAP; 0 for E820. */
uint32_t sysinfo_uefi_map_size(const struct memory_source *map);

/* The final word: writes the list at LAYOUT_RAM_LIST, the one at
 * LAYOUT_USABLE_LIST, and the fields about them. `total`: bytes of RAM in the
 * machine; `frames`: 2 MiB pages mapped from LAYOUT_HIGH_RAM. */
void sysinfo_list_ram(const struct memory_ranges *free_ram, uint64_t total,
                      uint64_t frames);

/* Address bits of this CPU, CPUID 0x80000008. */
struct sysinfo_bits {
    uint8_t physical, virtual;
};
struct sysinfo_bits sysinfo_address_bits(void);
