/* devices.c - the list of devices, and what drives each.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Classes: PCI Code and ID Assignment Specification.
 */
#include "devices.h"
#include "print.h"
#include "system.h"
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define DEVICES_MAX 256

#define CLASS(class) ((class) >> 16)
#define CLASS_DISPLAY 0x03
#define CLASS_BRIDGE 0x06
#define CLASS_IDE 0x0101

/* In the place of a driver's name. */
static const char FAILED[sizeof ((struct baremetal_pci *)0)->driver] = "failed";
static const char UNUSED[sizeof FAILED] = "no disk";

static struct baremetal_pci devices[DEVICES_MAX];
static unsigned count;

static int devices_probe(const struct pci_function *function)
{
    if (count < DEVICES_MAX) {
        struct baremetal_pci *info = &devices[count++];

        info->address = function->address;
        info->device = function->device;
        info->vendor = function->vendor;
        info->class = function->class;
    }
    return 0;
}

const struct pci_driver devices_list = {
    .probe = devices_probe,
    .first = PCI_NOWHERE + 1,
    .last = UINT32_MAX,
};

void devices_note(int result)
{
    struct baremetal_pci *last = &devices[count ? count - 1 : 0];

    if (!result || last->driver[0])
        return;
    memcpy(last->driver, result < 0 ? FAILED : UNUSED, sizeof last->driver);
    if (result < 0) {
        devices_print_place(last);
        print(os_system.os, ": this %s does not work: %s\n",
              devices_class_text(last->class),
              result == BAREMETAL_ENOMEM ? "not enough memory"
                                         : "it does not answer as it should");
    }
}

void devices_print_place(const struct baremetal_pci *info)
{
    uint32_t address = info->address;

    if (info->class & BAREMETAL_PCI_MMIO)
        print(os_system.os, "virtio-mmio at 0x%08x", address);
    else
        print(os_system.os, "%04x:%02x:%02x.%x", address >> 16,
              address >> 8 & 0xFF, address >> 3 & 0x1F, address & 7);
}

void devices_name(uint32_t address, const char name[8])
{
    for (unsigned i = 0; i < count; i++)
        if (devices[i].address == address)
            memcpy(devices[i].driver, name, sizeof devices[i].driver);
}

/* The disk or network interface that the function is, or the first of them. */
static int find_name(struct baremetal_pci *info)
{
    struct baremetal_disk disk;
    struct baremetal_net net;

    for (unsigned i = 0; !os_system.os->disk_info(i, &disk); i++)
        if (disk.pci ? disk.pci == info->address
                     : info->class >> 8 == CLASS_IDE &&
                           memcmp(disk.name, "ata", 3) == 0) {
            memcpy(info->driver, disk.name, sizeof info->driver);
            return 1;
        }
    for (unsigned i = 0; !os_system.os->net_info(i, &net); i++)
        if (net.pci == info->address) {
            memcpy(info->driver, net.name, sizeof info->driver);
            return 1;
        }
    return 0;
}

unsigned devices_count(void)
{
    return count;
}

int devices_info(unsigned number, struct baremetal_pci *info)
{
    if (number >= count)
        return BAREMETAL_ENODEV;
    *info = devices[number];
    if ((info->driver[0] && memcmp(info->driver, UNUSED, sizeof UNUSED)) ||
        find_name(info))
        return 0;
    if (CLASS(info->class) == CLASS_BRIDGE)
        memcpy(info->driver, "bridge", 7);
    else if (CLASS(info->class) == CLASS_DISPLAY && SYSINFO->frame_buffer)
        memcpy(info->driver, "screen", 7);
    return 0;
}

static const struct {
    uint32_t class, mask;
    const char *text;
} classes[] = {
    {BAREMETAL_PCI_MMIO | 1, UINT32_MAX, "virtio network device"},
    {BAREMETAL_PCI_MMIO | 2, UINT32_MAX, "virtio block device"},
    {BAREMETAL_PCI_MMIO | 8, UINT32_MAX, "virtio SCSI controller"},
    {BAREMETAL_PCI_MMIO, BAREMETAL_PCI_MMIO, "virtio device"},
    {0x000000, 0xFF0000, "device"},
    {0x010000, 0xFFFF00, "SCSI controller"},
    {0x010100, 0xFFFF00, "IDE controller"},
    {0x010400, 0xFFFF00, "RAID controller"},
    {0x010600, 0xFFFF00, "SATA controller"},
    {0x010700, 0xFFFF00, "SAS controller"},
    {0x010800, 0xFFFF00, "NVMe controller"},
    {0x010000, 0xFF0000, "disk controller"},
    {0x020000, 0xFFFF00, "Ethernet controller"},
    {0x020000, 0xFF0000, "network controller"},
    {0x030000, 0xFF0000, "display controller"},
    {0x040000, 0xFF0000, "audio device"},
    {0x050000, 0xFF0000, "memory controller"},
    {0x060000, 0xFFFF00, "host bridge"},
    {0x060100, 0xFFFF00, "ISA bridge"},
    {0x060400, 0xFFFF00, "PCI bridge"},
    {0x060000, 0xFF0000, "bridge"},
    {0x070000, 0xFF0000, "communication device"},
    {0x080000, 0xFF0000, "system device"},
    {0x090000, 0xFF0000, "input device"},
    {0x0C0300, 0xFFFFFF, "USB UHCI controller"},
    {0x0C0310, 0xFFFFFF, "USB OHCI controller"},
    {0x0C0320, 0xFFFFFF, "USB EHCI controller"},
    {0x0C0330, 0xFFFFFF, "USB xHCI controller"},
    {0x0C0500, 0xFFFF00, "SMBus controller"},
    {0x0C0000, 0xFF0000, "serial bus controller"},
    {0x0D0000, 0xFF0000, "wireless controller"},
    {0x100000, 0xFF0000, "encryption device"},
    {0x120000, 0xFF0000, "accelerator"},
};

const char *devices_class_text(uint32_t class)
{
    for (unsigned i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if ((class & classes[i].mask) == classes[i].class)
            return classes[i].text;
    return "device";
}
