/* apic.h - local APIC of the CPU that asks.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Advanced Programmable Interrupt Controller". The mode
 * (xAPIC, x2APIC) is pure64's.
 */
#pragma once
#include <stdint.h>

#define APIC_SPURIOUS_VECTOR 0xFF

/* Accepts interrupts of every priority. Each CPU, once. */
void apic_init(void);

/* This CPU's APIC id. Any CPU. */
uint32_t apic_id(void);

/* Ends the interrupt in service; nothing happens if there is none. */
void apic_end_of_interrupt(void);

/* Instead of a vector: a non-maskable interrupt. */
#define APIC_NMI 0x400

/* Sends a CPU, which may be this one, a fixed interrupt or APIC_NMI; gives up
 * silently when the local APIC stays busy. Any CPU. */
void apic_send(uint32_t id, uint32_t vector);
