/* pci_capability.c - the list of capabilities of a PCI function.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * PCI Local Bus Specification 3.0, "Capabilities List".
 */
#include "pci_scan.h"
#include "system.h"

#define PCI_COMMAND_STATUS 0x04
#define PCI_STATUS_CAPABILITIES (1u << 20)
#define PCI_CAPABILITIES 0x34
/* 192 bytes behind the header, at least 4 bytes a capability. */
#define PCI_CAPABILITIES_MAX 48

/* In the order of their offsets, so that whoever asks for one after the other
 * comes to an end. */
unsigned pci_capability(const struct pci_function *function, uint8_t id,
                        unsigned offset)
{
    unsigned found = 0;
    uint32_t head;

    if (!(os_system.kernel->pci_read(function, PCI_COMMAND_STATUS) & PCI_STATUS_CAPABILITIES))
        return 0;
    head = os_system.kernel->pci_read(function, PCI_CAPABILITIES) << 8;
    for (unsigned i = 0; i < PCI_CAPABILITIES_MAX; i++) {
        unsigned at = head >> 8 & 0xFC;

        if (!at)
            break;
        head = os_system.kernel->pci_read(function, at);
        if ((uint8_t)head == id && at > offset &&
            (!found || at < found))
            found = at;
    }
    return found;
}
