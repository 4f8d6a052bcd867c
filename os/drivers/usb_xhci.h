/* usb_xhci.h - registers and structures of an xHCI host controller.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * eXtensible Host Controller Interface for USB, revision 1.2: chapter 5
 * "Register Interface", chapter 6 "Data Structures". Names are its names.
 */
#pragma once
#include "usb.h"
#include <kernel/pci.h>

enum xhci_capability_register {
    XHCI_CAPLENGTH = 0x00,
    XHCI_HCSPARAMS1 = 0x04,
    XHCI_HCSPARAMS2 = 0x08,
    XHCI_HCCPARAMS1 = 0x10,
    XHCI_DBOFF = 0x14,
    XHCI_RTSOFF = 0x18,
};
#define XHCI_HCC_AC64 (1u << 0)
#define XHCI_HCC_CSZ (1u << 2)
#define XHCI_HCC_PPC (1u << 3)

enum xhci_operational_register {
    XHCI_USBCMD = 0x00,
    XHCI_USBSTS = 0x04,
    XHCI_PAGESIZE = 0x08,
    XHCI_CRCR = 0x18,
    XHCI_DCBAAP = 0x30,
    XHCI_CONFIG = 0x38,
    XHCI_PORTSC = 0x400, /* + 0x10 a port */
};
#define XHCI_USBCMD_RS (1u << 0)
#define XHCI_USBCMD_HCRST (1u << 1)
#define XHCI_USBCMD_INTE (1u << 2)
#define XHCI_USBSTS_HCH (1u << 0)
#define XHCI_USBSTS_EINT (1u << 3)
#define XHCI_USBSTS_CNR (1u << 11)
#define XHCI_CRCR_RCS (1u << 0)
#define XHCI_CRCR_CA (1u << 2)
#define XHCI_CRCR_CRR (1u << 3)

#define XHCI_PORTSC_CCS (1u << 0)
#define XHCI_PORTSC_PED (1u << 1) /* writing 1 disables the port */
#define XHCI_PORTSC_PR (1u << 4)
#define XHCI_PORTSC_PP (1u << 9)
#define XHCI_PORTSC_SPEED(value) ((value) >> 10 & 0xF)
#define XHCI_PORTSC_CSC (1u << 17)
#define XHCI_PORTSC_CHANGES 0x00FE0000u
#define XHCI_PORTSC_WPR (1u << 31)
/* What a write has to keep: power, indicator, wake enables. */
#define XHCI_PORTSC_KEEP 0x0E00C200u

/* Of interrupter 0, in the runtime registers. */
enum xhci_runtime_register {
    XHCI_IMAN = 0x20,
    XHCI_IMOD = 0x24,
    XHCI_ERSTSZ = 0x28,
    XHCI_ERSTBA = 0x30,
    XHCI_ERDP = 0x38,
};
#define XHCI_IMAN_IP (1u << 0)
#define XHCI_IMAN_IE (1u << 1)
#define XHCI_ERDP_EHB (1u << 3)

enum xhci_extended_capability {
    XHCI_CAP_LEGACY = 1,
    XHCI_CAP_PROTOCOL = 2,
};

enum xhci_trb_type {
    XHCI_TRB_NORMAL = 1,
    XHCI_TRB_SETUP = 2,
    XHCI_TRB_DATA = 3,
    XHCI_TRB_STATUS = 4,
    XHCI_TRB_LINK = 6,
    XHCI_TRB_ENABLE_SLOT = 9,
    XHCI_TRB_DISABLE_SLOT = 10,
    XHCI_TRB_ADDRESS_DEVICE = 11,
    XHCI_TRB_CONFIGURE_ENDPOINT = 12,
    XHCI_TRB_EVALUATE_CONTEXT = 13,
    XHCI_TRB_RESET_ENDPOINT = 14,
    XHCI_TRB_STOP_ENDPOINT = 15,
    XHCI_TRB_SET_DEQUEUE = 16,
    XHCI_TRB_TRANSFER_EVENT = 32,
    XHCI_TRB_COMMAND_EVENT = 33,
    XHCI_TRB_PORT_EVENT = 34,
};
#define XHCI_TRB_CYCLE (1u << 0)
#define XHCI_TRB_TOGGLE (1u << 1)  /* of a link */
#define XHCI_TRB_ISP (1u << 2)     /* event when less came than was asked */
#define XHCI_TRB_CHAIN (1u << 4)
#define XHCI_TRB_IOC (1u << 5)     /* event when done */
#define XHCI_TRB_IDT (1u << 6)     /* the parameter is the data */
#define XHCI_TRB_BEI (1u << 9)     /* no interrupt for the event */
#define XHCI_TRB_DIR_IN (1u << 16)
#define XHCI_TRB_TRT(kind) ((uint32_t)(kind) << 16) /* 0, 2 out, 3 in */
#define XHCI_TRB_TYPE(type) ((uint32_t)(type) << 10)
#define XHCI_TRB_TYPE_OF(control) ((control) >> 10 & 0x3F)
#define XHCI_TRB_ENDPOINT(index) ((uint32_t)(index) << 16)
#define XHCI_TRB_SLOT(slot) ((uint32_t)(slot) << 24)
#define XHCI_TRB_LENGTH 0x1FFFFu   /* in the status of a transfer's TRB */
#define XHCI_TRB_BYTES_MAX 0x10000u /* nor may it cross a multiple of that */

