/* test_usb_xhci.c - an xHCI host controller that misbehaves, with a keyboard.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The registers are memory, and the controller works in the moments when the
 * driver asks for the time. What needs a CPU in ring 0 is replaced here.
 */
// sources: os/drivers/usb.c os/drivers/usb_descriptor.c os/drivers/usb_hub.c
// sources: os/drivers/usb_keys.c os/drivers/key_decode.c os/keyboard_layout.c os/keyboard_layout_data.c os/utf8.c
// sources: os/drivers/usb_xhci_command.c os/drivers/usb_xhci_device.c
// sources: os/drivers/usb_xhci_port.c os/drivers/usb_xhci_transfer.c
// sources: pure64/options.c
#include "check.h"
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sysinfo_extension machine;
#undef SYSINFO_EXTENSION
#define SYSINFO_EXTENSION (&machine)
#define cpu_interrupts_off() ((void)0)
#define cpu_flags_restore(flags) ((void)(flags))
#include <drivers/usb_keyboard.c>
#include <drivers/usb_xhci.c>
#include <drivers/usb_xhci_ring.c>

enum fault {
    FAULT_NONE,
    FAULT_ABSENT,         /* registers read as ones */
    FAULT_FIRMWARE,       /* the firmware does not let go */
    FAULT_STALE,          /* before each event one of long ago */
    FAULT_NEVER_HALTS,
    FAULT_NEVER_RESET,
    FAULT_NEVER_RUNS,
    FAULT_NO_COMMANDS,    /* commands are never done */
    FAULT_NO_ADDRESS,     /* ADDRESS DEVICE is never done, but aborted */
    FAULT_BAD_COMMANDS,   /* all fail */
    FAULT_NO_TRANSFERS,
    FAULT_STALL,          /* all control transfers do */
    FAULT_PORT_RESET,     /* ports stay in reset */
    FAULT_EVENTS,         /* events that nobody asked for */
    FAULT_DESCRIPTORS,    /* random ones */
    FAULT_CAPABILITIES,   /* a list without end */
    FAULT_UNPLUGGED,      /* in the middle of it */
    FAULTS,
};
static enum fault fault;

/* ---- The controller. */
#define OPERATIONAL 0x40
#define RUNTIME 0x2000
#define DOORBELLS 0x3000
#define EXTENDED 0x8000
#define PORTS 4
#define SLOTS 4
#define QUIET 0xFFFFFFFFu /* in a doorbell that nobody rang */
static uint8_t bar[0x10000] __attribute__((aligned(4096)));
static uint32_t port_state[PORTS + 1], port_shown[PORTS + 1];
static uint64_t clock_us;
static uint64_t command_at, event_at;
static unsigned command_cycle, event_cycle, steps;
/* Of slot 1: where each endpoint's ring is read. */
static struct {
    uint64_t at;
    unsigned cycle;
} ring[SLOTS + 1][32];
static uint8_t key_report[8];
static unsigned key_reports, idle, address_given;

static uint32_t *reg(unsigned offset)
{
    return (uint32_t *)(bar + offset);
}

static uint64_t reg_64(unsigned offset)
{
    uint64_t value;

    memcpy(&value, bar + offset, 8);
    return value;
}

static void *at(uint64_t physical)
{
    return (void *)(physical + LAYOUT_WINDOW);
}

static void event_add(uint64_t parameter, uint32_t status, uint32_t control)
{
    uint64_t *segment = at(reg_64(RUNTIME + XHCI_ERSTBA));
    struct xhci_trb *trb;

    if (!event_at) {
        event_at = segment[0];
        event_cycle = 1;
    }
    trb = at(event_at);
    *trb = (struct xhci_trb){parameter, status,
                             (control & ~1u) | event_cycle};
    event_at += sizeof *trb;
    if (event_at == segment[0] + 16 * (uint32_t)segment[1]) {
        event_at = segment[0];
        event_cycle ^= 1;
    }
}

