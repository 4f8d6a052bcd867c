/* devices.h - the list of PCI functions, and of virtio devices elsewhere.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>
#include <kernel/pci.h>

/* In the list of drivers: takes no function, but notes each one it is
 * offered. */
extern const struct pci_driver devices_list;

/* What the driver of the function that was noted last said: 1 it took it, 0
 * there is none, or BAREMETAL_E*, which is printed. */
void devices_note(int result);

/* A driver of os took the function at that address: what it is called there. */
void devices_name(uint32_t address, const char name[8]);

/* How many there are. */
unsigned devices_count(void);

/* struct baremetal's pci_info. */
int devices_info(unsigned number, struct baremetal_pci *info);

/* Writes where the device is, as in `devices`: no new line. */
void devices_print_place(const struct baremetal_pci *info);

/* What kind of function that class is, in a few words. */
const char *devices_class_text(uint32_t class);
