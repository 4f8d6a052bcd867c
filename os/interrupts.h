/* interrupts.h - interrupts of devices: who handles them, and how they get to
 * the boot CPU.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/interrupt.h>
#include <kernel/pci.h>

/* A handler runs on the boot CPU with interrupts off on an IST stack, and must
 * not wait for a lock; the end of interrupt is sent behind it. */
typedef void interrupt_handler(void *context);

/* 1 if there is an I/O APIC that works. Without one ISA interrupts and lines
 * do not come, and devices have to be polled. */
int interrupts_available(void);

/* Routes an ISA interrupt (0-15), with the override, polarity and trigger
 * mode the firmware's tables give it, to the boot CPU. 0, or ENODEV if there is
 * no I/O APIC for it or there are too many handlers. Boot CPU. */
int interrupts_isa(unsigned irq, interrupt_handler *handler, void *context);

/* To be added to the number of an interrupt that is a PCI function's line:
 * level triggered, active low, if the tables do not say otherwise. Handlers
 * that share the line are all called. */
#define INTERRUPTS_LINE 0xA000

/* A vector of its own for the handler, for MSI or the local APIC; 0 if all
 * are taken. Boot CPU. */
unsigned interrupts_vector(interrupt_handler *handler, void *context);

/* Calls handler(context) whenever the function interrupts: by MSI-X (its first
 * entry), else MSI, else its line; a virtio device that is not on PCI by its own
 * interrupt. 0, or ENODEV if it has none of them or all vectors are taken. With
 * a line the handler is also called for devices that share it. Boot CPU. */
int interrupts_pci(const struct pci_function *function,
                   interrupt_handler *handler, void *context);

/* What the interrupt that is being handled found. In a handler. */
struct interrupt_frame *interrupts_frame(void);

/* struct os_head's. */
void interrupts_dispatch(struct interrupt_frame *frame);

/* ioapic.c: routes an interrupt of the PIC's numbers to the boot CPU, and
 * unmasks it. `entry` is a vector whose lowest four bits are the number, and
 * INTERRUPTS_LINE or not; the firmware's tables come first. 0, or ENODEV if no
 * I/O APIC serves it. */
int ioapic_route(uint32_t entry);
int ioapic_available(void);

/* The same for a global interrupt of ACPI, with that vector, level or edge
 * triggered, active low or high. */
int ioapic_connect(uint32_t gsi, unsigned vector, int level, int low);