/* The TRB there if it is valid, links followed. */
static struct xhci_trb *trb_at(uint64_t *where, unsigned *cycle)
{
    struct xhci_trb *trb = at(*where);

    if ((trb->control & 1) != *cycle)
        return 0;
    if (XHCI_TRB_TYPE_OF(trb->control) == XHCI_TRB_LINK) {
        *cycle ^= trb->control >> 1 & 1;
        *where = trb->parameter;
        return trb_at(where, cycle);
    }
    return trb;
}

static void endpoints_take(const struct xhci_trb *trb, unsigned slot)
{
    const uint32_t *input = at(trb->parameter);
    uint8_t *output = at(((uint64_t *)at(reg_64(OPERATIONAL +
                                                XHCI_DCBAAP)))[slot]);

    for (unsigned i = 1; i < 32; i++)
        if (input[1] >> i & 1) {
            const uint32_t *context = input + 8 * (i + 1);
            uint64_t where;

            memcpy(&where, context + 2, 8);
            ring[slot][i].at = where & ~1ull;
            ring[slot][i].cycle = where & 1;
            memcpy(output + 32 * i, context, 32);
            output[32 * i] = XHCI_ENDPOINT_RUNNING;
        }
}

static void command_step(void)
{
    struct xhci_trb *trb;

    while ((trb = trb_at(&command_at, &command_cycle))) {
        unsigned type = XHCI_TRB_TYPE_OF(trb->control);
        unsigned slot = trb->control >> 24;
        unsigned code = fault == FAULT_BAD_COMMANDS ? 5 : 1;

        if (fault == FAULT_NO_COMMANDS ||
            (fault == FAULT_NO_ADDRESS && type == XHCI_TRB_ADDRESS_DEVICE))
            return;
        command_at += sizeof *trb;
        if (type == XHCI_TRB_ENABLE_SLOT)
            slot = 1;
        if (type == XHCI_TRB_ADDRESS_DEVICE ||
            type == XHCI_TRB_CONFIGURE_ENDPOINT)
            endpoints_take(trb, slot);
        if (type == XHCI_TRB_ADDRESS_DEVICE)
            address_given++;
        if (type == XHCI_TRB_SET_DEQUEUE) {
            unsigned index = trb->control >> 16 & 31;

            ring[slot][index].at = trb->parameter & ~1ull;
            ring[slot][index].cycle = trb->parameter & 1;
        }
        if (fault == FAULT_STALE)
            event_add(usb_physical(trb) ^ 16, 4u << 24,
                      slot << 24 | XHCI_TRB_TYPE(XHCI_TRB_COMMAND_EVENT));
        event_add(usb_physical(trb), code << 24,
                  slot << 24 | XHCI_TRB_TYPE(XHCI_TRB_COMMAND_EVENT));
    }
}

static const uint8_t device_descriptor[] = {
    18, 1, 0, 2, 0, 0, 0, 8, 1, 2, 3, 4, 0, 1, 0, 0, 0, 1,
};
static const uint8_t configuration[] = {
    9, 2, 34, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 3, 1, 1, 0,
    9, 0x21, 0x11, 1, 0, 1, 0x22, 65, 0, 7, 5, 0x81, 3, 8, 0, 10,
};

/* What the keyboard answers; how many bytes. */
static unsigned answer(struct usb_setup setup, uint8_t *bytes)
{
    const uint8_t *from = setup.value >> 8 == 1 ? device_descriptor
                                                : configuration;
    unsigned size = setup.value >> 8 == 1 ? sizeof device_descriptor
                                          : sizeof configuration;

    if (setup.request == HID_SET_IDLE)
        idle = setup.value >> 8;
    if (setup.request != USB_GET_DESCRIPTOR)
        return 0;
    if (size > setup.length)
        size = setup.length;
    memcpy(bytes, from, size);
    if (fault == FAULT_DESCRIPTORS) {
        size = (unsigned)rand() % (setup.length + 1u);
        for (unsigned i = 0; i < size; i++)
            bytes[i] = rand() % 3 ? bytes[i] : (uint8_t)(rand() % 20);
    }
    return size;
}

