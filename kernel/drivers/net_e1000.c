/* net_e1000.c - Intel 8254x and 82574L network cards, one ring each way.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel: PCI/PCI-X Family of Gigabit Ethernet Controllers Software
 * Developer's Manual (317453), "General Initialization and Reset Operation",
 * "Receive and Transmit Description"; 82574 Gigabit Ethernet Controller
 * Family Datasheet (317694), whose registers are the same as far as they are
 * used here. In QEMU: -netdev ...,id=n -device e1000,netdev=n; also e1000e,
 * e1000-82544gc, e1000-82545em.
 */
#include "register.h"
#include <kernel/memory.h>
#include <kernel/net.h>
#include <pure64/string.h>

extern const struct pci_driver net_e1000;

#define E1000_VENDOR 0x8086u
#define E1000_82543GC 0x1004
#define E1000_82574L 0x10D3
/* The 8254x with a copper port whose PHY needs no help: bits from 82543GC on.
 * 82543GC, 82544EI, 82544GC (2), 82540EM, 82545EM, 82546EB; 82540EM LOM,
 * 82540EP (3). */
#define E1000_8254X                                                     \
    (1u << 0x00 | 1u << 0x04 | 1u << 0x08 | 1u << 0x09 | 1u << 0x0A |   \
     1u << 0x0B | 1u << 0x0C | 1u << 0x11 | 1u << 0x12 | 1u << 0x13 |   \
     1u << 0x1A)

/* Registers, by their dword. */
#define REGISTER(offset) ((offset) / 4)
#define E1000_CTRL REGISTER(0x0000)
#define E1000_STATUS REGISTER(0x0008)
#define E1000_ICR REGISTER(0x00C0)
#define E1000_IMS REGISTER(0x00D0)
#define E1000_IMC REGISTER(0x00D8)
#define E1000_IVAR REGISTER(0x00E4)   /* 82574 */
#define E1000_RCTL REGISTER(0x0100)
#define E1000_TCTL REGISTER(0x0400)
#define E1000_TIPG REGISTER(0x0410)
#define E1000_RX REGISTER(0x2800)     /* of the rings: see e1000_ring */
#define E1000_TX REGISTER(0x3800)
#define E1000_MPC REGISTER(0x4010)
#define E1000_MTA REGISTER(0x5200)
#define E1000_RAL REGISTER(0x5400)
#define E1000_RAH REGISTER(0x5404)

/* From E1000_RX and E1000_TX. */
#define E1000_BASE_LOW 0
#define E1000_BASE_HIGH 1
#define E1000_LENGTH 2
#define E1000_TAIL 6

#define E1000_MTA_COUNT 128

/* Link up, by what the two sides agree on; nothing forced, no flow control,
 * no VLAN. */
#define E1000_CTRL_SET (1u << 5 | 1u << 6)   /* ASDE, SLU */
#define E1000_CTRL_CLEAR                                              \
    (1u << 3 | 1u << 7 | 1u << 11 | 1u << 12 | /* LRST ILOS FRCSPD FRCDPX */ \
     1u << 27 | 1u << 28 | 1u << 30)           /* RFCE TFCE VME */
#define E1000_CTRL_RST (1u << 26)
#define E1000_STATUS_LU (1u << 1)
#define E1000_INT_RXDMT0 (1u << 4)
#define E1000_INT_RXO (1u << 6)
#define E1000_INT_RXT0 (1u << 7)
#define E1000_INT_RXQ0 (1u << 20)     /* 82574: reserved in the others */
#define E1000_INT_RECEIVE (E1000_INT_RXDMT0 | E1000_INT_RXO | E1000_INT_RXT0)
/* Receive queue 0: to MSI-X entry 0, valid. */
#define E1000_IVAR_RXQ0 0x8u
#define E1000_RCTL_EN (1u << 1)
#define E1000_RCTL_BAM (1u << 15)
#define E1000_RCTL_SECRC (1u << 26)
#define E1000_TCTL_EN (1u << 1)
#define E1000_TCTL_PSP (1u << 3)
#define E1000_TCTL_CT (0x0Fu << 4)
#define E1000_TCTL_COLD (0x40u << 12) /* full duplex */
/* "Transmit IPG Register": IPGT 10, IPGR1 8, IPGR2 6. */
#define E1000_TIPG_COPPER (10u | 8u << 10 | 6u << 20)
#define E1000_RAH_AV (1u << 31)

