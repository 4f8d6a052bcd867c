/* net_vmxnet3.c - VMware's network card vmxnet3, one ring each way.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The card has no manual; its registers and structures are those that VMware
 * published with its drivers for other systems ("UPT" and "vmxnet3" there).
 * Card and driver share a description of the queues, and rings of entries.
 * Each entry has a generation bit that changes with each round of the ring:
 * an entry whose bit is that of this round is the reader's. In QEMU:
 * -netdev ...,id=n -device vmxnet3,netdev=n.
 */
#include <kernel/memory.h>
#include <kernel/net.h>
#include <pure64/string.h>

#define VMXNET_ID 0x15AD07B0u

/* BAR 0, for what is done often; dwords. */
#define VMXNET_IMR 0           /* interrupt 0: 1 masked */
#define VMXNET_TXPROD (0x600 / 4)
#define VMXNET_RXPROD (0x800 / 4)
/* BAR 1. */
#define VMXNET_VRRS (0x00 / 4) /* revisions of the card: a bit each */
#define VMXNET_UVRS (0x08 / 4) /* of UPT */
#define VMXNET_DSAL (0x10 / 4) /* physical address of struct vmxnet_shared */
#define VMXNET_DSAH (0x18 / 4)
#define VMXNET_CMD (0x20 / 4)
#define VMXNET_MACL (0x28 / 4)
#define VMXNET_MACH (0x30 / 4)
#define VMXNET_ICR (0x38 / 4)  /* reading it acknowledges a line interrupt */

#define VMXNET_REVISION 1u

/* Commands; reading VMXNET_CMD gives the answer to the last one. */
#define VMXNET_CMD_ACTIVATE_DEV 0xCAFE0000u /* 0: done */
#define VMXNET_CMD_RESET_DEV 0xCAFE0002u
#define VMXNET_CMD_UPDATE_RX_MODE 0xCAFE0003u
#define VMXNET_CMD_GET_LINK 0xF00D0002u     /* bit 0: up */

/* What card and driver share. */
#define VMXNET_MAGIC 0xBABEFEE1u
#define VMXNET_GUEST (2u | 5u << 2) /* 64 bits, no more than a loader needs */
/* A name of the driver's, and what fits into a frame behind its header. */
#define VMXNET_DRIVER 0x314D42u
#define VMXNET_MTU (BAREMETAL_FRAME_MAX - 14)
#define VMXNET_RXM_UCAST 0x01u
#define VMXNET_RXM_BCAST 0x04u

struct vmxnet_shared {
    uint32_t magic, reserved_4;
    uint32_t version, guest, revisions, upt_revisions; /* of the driver */
    uint64_t features, driver_data;
    uint64_t queues;               /* physical: struct vmxnet_queues */
    uint32_t driver_data_bytes, queues_bytes;
    uint32_t mtu;
    uint16_t rx_pieces_max;        /* of a frame */
    uint8_t tx_queues, rx_queues;
    uint32_t reserved_64[4];
    uint8_t interrupt_masks_itself, interrupts, interrupt_of_events;
    uint8_t interrupt_moderation[25];
    uint32_t interrupt_control, reserved_112[2];
    uint32_t rx_mode;
    uint16_t multicast_bytes, reserved_126;
    uint64_t multicast_list;
    uint8_t vlans[512];            /* a bit each; 0 is frames without */
    uint64_t variable_parts[6];
    uint32_t events, reserved_700[5];
};
_Static_assert(offsetof(struct vmxnet_shared, rx_mode) == 120 &&
                   sizeof(struct vmxnet_shared) == 720,
               "as the card has it");

/* Both kinds have the same layout. */
struct vmxnet_queue {
    uint8_t update;                /* receiving: 1: the card wants RXPROD */
    uint8_t reserved_1[15];
    uint64_t given, second;        /* rings to the card */
    uint64_t done;                 /* ring from it */
    uint64_t driver_data, reserved_48;
    uint32_t given_size, second_size, done_size, driver_data_bytes;
    uint8_t interrupt, reserved_73[7];
    uint32_t stopped, error;
    uint64_t statistics[10];
    uint8_t reserved_168[88];
};
_Static_assert(sizeof(struct vmxnet_queue) == 256, "as the card has it");

/* An entry of a ring to the card: where a frame is or may come. */
struct vmxnet_entry {
    uint64_t address;
    uint32_t length;               /* in bits 13:0; the generation */
    uint32_t flags;
};
#define VMXNET_TX_GENERATION (1u << 14)
#define VMXNET_TX_EOP (1u << 12)
#define VMXNET_TX_CQ (1u << 13)    /* tell when it is sent */
#define VMXNET_RX_GENERATION (1u << 31)