static void transfer_event_add(const struct xhci_trb *trb, unsigned slot,
                               unsigned index, unsigned code, unsigned rest)
{
    static uint64_t before;

    if (fault == FAULT_STALE) /* as some controllers do after short packets */
        event_add(before, 4u << 24,
                  slot << 24 | index << 16 |
                      XHCI_TRB_TYPE(XHCI_TRB_TRANSFER_EVENT));
    before = usb_physical(trb);
    event_add(usb_physical(trb), code << 24 | rest,
              slot << 24 | index << 16 | XHCI_TRB_TYPE(XHCI_TRB_TRANSFER_EVENT));
}

static void control_step(unsigned slot)
{
    static struct usb_setup setup;
    uint64_t *where = &ring[slot][1].at;
    struct xhci_trb *trb;

    while (*where && (trb = trb_at(where, &ring[slot][1].cycle))) {
        unsigned length = trb->status & XHCI_TRB_LENGTH, size;

        *where += sizeof *trb;
        switch (XHCI_TRB_TYPE_OF(trb->control)) {
        case XHCI_TRB_SETUP:
            memcpy(&setup, &trb->parameter, 8);
            /* QEMU's keyboard does not know that request either. */
            if (fault == FAULT_STALL || setup.request == USB_CLEAR_FEATURE) {
                uint64_t *contexts = at(reg_64(OPERATIONAL + XHCI_DCBAAP));

                *(uint8_t *)at(contexts[slot] + 32) = XHCI_ENDPOINT_HALTED;
                transfer_event_add(trb, slot, 1, XHCI_STALL_ERROR, 8);
                *where = 0;
                return;
            }
            if (!setup.length)
                answer(setup, 0);
            break;
        case XHCI_TRB_DATA:
            size = answer(setup, at(trb->parameter));
            if (size < length)
                transfer_event_add(trb, slot, 1, XHCI_SHORT_PACKET,
                                   length - size);
            break;
        case XHCI_TRB_STATUS:
            transfer_event_add(trb, slot, 1, XHCI_SUCCESS, 0);
            break;
        default:
            CHECK(!"a TRB of a control transfer");
        }
    }
}

static void interrupt_step(unsigned slot)
{
    struct xhci_trb *trb;

    while (key_reports && ring[slot][3].at &&
           (trb = trb_at(&ring[slot][3].at, &ring[slot][3].cycle))) {
        memcpy(at(trb->parameter), key_report, 8);
        key_reports--;
        ring[slot][3].at += sizeof *trb;
        transfer_event_add(trb, slot, 3, XHCI_SUCCESS, 0);
    }
}

/* What was written to the port's register, if it was, and what is read. */
static void port_step(unsigned port)
{
    uint32_t *here = reg(OPERATIONAL + xhci_portsc(port));
    uint32_t written = *here;

    if (written != port_shown[port]) {
        port_state[port] &= ~(written & XHCI_PORTSC_CHANGES);
        if (written & (XHCI_PORTSC_PR | XHCI_PORTSC_WPR)) {
            port_state[port] |= fault == FAULT_PORT_RESET
                                    ? XHCI_PORTSC_PR
                                    : XHCI_PORTSC_PED | 1u << 21;
            event_add((uint64_t)port << 24, 1u << 24,
                      XHCI_TRB_TYPE(XHCI_TRB_PORT_EVENT));
        }
    }
    *here = port_shown[port] = port_state[port];
}