/* Between the steps of a reset, far more than a DMA under way takes. */
#define E1000_PAUSE_US 2000
#define E1000_EEPROM_US 100000

/* Legacy descriptors. `status` begins with the byte of that name. */
struct e1000_descriptor {
    uint64_t address;
    uint32_t length;           /* in bits 15:0; sending: command in 31:24 */
    uint32_t status;           /* receiving: errors in bits 15:8 */
};
#define E1000_TX_EOP (1u << 24)
#define E1000_TX_IFCS (1u << 25)
#define E1000_TX_RS (1u << 27)
#define E1000_DD (1u << 0)
#define E1000_RX_EOP (1u << 1)
/* All but those of checksums in the frame: CE, SE, SEQ, CXE, RXE. */
#define E1000_RX_ERRORS (0x97u << 8)

/* RCTL.BSIZE 0. With LPE 0 no frame is larger than 1,522 bytes, but what the
 * card may write is what we give it. */
#define E1000_BUFFER 2048
/* Each RECEIVE_BATCH-th buffer given back is told to the card. */
#define RECEIVE_BATCH 16

struct e1000 {
    volatile uint32_t *registers;
    uint32_t receive_next, send_next, send_oldest;
    uint32_t causes;           /* that interrupt */
    struct net_device device;
    volatile struct e1000_descriptor rx[NET_RING] __attribute__((aligned(128)));
    volatile struct e1000_descriptor tx[NET_RING];
    uint8_t buffers[NET_RING][E1000_BUFFER] __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(sizeof(struct e1000_descriptor) == 16 &&
                   sizeof(struct e1000) % PAGE_SIZE == 0,
               "rings at multiples of 16, their lengths of 128");

static struct e1000 *e1000_of(struct net_device *device)
{
    return (struct e1000 *)((char *)device - offsetof(struct e1000, device));
}

static void e1000_send(struct net_device *device, uint64_t physical,
                       uint32_t length)
{
    struct e1000 *card = e1000_of(device);
    volatile struct e1000_descriptor *entry = &card->tx[card->send_next];

    entry->address = physical;
    entry->length = length | E1000_TX_EOP | E1000_TX_IFCS | E1000_TX_RS;
    entry->status = 0;
    card->send_next = (card->send_next + 1) % NET_RING;
    /* Stores are seen in their order: the entry before the tail. */
    card->registers[E1000_TX + E1000_TAIL] = card->send_next;
}

static unsigned e1000_sent(struct net_device *device)
{
    struct e1000 *card = e1000_of(device);
    unsigned sent = 0;

    while (sent < device->sending &&
           card->tx[card->send_oldest].status & E1000_DD) {
        card->send_oldest = (card->send_oldest + 1) % NET_RING;
        sent++;
    }
    return sent;
}

static unsigned e1000_receive(struct net_device *device, void **frame)
{
    struct e1000 *card = e1000_of(device);
    unsigned n = card->receive_next;
    uint32_t status = card->rx[n].status;
    uint16_t length = (uint16_t)card->rx[n].length;

    *frame = card->buffers[n];
    n = (n + 1) % NET_RING;
    card->receive_next = n;
    device->ready = &card->rx[n].status;
    if ((status & (E1000_RX_ERRORS | E1000_RX_EOP)) != E1000_RX_EOP ||
        length > BAREMETAL_FRAME_MAX)
        return 0;
    return length;
}

/* The card owns the entries from its head up to, not including, the tail. */
static void e1000_release(struct net_device *device)
{
    struct e1000 *card = e1000_of(device);
    unsigned n = (card->receive_next - 1) % NET_RING;

    card->rx[n].status = 0;
    if (n % RECEIVE_BATCH == RECEIVE_BATCH - 1)
        card->registers[E1000_RX + E1000_TAIL] = n;
}

static int e1000_link(struct net_device *device)
{
    const struct e1000 *card = e1000_of(device);

    /* Frames lost for want of a buffer; the register counts from its last
     * reading. */
    device->info.errors += card->registers[E1000_MPC];
    return (card->registers[E1000_STATUS] & E1000_STATUS_LU) != 0;
}

static void e1000_interrupt(struct net_device *device, int on)
{
    const struct e1000 *card = e1000_of(device);

    if (on) {
        card->registers[E1000_IMS] = card->causes;
    } else {
        card->registers[E1000_IMC] = ~0u;
        (void)card->registers[E1000_ICR]; /* acknowledges */
    }
}

/* A wait for what never comes; not at the card, which must be left alone. */
static __attribute__((noinline)) void e1000_pause(void)
{
    register_wait((const uint32_t *)&net_e1000, 0, 1, E1000_PAUSE_US);
}

/* Stops the card and resets it; not 0 if its address does not come up. */
static int e1000_reset(volatile uint32_t *registers)
{
    registers[E1000_IMC] = ~0u;
    registers[E1000_RCTL] = 0;
    registers[E1000_TCTL] = 0;
    e1000_pause();
    registers[E1000_CTRL] |= E1000_CTRL_RST;
    e1000_pause();
    registers[E1000_IMC] = ~0u;
    /* Loaded from the EEPROM. */
    return register_wait(&registers[E1000_RAH], E1000_RAH_AV, E1000_RAH_AV,
                         E1000_EEPROM_US);
}

/* Head and tail are 0 after a reset. */
static __attribute__((noinline)) void
e1000_ring(volatile uint32_t *registers, volatile struct e1000_descriptor *ring)
{
    uint64_t physical = memory_physical((void *)ring);

    registers[E1000_BASE_LOW] = (uint32_t)physical;
    registers[E1000_BASE_HIGH] = (uint32_t)(physical >> 32);
    registers[E1000_LENGTH] = NET_RING * sizeof *ring;
}

/* From reset to ready. */
static void e1000_start(struct e1000 *card)
{
    volatile uint32_t *registers = card->registers;
    uint32_t low = registers[E1000_RAL];
    uint16_t high = (uint16_t)registers[E1000_RAH];

    memcpy(card->device.info.mac, &low, sizeof low);
    memcpy(card->device.info.mac + sizeof low, &high, sizeof high);
    for (unsigned i = 0; i < E1000_MTA_COUNT; i++)
        registers[E1000_MTA + i] = 0;
    for (unsigned i = 0; i < NET_RING; i++)
        card->rx[i].address = memory_physical(card->buffers[i]);
    card->device.ready = &card->rx[0].status;
    card->device.mask = E1000_DD;
    card->causes = E1000_INT_RECEIVE;
    if (card->device.function.device == E1000_82574L) {
        card->causes |= E1000_INT_RXQ0;
        registers[E1000_IVAR] = E1000_IVAR_RXQ0;
    }
    e1000_ring(registers + E1000_RX, card->rx);
    e1000_ring(registers + E1000_TX, card->tx);
    registers[E1000_CTRL] =
        (registers[E1000_CTRL] & ~E1000_CTRL_CLEAR) | E1000_CTRL_SET;
    registers[E1000_TIPG] = E1000_TIPG_COPPER;
    registers[E1000_TCTL] = E1000_TCTL_EN | E1000_TCTL_PSP | E1000_TCTL_CT |
                            E1000_TCTL_COLD;
    registers[E1000_RCTL] = E1000_RCTL_EN | E1000_RCTL_BAM | E1000_RCTL_SECRC;
    registers[E1000_RX + E1000_TAIL] = NET_RING - 1;
}

static const struct net_driver e1000_driver = {
    .name = "e1000-",
    .send = e1000_send,
    .sent = e1000_sent,
    .receive = e1000_receive,
    .release = e1000_release,
    .link = e1000_link,
    .interrupt = e1000_interrupt,
};

static int e1000_probe(const struct pci_function *function)
{
    unsigned n = function->device - E1000_82543GC;
    volatile uint32_t *registers;
    struct e1000 *card;

    if (function->device != E1000_82574L && (n > 31 || !(E1000_8254X >> n & 1)))
        return 0;
    pci_enable(function);
    registers = pci_registers(function, 0, 0);
    if (!registers || e1000_reset(registers))
        return BAREMETAL_EIO;
    card = memory_take(sizeof *card / PAGE_SIZE);
    if (!card)
        return 0;
    card->registers = registers;
    card->device.driver = &e1000_driver;
    card->device.function = *function;
    e1000_start(card);
    return net_add(&card->device);
}

const struct pci_driver net_e1000 = {
    .probe = e1000_probe,
    .first = E1000_VENDOR << 16 | E1000_82543GC,
    .last = E1000_VENDOR << 16 | E1000_82574L,
};
