/* usb_xhci.c - xHCI host controllers: taking one over from the firmware,
 * reset, start, interrupts.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xHCI 1.2: 4.2 "Host Controller Initialization", 4.22.1 "Pre-OS to OS
 * Handoff Synchronization". In QEMU: -device qemu-xhci -device usb-kbd; also
 * -device nec-usb-xhci. With the word `nousb` in the boot command line no
 * controller is touched, and what the firmware makes of USB keyboards stays.
 */
#include "usb_xhci.h"
#include "../devices.h"
#include "../input.h"
#include "../interrupts.h"
#include "../log.h"
#include "../print.h"
#include "drivers.h"
#include <pure64/options.h>
#include <pure64/sysinfo.h>

#define LEGACY_BIOS_OWNED (1u << 16)
#define LEGACY_OS_OWNED (1u << 24)
#define LEGACY_CONTROL 4 /* USBLEGCTLSTS, behind USBLEGSUP */
#define LEGACY_SMI_ENABLES 0x0000E011u
#define LEGACY_SMI_EVENTS 0xE0000000u /* cleared by ones */
#define LEGACY_US 1000000

#define HALT_US 100000
#define RESET_US 1000000
/* Some controllers must not be read so soon after a reset was asked for. */
#define RESET_REST_US 1000

/* An extended capability further from the start than this is none. */
#define EXTENDED_END 0x80000

#define SCRATCHPADS_MAX 512 /* their list is one page */
/* 5.5.2.2: interrupts follow their events at once. A CPU that looks into the
 * ring by itself would take away one that is put off, and with it what wakes
 * the program. */
#define INTERRUPT_SPACING 0

int xhci_wait(const char *block, unsigned offset, uint32_t mask,
              uint32_t value, uint32_t timeout_us)
{
    struct time_limit limit = usb_limit(timeout_us);

    while ((xhci_read(block, offset) & mask) != value)
        if (usb_passed(limit))
            return 0;
    return 1;
}

char *xhci_extended(const struct xhci *xhci, uint8_t id, const char *after)
{
    uint32_t offset = after ? (uint32_t)(after - xhci->capability) : 0;
    uint32_t step = after ? xhci_read(after, 0) >> 8 & 0xFF
                          : xhci_read(xhci->capability, XHCI_HCCPARAMS1) >> 16;

    while (step && (offset += 4 * step) < EXTENDED_END) {
        char *here =
            os_system.kernel->pci_registers(&xhci->function, 0, offset);
        uint32_t value = here ? xhci_read(here, 0) : UINT32_MAX;

        if (value == UINT32_MAX)
            break;
        if ((uint8_t)value == id)
            return here;
        step = value >> 8 & 0xFF;
    }
    return 0;
}

/* Asks the firmware for the controller; after a second takes it. Then no
 * event of it makes a system management interrupt any more. */
static void xhci_take_over(struct xhci *xhci)
{
    char *legacy = xhci_extended(xhci, XHCI_CAP_LEGACY, 0);

    if (!legacy)
        return;
    xhci_write(legacy, 0, xhci_read(legacy, 0) | LEGACY_OS_OWNED);
    if (!xhci_wait(legacy, 0, LEGACY_BIOS_OWNED, 0, LEGACY_US))
        xhci_write(legacy, 0,
                   (xhci_read(legacy, 0) & ~LEGACY_BIOS_OWNED) |
                       LEGACY_OS_OWNED);
    xhci_write(legacy, LEGACY_CONTROL,
               (xhci_read(legacy, LEGACY_CONTROL) & ~LEGACY_SMI_ENABLES) |
                   LEGACY_SMI_EVENTS);
}

/* Intel 7 and 8 Series chipsets lead each USB 2.0 port to the EHCI controller
 * until they are told otherwise: 7 Series / C216 Chipset Family PCH data
 * sheet, "USB xHCI Configuration Registers": XUSB2PR and its mask, USB3PSSEN
 * and its mask. */