static void noise_step(void)
{
    if (fault == FAULT_EVENTS && rand() % 3 == 0) {
        uint64_t parameter = (uint64_t)rand() << (rand() % 40);

        if (rand() % 2) /* near what is under way */
            parameter = ring[1][rand() % 4].at + (rand() % 64 - 32) * 8;
        event_add(parameter, (uint32_t)rand() << 1,
                  ((uint32_t)rand() << 24) | (uint32_t)(rand() % 32) << 16 |
                      XHCI_TRB_TYPE(30 + rand() % 6));
    }
    if (fault == FAULT_UNPLUGGED && address_given && steps % 5000 == 0) {
        port_state[2] = XHCI_PORTSC_PP | XHCI_PORTSC_CSC;
        event_add(2 << 24, 1u << 24, XHCI_TRB_TYPE(XHCI_TRB_PORT_EVENT));
    }
}

static void state_step(void)
{
    uint32_t *command = reg(OPERATIONAL + XHCI_USBCMD);
    uint32_t *status = reg(OPERATIONAL + XHCI_USBSTS);

    if (*command & XHCI_USBCMD_HCRST && fault != FAULT_NEVER_RESET) {
        *command = 0;
        event_at = 0;
    }
    *status = 0;
    if (fault != FAULT_NEVER_HALTS &&
        (!(*command & XHCI_USBCMD_RS) || fault == FAULT_NEVER_RUNS))
        *status = XHCI_USBSTS_HCH;
    if (*reg(EXTENDED) & 1u << 24 && fault != FAULT_FIRMWARE)
        *reg(EXTENDED) &= ~(1u << 16);
}

static void step(void)
{
    unsigned rung;

    steps++;
    clock_us += 20;
    if (fault == FAULT_ABSENT)
        return;
    state_step();
    if (!(*reg(OPERATIONAL + XHCI_USBCMD) & XHCI_USBCMD_RS))
        return;
    if (reg_64(OPERATIONAL + XHCI_CRCR) & XHCI_CRCR_RCS) {
        command_at = reg_64(OPERATIONAL + XHCI_CRCR) & ~0x3Full;
        command_cycle = 1;
        memset(reg(OPERATIONAL + XHCI_CRCR), 0, 8);
    }
    noise_step();
    for (unsigned port = 1; port <= PORTS; port++)
        port_step(port);
    if (*reg(DOORBELLS) != QUIET) {
        *reg(DOORBELLS) = QUIET;
        command_step();
    }
    rung = *reg(DOORBELLS + 4);
    if (fault != FAULT_NO_TRANSFERS && rung != QUIET) {
        *reg(DOORBELLS + 4) = QUIET;
        control_step(1);
    }
    interrupt_step(1);
}