enum xhci_code {
    XHCI_SUCCESS = 1,
    XHCI_STALL_ERROR = 6,
    XHCI_SHORT_PACKET = 13,
};

enum xhci_endpoint_type {
    XHCI_BULK_OUT = 2,
    XHCI_CONTROL = 4,
    XHCI_BULK_IN = 6,
    XHCI_INTERRUPT_IN = 7,
};

/* An endpoint's state in the controller's context of it. */
enum xhci_endpoint_state {
    XHCI_ENDPOINT_RUNNING = 1,
    XHCI_ENDPOINT_HALTED = 2,
};

#define XHCI_EVENTS 128
#define XHCI_COMMANDS 32
#define XHCI_SLOTS 23 /* more than USB_PAGES_MAX allows devices */
#define XHCI_CONTEXT_CONTROL 1 /* of the control endpoint; the slot's is 0 */

/* A controller and the memory it shares with us: two pages. */
struct xhci {
    struct xhci_trb events[XHCI_EVENTS] __attribute__((aligned(64)));
    struct xhci_trb commands[XHCI_COMMANDS] __attribute__((aligned(64)));
    uint64_t contexts[XHCI_SLOTS + 1] __attribute__((aligned(64)));
    struct {
        uint64_t base;
        uint32_t size, reserved;
    } segment __attribute__((aligned(64)));

    char *capability, *operational, *runtime, *doorbells;
    struct pci_function function;
    uint8_t ports, slots;
    uint8_t context_bytes;       /* 32 or 64 */
    uint8_t address_32;          /* reaches the first 4 GiB only */
    volatile uint8_t dead;       /* does not answer any more */
    uint8_t event_cycle;
    uint16_t event_next;
    /* Guards the event ring; interrupts are off while it is held. `again`:
     * who found it taken wants its holder to look again. */
    uint32_t lock, again;
    struct xhci_ring command;
    volatile uint8_t command_done;
    uint8_t command_code, command_slot;
    uint64_t command_trb;        /* that is waited for; 0: none */
    struct usb_device *device[XHCI_SLOTS + 1]; /* by slot */
    uint8_t seen[32];            /* bit set: root ports already looked at */

    /* Input of commands: a control context, then slot and endpoints. */
    uint8_t input[33 * 64] __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(sizeof(struct xhci) == 2 * PAGE_SIZE, "two pages");

/* ---- registers */
static inline uint32_t xhci_read(const char *block, unsigned offset)
{
    return *(const volatile uint32_t *)(block + offset);
}

static inline void xhci_write(char *block, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(block + offset) = value;
}

/* Low half first: xHCI 1.2, 5.1 "Register Conventions". */
static inline void xhci_write_64(char *block, unsigned offset, uint64_t value)
{
    xhci_write(block, offset, (uint32_t)value);
    xhci_write(block, offset + 4, (uint32_t)(value >> 32));
}

static inline unsigned xhci_portsc(unsigned port)
{
    return XHCI_PORTSC + 0x10 * (port - 1);
}

/* Waits until the bits under `mask` are `value`; 0 if they never are. */
int xhci_wait(const char *block, unsigned offset, uint32_t mask,
              uint32_t value, uint32_t timeout_us);

/* ---- usb_xhci.c */

/* The registers of the next extended capability with that id behind `after`
 * (0: the first), 0 if there is none. Ends on lists that loop. */
char *xhci_extended(const struct xhci *xhci, uint8_t id, const char *after);

/* Its work is over: nothing waits for it any more. */
void xhci_give_up(struct xhci *xhci);

/* ---- usb_xhci_ring.c */

void xhci_ring_init(struct xhci_ring *ring, struct xhci_trb *trb,
                    unsigned size);
/* Where the controller goes on, with the cycle bit. */
uint64_t xhci_ring_position(const struct xhci_ring *ring);
/* A transfer or command: its TRBs between these two. */
void xhci_ring_begin(struct xhci_ring *ring);
/* Returns the index of the TRB. */
unsigned xhci_ring_put(struct xhci_ring *ring, uint64_t parameter,
                       uint32_t status, uint32_t control);
void xhci_ring_end(struct xhci_ring *ring);

/* Tells the controller of work; slot 0: commands. */
void xhci_doorbell(struct xhci *xhci, unsigned slot, unsigned index);

/* ---- usb_xhci_command.c */

void xhci_command_init(struct xhci *xhci);

/* Does a command: 0, BAREMETAL_EIO if it failed, ETIME or ENODEV. Its answer
 * is in command_slot. */
int xhci_command(struct xhci *xhci, enum xhci_trb_type type,
                 uint64_t parameter, uint32_t control);

/* Command event; called with the lock held. */
void xhci_command_event(struct xhci *xhci, const struct xhci_trb *event);

/* ---- usb_xhci_transfer.c */

/* Transfer event; called with the lock held. */
void xhci_transfer_event(struct xhci *xhci, const struct xhci_trb *event);

/* ---- usb_xhci_port.c */

/* The kind of slot for what is at that port, and in *major the version of USB
 * it speaks: 2, 3, or 0 if unknown. */
unsigned xhci_slot_type(const struct xhci *xhci, unsigned port,
                        unsigned *major);

/* Port status change event; called with the lock held. */
void xhci_port_event(struct xhci *xhci, unsigned port);

/* Turns power on at all ports and waits until they are settled. */
void xhci_ports_start(struct xhci *xhci);