/* An entry of a ring from the card. */
struct vmxnet_done {
    uint32_t entry;                /* bits 11:0: which one it is about */
    uint32_t reserved_4;
    uint32_t length;               /* bits 13:0 */
    uint32_t flags;                /* the generation */
};
#define VMXNET_DONE_WHOLE (1u << 14 | 1u << 15) /* in entry: EOP and SOP */
#define VMXNET_DONE_ERR (1u << 14)              /* in length */
#define VMXNET_DONE_LENGTH 0x3FFFu
#define VMXNET_DONE_GENERATION (1u << 31)

struct vmxnet_ring {
    struct vmxnet_entry given[NET_RING];
    struct vmxnet_done done[NET_RING];
};

struct vmxnet {
    volatile uint32_t *doorbells;  /* BAR 0 */
    volatile uint32_t *registers;  /* BAR 1 */
    uint32_t tx_next, rx_next;     /* entries to give to the card */
    uint32_t tx_done, rx_done;     /* entries from it, since the start */
    uint32_t rx_last;              /* the buffer of the frame received last */
    struct net_device device;
    struct vmxnet_shared shared;
    /* The card wants queues at multiples of 128, rings of 512. */
    volatile struct vmxnet_queue tx_queue __attribute__((aligned(512)));
    volatile struct vmxnet_queue rx_queue;
    volatile struct vmxnet_ring tx, rx;
    uint8_t buffers[NET_RING][NET_BUFFER] __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(sizeof(struct vmxnet) % PAGE_SIZE == 0, "whole pages");

/* In the highest bit: the generation of the n-th entry from the card while that
 * is still what it was a round before; 0 in the first round. */
#define VMXNET_RING_BITS 6
#define VMXNET_OLD(n) ((n) << (31 - VMXNET_RING_BITS))
_Static_assert(1 << VMXNET_RING_BITS == NET_RING, "a round");

static struct vmxnet *vmxnet_of(struct net_device *device)
{
    return (struct vmxnet *)((char *)device -
                             offsetof(struct vmxnet, device));
}

static uint32_t vmxnet_command(volatile uint32_t *registers, uint32_t command)
{
    registers[VMXNET_CMD] = command;
    return registers[VMXNET_CMD];
}

static void vmxnet_send(struct net_device *device, uint64_t physical,
                        uint32_t length)
{
    struct vmxnet *card = vmxnet_of(device);
    volatile struct vmxnet_entry *entry = &card->tx.given[card->tx_next];

    entry->address = physical;
    entry->flags = VMXNET_TX_EOP | VMXNET_TX_CQ;
    /* Stores are seen in their order: this one makes it the card's. */
    entry->length = length | (~entry->length & VMXNET_TX_GENERATION);
    card->tx_next = (card->tx_next + 1) % NET_RING;
    card->doorbells[VMXNET_TXPROD] = card->tx_next;
}

static unsigned vmxnet_sent(struct net_device *device)
{
    struct vmxnet *card = vmxnet_of(device);
    unsigned sent = 0;

    for (; sent < device->sending; sent++) {
        uint32_t n = card->tx_done;

        if (!((card->tx.done[n % NET_RING].flags ^ VMXNET_OLD(n)) &
              VMXNET_DONE_GENERATION))
            break;
        card->tx_done++;
    }
    return sent;
}

static unsigned vmxnet_receive(struct net_device *device, void **frame)
{
    struct vmxnet *card = vmxnet_of(device);
    const volatile struct vmxnet_done *done =
        (const void *)((const char *)device->ready -
                       offsetof(struct vmxnet_done, flags));
    uint32_t entry = done->entry, n = ++card->rx_done;
    uint32_t length = done->length & (VMXNET_DONE_LENGTH | VMXNET_DONE_ERR);

    device->ready = &card->rx.done[n % NET_RING].flags;
    device->empty = VMXNET_OLD(n) & VMXNET_DONE_GENERATION;
    card->rx_last = entry % NET_RING;
    *frame = card->buffers[card->rx_last];
    /* With ERR set it is longer than any frame. */
    if (~entry & VMXNET_DONE_WHOLE || length > BAREMETAL_FRAME_MAX)
        return 0;
    return length;
}

/* The entry last used stays ours until the next one is: a ring that is all the
 * card's would look like an empty one. What the card passed over is given, too. */
static void vmxnet_release(struct net_device *device)
{
    struct vmxnet *card = vmxnet_of(device);
    uint32_t n = card->rx_next;

    for (; n != card->rx_last; n = (n + 1) % NET_RING)
        card->rx.given[n].length ^= VMXNET_RX_GENERATION;
    card->rx_next = n;
    if (card->rx_queue.update)
        card->doorbells[VMXNET_RXPROD] = n;
}

static int vmxnet_link(struct net_device *device)
{
    return vmxnet_command(vmxnet_of(device)->registers, VMXNET_CMD_GET_LINK) &
           1;
}

static void vmxnet_interrupt(struct net_device *device, int on)
{
    struct vmxnet *card = vmxnet_of(device);

    card->doorbells[VMXNET_IMR] = !on;
    if (!on)
        (void)card->registers[VMXNET_ICR];
}

/* What follows fills in memory that is zeroed. No second receive ring, which
 * is for the rest of frames that take more than a buffer; no offloads. */

static __attribute__((noinline)) void vmxnet_describe(
    volatile struct vmxnet_queue *queue, uint64_t ring)
{
    queue->given = ring + offsetof(struct vmxnet_ring, given);
    queue->done = ring + offsetof(struct vmxnet_ring, done);
    queue->given_size = NET_RING;
    queue->done_size = NET_RING;
}

static __attribute__((noinline)) void vmxnet_share(
    struct vmxnet_shared *shared, uint64_t queues)
{
    shared->magic = VMXNET_MAGIC;
    shared->version = VMXNET_DRIVER;
    shared->guest = VMXNET_GUEST;
    shared->revisions = VMXNET_REVISION;
    shared->upt_revisions = VMXNET_REVISION;
    shared->queues = queues;
    shared->queues_bytes = 2 * sizeof(struct vmxnet_queue);
    shared->mtu = VMXNET_MTU;
    shared->rx_pieces_max = 1;
    shared->tx_queues = 1;
    shared->rx_queues = 1;
    shared->interrupts = 1;
    shared->rx_mode = VMXNET_RXM_UCAST | VMXNET_RXM_BCAST;
    memset(shared->vlans, 0xFF, sizeof shared->vlans);
}

/* Fills in what the card reads; it stands at that physical address. */
static void vmxnet_prepare(struct vmxnet *card, uint64_t physical)
{
    uint64_t buffer = physical + offsetof(struct vmxnet, buffers);

    vmxnet_share(&card->shared, physical + offsetof(struct vmxnet, tx_queue));
    vmxnet_describe(&card->tx_queue, physical + offsetof(struct vmxnet, tx));
    vmxnet_describe(&card->rx_queue, physical + offsetof(struct vmxnet, rx));
    for (unsigned i = 0; i < NET_RING; i++) {
        card->rx.given[i].address = buffer;
        card->rx.given[i].length = NET_BUFFER | VMXNET_RX_GENERATION;
        buffer += NET_BUFFER;
    }
    card->rx.given[NET_RING - 1].length = NET_BUFFER; /* see vmxnet_release */
    card->rx_next = NET_RING - 1;
    card->device.ready = &card->rx.done[0].flags;
    card->device.mask = VMXNET_DONE_GENERATION;
}

/* From reset to ready: 0 if the card does not want to. */
static int vmxnet_start(struct vmxnet *card, uint64_t shared)
{
    volatile uint32_t *registers = card->registers;
    uint8_t *mac = card->device.info.mac;
    uint32_t low, high;

    vmxnet_command(registers, VMXNET_CMD_RESET_DEV);
    registers[VMXNET_VRRS] = VMXNET_REVISION;
    registers[VMXNET_UVRS] = VMXNET_REVISION;
    low = registers[VMXNET_MACL];
    high = registers[VMXNET_MACH];
    memcpy(mac, &low, 4);
    memcpy(mac + 4, &high, 2);
    registers[VMXNET_DSAL] = (uint32_t)shared;
    registers[VMXNET_DSAH] = (uint32_t)(shared >> 32);
    if (vmxnet_command(registers, VMXNET_CMD_ACTIVATE_DEV))
        return 0;
    registers[VMXNET_MACL] = low;
    registers[VMXNET_MACH] = high;
    card->doorbells[VMXNET_RXPROD] = NET_RING - 1;
    vmxnet_command(registers, VMXNET_CMD_UPDATE_RX_MODE);
    vmxnet_interrupt(&card->device, 0);
    return 1;
}

static const struct net_driver vmxnet_driver = {
    .name = "vmxnet",
    .send = vmxnet_send,
    .sent = vmxnet_sent,
    .receive = vmxnet_receive,
    .release = vmxnet_release,
    .link = vmxnet_link,
    .interrupt = vmxnet_interrupt,
};

static int vmxnet_probe(const struct pci_function *function)
{
    volatile uint32_t *doorbells = pci_registers(function, 0, 0);
    volatile uint32_t *registers = pci_registers(function, 1, 0);
    struct vmxnet *card;

    pci_enable(function);
    if (!doorbells || !registers ||
        !(registers[VMXNET_VRRS] & registers[VMXNET_UVRS] & VMXNET_REVISION))
        return 0;
    card = memory_take(sizeof *card / PAGE_SIZE);
    if (!card)
        return 0;
    card->doorbells = doorbells;
    card->registers = registers;
    card->device.driver = &vmxnet_driver;
    card->device.function = *function;
    vmxnet_prepare(card, memory_physical(card));
    return vmxnet_start(card, memory_physical(&card->shared)) &&
                   net_add(&card->device)
               ? 1
               : BAREMETAL_EIO;
}

const struct pci_driver net_vmxnet3 = {
    .probe = vmxnet_probe,
    .first = VMXNET_ID,
    .last = VMXNET_ID,
};