#define INTEL 0x8086
#define INTEL_XUSB2PR 0xD0
#define INTEL_XUSB2PRM 0xD4
#define INTEL_USB3PSSEN 0xD8
#define INTEL_USB3PRM 0xDC

static void xhci_route_ports(const struct pci_function *function)
{
    static const uint16_t devices[] = {0x1E31, 0x8C31, 0x9C31, 0x9CB1};
    const struct kernel_services *kernel = os_system.kernel;

    for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++) {
        if (function->vendor != INTEL || function->device != devices[i])
            continue;
        kernel->pci_write(function, INTEL_USB3PSSEN,
                          kernel->pci_read(function, INTEL_USB3PRM));
        kernel->pci_write(function, INTEL_XUSB2PR,
                          kernel->pci_read(function, INTEL_XUSB2PRM));
    }
}

/* 1 once it is halted, reset and ready. */
static int xhci_reset(struct xhci *xhci)
{
    char *registers = xhci->operational;

    xhci_write(registers, XHCI_USBCMD,
               xhci_read(registers, XHCI_USBCMD) &
                   ~(XHCI_USBCMD_RS | XHCI_USBCMD_INTE));
    if (!xhci_wait(registers, XHCI_USBSTS, XHCI_USBSTS_HCH, XHCI_USBSTS_HCH,
                   HALT_US))
        return 0;
    xhci_write(registers, XHCI_USBCMD, XHCI_USBCMD_HCRST);
    usb_delay(RESET_REST_US);
    return xhci_wait(registers, XHCI_USBCMD, XHCI_USBCMD_HCRST, 0, RESET_US) &&
           xhci_wait(registers, XHCI_USBSTS, XHCI_USBSTS_CNR, 0, RESET_US);
}

/* A page the controller can reach; 0 if there is none. */
static uint64_t xhci_page(const struct xhci *xhci)
{
    uint64_t page = os_system.kernel->memory_take(1);

    return xhci->address_32 && page >> 32 ? 0 : page;
}

/* Memory that the controller wants for itself: 4.20 "Scratchpad Buffers". */
static int xhci_scratchpads(struct xhci *xhci)
{
    uint32_t limits = xhci_read(xhci->capability, XHCI_HCSPARAMS2);
    unsigned count = (limits >> 21 & 0x1F) << 5 | limits >> 27;
    uint64_t *list;

    if (!count)
        return 1;
    xhci->contexts[0] = xhci_page(xhci);
    if (count > SCRATCHPADS_MAX || !xhci->contexts[0])
        return 0;
    list = system_memory_at(xhci->contexts[0]);
    for (unsigned i = 0; i < count; i++) {
        list[i] = xhci_page(xhci);
        if (!list[i])
            return 0;
    }
    return 1;
}

/* Finds its registers, and what it can do; 0 if we cannot use it. */
static int xhci_describe(struct xhci *xhci)
{
    void *(*registers)(const struct pci_function *, unsigned, uint32_t) =
        os_system.kernel->pci_registers;
    const struct pci_function *function = &xhci->function;
    uint32_t structure, can;

    xhci->capability = registers(function, 0, 0);
    if (!xhci->capability ||
        xhci_read(xhci->capability, XHCI_CAPLENGTH) == UINT32_MAX)
        return 0;
    structure = xhci_read(xhci->capability, XHCI_HCSPARAMS1);
    can = xhci_read(xhci->capability, XHCI_HCCPARAMS1);
    xhci->operational = registers(
        function, 0, (uint8_t)xhci_read(xhci->capability, XHCI_CAPLENGTH));
    xhci->runtime = registers(
        function, 0, xhci_read(xhci->capability, XHCI_RTSOFF) & ~0x1Fu);
    xhci->doorbells = registers(
        function, 0, xhci_read(xhci->capability, XHCI_DBOFF) & ~3u);
    xhci->ports = (uint8_t)(structure >> 24);
    xhci->slots = (uint8_t)structure;
    if (xhci->slots > XHCI_SLOTS)
        xhci->slots = XHCI_SLOTS;
    xhci->context_bytes = can & XHCI_HCC_CSZ ? 64 : 32;
    xhci->address_32 = !(can & XHCI_HCC_AC64);
    return xhci->operational && xhci->runtime && xhci->doorbells &&
           xhci->ports && xhci->slots &&
           !(xhci->address_32 && usb_physical(xhci) >> 32) &&
           xhci_read(xhci->operational, XHCI_PAGESIZE) & PAGE_SIZE >> 12;
}

