/* apic.h - interrupt controllers: local APIC, I/O APICs, and the old 8259s.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller
 * (APIC)"; 82093AA I/O APIC data sheet; 8259A data sheet.
 */
#pragma once
#include "acpi.h"
#include <stdint.h>

/* The 8259s remapped to 0x20 and 0x28 and masked, every I/O APIC entry
 * masked, the mode of the local APICs chosen (x2APIC if the firmware left it
 * on, or if an enabled CPU has an id above 254 and the CPU knows x2APIC), the
 * boot CPU's local APIC on. Fills sysinfo lapic, x2apic and boot_apic_id.
 * Boot CPU, once, interrupts off; after acpi_init, final page tables. */
void apic_init(const struct acpi *acpi);

/* This CPU's local APIC on in the chosen mode: spurious vector 0xFF, task
 * priority 0, every local vector masked. Every CPU, interrupts off. */
void apic_init_local(void);

/* 1 if the local APICs run in x2APIC mode. Any CPU, after apic_init. */
int apic_is_x2apic(void);

/* Local APIC registers, in xAPIC mode mapped at this address. */
uint64_t apic_base(void);

/* This CPU's APIC id. After apic_init_local on it. */
uint32_t apic_id(void);

/* INIT, and STARTUP at the 4 KiB page below 1 MiB with that number. Each
 * waits, bounded, until the local APIC has sent it. Return 0, or -1 if the
 * local APIC stayed busy or cannot address that id. Boot CPU. */
int apic_send_init(uint32_t id);
int apic_send_startup(uint32_t id, uint8_t page);
