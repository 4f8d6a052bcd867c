/* cpus.h - start of all CPUs, and the state every one of them is put in.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, chapter "Multiple-Processor Management", section
 * "MP Initialization Protocol Algorithm for MP Systems".
 */
#pragma once
#include "acpi.h"
#include <stdint.h>

/* Puts CR0, CR4, XCR0, EFER and the PAT of this CPU to the values every CPU
 * has at kernel entry, and resets the x87 unit. Must run in long mode with
 * 4-level paging. Every CPU, once, interrupts off. */
void cpu_state_init(void);

/* Takes the start page (below 1 MiB, stays in use) and copies the code of the
 * other CPUs there. Boot CPU, once; after boot_memory is ready, before the
 * IDT is built and before cpus_start. */
void cpus_prepare(void);

/* Address of a handler that only returns (IRETQ), for vectors 32-255: in the
 * start page, so it outlives pure64. After cpus_prepare. */
uint64_t cpus_default_handler(void);

/* Starts every CPU the firmware declares, all at once, and waits until they
 * run or the time limit has passed. `cpus=N` in the boot options (text or 0):
 * only so many run in all, and the others are left alone. Fills cpus_declared, cpus_running and
 * apic_ids of the system information table, and the same of its extension
 * (cpu_apic_ids: in the start page or boot_memory). Needs the final page
 * tables, GDT and IDT, apic_init and clock_second. Boot CPU, once, interrupts
 * off. */
void cpus_start(const struct acpi *acpi, const char *options);