/* ---- The machine. */
static uint8_t memory[64][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned taken;
static char said[4096];
static interrupt_handler *handler;
static void *handler_context;
static void (*source)(void);
static char typed[256];
static unsigned typed_count;

static uint64_t mock_take(size_t count)
{
    uint8_t *page = memory[taken];

    taken += (unsigned)count;
    CHECK(taken <= USB_PAGES_MAX);
    return taken <= 64 ? usb_physical(page) : 0;
}

static void *mock_registers(const struct pci_function *function, unsigned n,
                            uint32_t offset)
{
    (void)function;
    return n || offset >= sizeof bar ? 0 : bar + offset;
}

static uint32_t mock_read(const struct pci_function *function, unsigned offset)
{
    (void)function;
    (void)offset;
    return 0;
}

static void mock_write(const struct pci_function *function, unsigned offset,
                       uint32_t value)
{
    (void)function;
    CHECK(offset || value);
}

static void mock_enable(const struct pci_function *function)
{
    (void)function;
}

int interrupts_pci(const struct pci_function *function,
                   interrupt_handler *called, void *context)
{
    (void)function;
    handler = called;
    handler_context = context;
    return 0;
}

static struct time_limit mock_limit(uint32_t us)
{
    return (struct time_limit){clock_us + us};
}

static int mock_passed(struct time_limit limit)
{
    step();
    return clock_us >= limit.tsc_end;
}

static void mock_nothing(void)
{
}

static const struct kernel_services kernel = {
    .pci_read = mock_read, .pci_write = mock_write,
    .pci_registers = mock_registers, .pci_enable = mock_enable,
    .memory_take = mock_take,
    .time_limit_us = mock_limit, .time_limit_passed = mock_passed,
    .block_lock = mock_nothing, .block_release = mock_nothing,
};
const struct os_system os_system = {0, &kernel};

void print(const struct baremetal *os, const char *text, ...)
{
    va_list list;

    (void)os;
    va_start(list, text);
    vsnprintf(said + strlen(said), sizeof said - strlen(said), text, list);
    va_end(list);
}

void log_note(const char *text, ...)
{
    (void)text;
}

void devices_name(uint32_t address, const char name[8])
{
    CHECK(address == 0x20 && !strcmp(name, "xhci"));
}

int usb_storage_start(struct usb_device *device)
{
    (void)device;
    return BAREMETAL_EIO;
}

unsigned usb_storage_disks(const struct usb_device *device)
{
    (void)device;
    return 0;
}

void input_add_source(void (*receive)(void))
{
    source = receive;
}

void input_collect(void)
{
    if (source)
        source();
}

void input_key_add(unsigned key)
{
    if (typed_count < sizeof typed - 1)
        typed[typed_count++] = (char)key;
}

/* ---- The tests: each in a process of its own, for the driver starts once. */
static void controller_init(void)
{
    memset(bar, 0, sizeof bar);
    *reg(XHCI_CAPLENGTH) = 0x01100000 | OPERATIONAL;
    *reg(XHCI_HCSPARAMS1) = (uint32_t)PORTS << 24 | 1 << 8 | SLOTS;
    *reg(XHCI_HCCPARAMS1) = EXTENDED / 4 << 16 | XHCI_HCC_AC64;
    *reg(XHCI_DBOFF) = DOORBELLS;
    *reg(XHCI_RTSOFF) = RUNTIME;
    *reg(OPERATIONAL + XHCI_PAGESIZE) = 1;
    memset(reg(DOORBELLS), 0xFF, 4 * (SLOTS + 1));
    *reg(EXTENDED) = 0x00010401;
    *reg(EXTENDED + 0x10) = 0x02000402;
    *reg(EXTENDED + 0x18) = 0x0201;
    *reg(EXTENDED + 0x20) = 0x03000002;
    *reg(EXTENDED + 0x28) = 0x0203;
    for (unsigned port = 1; port <= PORTS; port++)
        port_state[port] = XHCI_PORTSC_PP;
    port_state[2] |= XHCI_PORTSC_CCS | XHCI_PORTSC_CSC | 1u << 10;
    for (unsigned port = 1; port <= PORTS; port++)
        port_step(port);
    if (fault == FAULT_ABSENT)
        memset(bar, 0xFF, sizeof bar);
    if (fault == FAULT_CAPABILITIES)
        for (unsigned i = EXTENDED + 0x10; i < sizeof bar; i += 4)
            *reg(i) = 0x01000103;
}

/* A report; the controller does its part, and interrupts. */
static void type(uint8_t modifiers, uint8_t usage)
{
    memcpy(key_report, (uint8_t[8]){modifiers, 0, usage}, 8);
    key_reports = 1;
    for (int i = 0; i < 4; i++) {
        step();
        handler(handler_context);
    }
    CHECK(!key_reports);
}

static void test_typing(void)
{
    static const char hello[] = "hello";

    for (int round = 0; round < 20; round++) {
        typed_count = 0;
        memset(typed, 0, sizeof typed);
        for (const char *c = hello; *c; c++) {
            type(0, (uint8_t)(*c - 'a' + 4));
            CHECK(idle == 8); /* it repeats only while a key is held */
            type(0, 0);
            CHECK(idle == 0);
        }
        CHECK(!strcmp(typed, hello));
    }
}

/* The driver's look answered the interrupt. */
static int answered(void)
{
    int told = (int)(reg_64(RUNTIME + XHCI_ERDP) & XHCI_ERDP_EHB);

    *reg(RUNTIME + XHCI_ERDP) &= ~XHCI_ERDP_EHB;
    return told != 0;
}

/* A report comes while another CPU is in the event ring, and that CPU is
 * stopped there: before it saw the interrupt, or then, or when the keyboard
 * was not yet asked for the next report. */
static void test_stopped(void)
{
    struct xhci *xhci = handler_context;

    for (int i = 0; i < 3; i++) {
        unsigned before = typed_count;

        answered();
        memcpy(key_report, (uint8_t[8]){0, 0, 4}, 8);
        key_reports = 1;
        step();
        xhci->lock = 1;
        handler(handler_context);
        CHECK(typed_count == before && !answered());
        if (i == 1)
            xhci->again = 0;
        if (i == 2)
            ring[1][3].at = 0;
        usb_reset();
        usb_events(xhci);
        CHECK(answered());
        source();
        CHECK(typed_count == before + 1 && typed[before] == 'a');
        CHECK(usb_attend() == 1);
        CHECK(ring[1][3].at && !said[0]);
        type(0, 0);
        type(0, 5);
        CHECK(typed_count == before + 2 && typed[before + 1] == 'b');
        type(0, 0);
    }
    usb_reset();
    CHECK(!usb_attend());
    test_typing();
}

/* 1 if the fault is one the keyboard works with. */
static int harmless(void)
{
    return fault == FAULT_NONE || fault == FAULT_FIRMWARE ||
           fault == FAULT_STALE;
}

static void test_fault(unsigned seed)
{
    static const struct pci_function function = {.address = 0x20};
    int result;

    srand(seed);
    machine.tsc_hz = 2000000000;
    controller_init();
    result = usb_xhci.probe(&function);
    CHECK(clock_us < 30000000);
    for (int i = 0; i < 5; i++)
        usb_attend();
    CHECK(clock_us < 60000000);
    if (harmless()) {
        CHECK(result == 1 && !said[0]);
        test_typing();
        for (int i = 0; i < 300 && !usb_attend(); i++)
            step();
        CHECK(!said[0]);
        test_stopped();
    } else if (fault == FAULT_NEVER_HALTS || fault == FAULT_NEVER_RESET ||
               fault == FAULT_NEVER_RUNS || fault == FAULT_ABSENT) {
        CHECK(result == 0);
        CHECK(fault == FAULT_ABSENT || strstr(said, "does not answer"));
    } else if (fault == FAULT_NO_TRANSFERS || fault == FAULT_STALL ||
               fault == FAULT_PORT_RESET || fault == FAULT_NO_ADDRESS ||
               fault == FAULT_BAD_COMMANDS || fault == FAULT_NO_COMMANDS) {
        CHECK(result == 1 && strstr(said, "port 2 does not work"));
    }
    if (handler)
        for (int i = 0; i < 1000; i++) {
            step();
            handler(handler_context);
        }
}

int main(void)
{
    for (fault = FAULT_NONE; fault < FAULTS; fault++) {
        int random = fault == FAULT_EVENTS || fault == FAULT_DESCRIPTORS ||
                     fault == FAULT_UNPLUGGED;

        for (unsigned seed = 0; seed < (random ? 50 : 1); seed++) {
            int status = 0;
            pid_t child = fork();

            if (!child) {
                check_failed = 0;
                alarm(60);
                test_fault(seed);
                if (check_failed)
                    fprintf(stderr, "fault %d, seed %u: %s\n", fault, seed,
                            said);
                _exit(check_failed != 0);
            }
            CHECK(waitpid(child, &status, 0) == child && !status);
        }
    }
    return check_report("usb_xhci");
}
