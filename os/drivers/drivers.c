/* drivers.c - the list of the drivers in os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "drivers.h"
#include "../devices.h"

const struct pci_driver *const os_drivers[] = {
    &devices_list, /* first: to see them all */
    &usb_xhci,
    0,
};