/* Hands it all structures, and lets it work. */
static void xhci_run(struct xhci *xhci, int interrupts)
{
    char *registers = xhci->operational, *runtime = xhci->runtime;

    xhci->event_cycle = 1;
    xhci->segment.base = usb_physical(xhci->events);
    xhci->segment.size = XHCI_EVENTS;
    xhci_write(registers, XHCI_CONFIG, xhci->slots);
    xhci_write_64(registers, XHCI_DCBAAP, usb_physical(xhci->contexts));
    xhci_command_init(xhci);
    xhci_write(runtime, XHCI_ERSTSZ, 1);
    xhci_write_64(runtime, XHCI_ERDP, usb_physical(xhci->events));
    xhci_write_64(runtime, XHCI_ERSTBA, usb_physical(&xhci->segment));
    xhci_write(runtime, XHCI_IMOD, INTERRUPT_SPACING);
    xhci_write(runtime, XHCI_IMAN, XHCI_IMAN_IE | XHCI_IMAN_IP);
    xhci_write(registers, XHCI_USBCMD,
               XHCI_USBCMD_RS | (interrupts ? XHCI_USBCMD_INTE : 0));
}

void xhci_give_up(struct xhci *xhci)
{
    xhci->dead = 1;
    xhci_write(xhci->operational, XHCI_USBCMD, 0);
    print(os_system.os, "usb: the controller at PCI %x does not answer\n",
          xhci->function.address);
}

static void xhci_interrupt(void *context)
{
    struct xhci *xhci = context;

    /* Before the look at the ring: what comes later interrupts again. */
    xhci_write(xhci->operational, XHCI_USBSTS, XHCI_USBSTS_EINT);
    xhci_write(xhci->runtime, XHCI_IMAN, XHCI_IMAN_IE | XHCI_IMAN_IP);
    __atomic_store_n(&xhci->again, 1, __ATOMIC_SEQ_CST);
    input_collect();
}

/* By the word nousb in the boot command line. */
static int is_left_alone(const struct pci_function *function)
{
    const char *text = (const char *)SYSINFO_EXTENSION->command_line, *value;

    if (options_find(text, "nousb", &value) != 0)
        return 0;
    log_note("usb: the controller at PCI %x is left to the firmware: nousb",
             function->address);
    return 1;
}

static int xhci_probe(const struct pci_function *function)
{
    struct xhci *xhci = is_left_alone(function) ? 0 : usb_page_take(2);
    int interrupts;

    if (!xhci)
        return 0;
    xhci->function = *function;
    os_system.kernel->pci_enable(function);
    if (!xhci_describe(xhci) || !xhci_scratchpads(xhci))
        return 0;
    xhci_take_over(xhci);
    xhci_route_ports(function);
    if (!xhci_reset(xhci)) {
        xhci_give_up(xhci);
        return 0;
    }
    interrupts = !interrupts_pci(function, xhci_interrupt, xhci);
    xhci_run(xhci, interrupts);
    if (!xhci_wait(xhci->operational, XHCI_USBSTS, XHCI_USBSTS_HCH, 0,
                   HALT_US)) {
        xhci_give_up(xhci);
        return 0;
    }
    devices_name(function->address, "xhci\0\0\0");
    xhci_ports_start(xhci);
    usb_start(xhci, interrupts);
    return 1;
}

const struct pci_driver usb_xhci = {
    .probe = xhci_probe,
    .first = PCI_CLASS(0x0C0330),
    .last = PCI_CLASS(0x0C0330),
};
