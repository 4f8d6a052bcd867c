/* apic.h - local APIC of the CPU that asks, and the I/O APICs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Advanced Programmable Interrupt Controller"; Intel
 * 82093AA I/O APIC data sheet. The mode (xAPIC, x2APIC) is pure64's.
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

/* 1 if the I/O APIC that serves interrupt 0 answers. */
int apic_io_available(void);

/* Routes an ISA interrupt to `vector` on the boot CPU and unmasks it; does
 * nothing if no I/O APIC serves it. */
void apic_io_route(unsigned irq, uint8_t vector);
