/* test_vmxnet3.c - tests of the vmxnet3 driver on a card made of memory, that
 * also misbehaves.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The card's registers are pages that cannot be accessed: each access traps,
 * is shown to the card, and stepped over.
 */
// sources: kernel/drivers/net_vmxnet3.c
#define _GNU_SOURCE /* REG_ERR */
#include "check.h"
#include "register_trap.h"
#include <kernel/memory.h>
#include <kernel/net.h>
#include <stdlib.h>
#include <string.h>

#define BAR_BYTES 4096

#define ACTIVATE 0xCAFE0000u
#define RESET 0xCAFE0002u
#define RX_MODE 0xCAFE0003u
#define GET_LINK 0xF00D0002u
#define MAC_LOW 0x12005452u
#define MAC_HIGH 0x5634u

extern const struct pci_driver net_vmxnet3;

/* The card: what it was told, how it is to misbehave, what it has seen. */
static struct {
    uint32_t revisions, link;
    int refuses, unmapped, poor; /* poor: there is no memory */
    uint64_t shared;
    int active;
    uint32_t answer, rx_mode, mask, rx_told;
    unsigned accesses, acknowledged, vlan_0;
    uint64_t mac_set;
    uint64_t tx, tx_done, rx, rx_done, rx_queue; /* physical */
    uint32_t size[4];                            /* of the rings, in that order */
    uint32_t tx_at, tx_done_at, rx_at, rx_done_at; /* since the start */
    int keeps;                                   /* frames to send */
    uint64_t sent_address;
    uint32_t sent_length, sent_count;
} card;

static struct net_device *device;

/* What was taken, to be given back at the end. */
#define TAKEN_MAX 16
static void *blocks[TAKEN_MAX];
static unsigned taken;

/* ---- what the driver calls */

void *memory_at(uint64_t physical)
{
    return (void *)(LAYOUT_WINDOW + physical);
}

void *memory_take(size_t pages)
{
    void *memory;

    if (card.poor)
        return 0;
    CHECK(taken < TAKEN_MAX);
    memory = blocks[taken++] = aligned_alloc(4096, pages * 4096);
    return memset(memory, 0, pages * 4096);
}

void *pci_registers(const struct pci_function *function, unsigned bar,
                    uint32_t offset)
{
    (void)function;
    return card.unmapped ? 0 : registers + bar * BAR_BYTES + offset;
}

void pci_enable(const struct pci_function *function)
{
    (void)function;
}

int net_add(struct net_device *added)
{
    device = added;
    return 1;
}

/* ---- the card */

static uint32_t word(uint64_t physical, unsigned offset)
{
    return *(volatile uint32_t *)((char *)memory_at(physical) + offset);
}

static uint64_t word64(uint64_t physical, unsigned offset)
{
    return word(physical, offset) | (uint64_t)word(physical, offset + 4) << 32;
}

/* The generation of an entry in this round. */
static uint32_t generation(uint32_t at)
{
    return !(at / NET_RING & 1);
}

static void card_done(uint64_t ring, uint32_t *at, uint32_t entry,
                      uint32_t length)
{
    volatile uint32_t *done =
        (uint32_t *)((char *)memory_at(ring) + *at % NET_RING * 16);

    done[0] = entry;
    done[2] = length;
    done[3] = generation(*at) << 31;
    ++*at;
}

/* Ring addresses are at 16 and 32, sizes at 56 and 64 of a queue. */
static uint32_t card_activate(void)
{
    uint64_t queues = word64(card.shared, 40);

    if (card.refuses)
        return 1;
    CHECK(card.shared % 8 == 0 && word(card.shared, 0) == 0xBABEFEE1);
    CHECK(queues % 128 == 0 && word(card.shared, 52) == 512);
    CHECK(word(card.shared, 16) & word(card.shared, 20) & 1);
    CHECK(word(card.shared, 56) >= 1500 && word(card.shared, 56) <= 9000);
    CHECK(word(card.shared, 60) == 0x01010001); /* queues; 1 piece a frame */
    CHECK((word(card.shared, 80) & 0xFF00) == 0x100); /* interrupts */
    CHECK(word64(card.shared, 32) == 0 && word64(card.shared, 24) == 0);
    card.vlan_0 = word(card.shared, 136) & 1;
    card.rx_queue = queues + 256;
    card.tx = word64(queues, 16);
    card.tx_done = word64(queues, 32);
    card.rx = word64(card.rx_queue, 16);
    card.rx_done = word64(card.rx_queue, 32);
    card.size[0] = word(queues, 56);
    card.size[1] = word(queues, 64);
    card.size[2] = word(card.rx_queue, 56);
    card.size[3] = word(card.rx_queue, 64);
    CHECK(word(card.rx_queue, 60) == 0);
    card.active = 1;
    return 0;
}

static void card_send(void)
{
    for (;;) {
        uint64_t entry = card.tx + card.tx_at % NET_RING * 16;

        if (card.keeps ||
            (word(entry, 8) >> 14 & 1) != generation(card.tx_at))
            return;
        CHECK(word(entry, 12) == 0x3000); /* end of the frame; tell */
        CHECK(word(entry, 8) >> 15 == 0);
        card.sent_address = word64(entry, 0);
        card.sent_length = word(entry, 8) & 0x3FFF;
        card.sent_count++;
        card_done(card.tx_done, &card.tx_done_at, card.tx_at++ % NET_RING, 0);
    }
}

/* Passes over `skip` entries, then uses one: its buffer and, in *n, number; 0
 * if none is the card's. */
static uint8_t *card_take(unsigned skip, uint32_t *n)
{
    for (;; card.rx_at++) {
        uint64_t entry = card.rx + card.rx_at % NET_RING * 16;

        if (word(entry, 8) >> 31 != generation(card.rx_at))
            return 0;
        CHECK((word(entry, 8) & 0x7FFFFFFF) == NET_BUFFER);
        if (skip-- > 0)
            continue;
        *n = card.rx_at++ % NET_RING;
        return memory_at(word64(entry, 0));
    }
}

#define WHOLE (3u << 14)

/* A frame of that many bytes of a value comes; 0 if it is lost. */
static int card_receive(uint8_t value, uint32_t length, unsigned skip)
{
    uint32_t n;
    uint8_t *buffer = card_take(skip, &n);

    if (!buffer)
        return 0;
    memset(buffer, value, length);
    card_done(card.rx_done, &card.rx_done_at, WHOLE | n, length);
    return 1;
}

static void card_command(uint32_t command)
{
    card.answer = 0;
    if (command == RESET)
        card.active = 0;
    else if (command == ACTIVATE)
        card.answer = card_activate();
    else if (command == RX_MODE)
        card.rx_mode = word(card.shared, 120);
    else if (command == GET_LINK)
        card.answer = card.link;
    else
        CHECK(0);
}

static void register_written(unsigned offset, uint32_t value)
{
    card.accesses++;
    if (offset < BAR_BYTES && !card.active) {
        CHECK(0); /* doorbells are for later */
    } else if (offset == 0x600) {
        CHECK(value < NET_RING);
        card_send();
    } else if (offset == 0x800) {
        CHECK(value < NET_RING);
        card.rx_told = value;
    } else if (offset == 0) {
        card.mask = value;
    } else if (offset == BAR_BYTES + 0x10) {
        card.shared = value;
    } else if (offset == BAR_BYTES + 0x18) {
        card.shared |= (uint64_t)value << 32;
    } else if (offset == BAR_BYTES + 0x20) {
        card_command(value);
    } else if (offset == BAR_BYTES + 0x28) {
        card.mac_set = value;
    } else if (offset == BAR_BYTES + 0x30) {
        card.mac_set |= (uint64_t)value << 32;
    } else {
        CHECK(offset == BAR_BYTES || offset == BAR_BYTES + 8);
        CHECK(value == 1); /* a revision that was offered */
    }
}

static uint32_t register_read(unsigned offset)
{
    card.accesses++;
    switch (offset) {
    case BAR_BYTES:
    case BAR_BYTES + 8:
        return card.revisions;
    case BAR_BYTES + 0x20:
        return card.answer;
    case BAR_BYTES + 0x28:
        return MAC_LOW;
    case BAR_BYTES + 0x30:
        return MAC_HIGH;
    case BAR_BYTES + 0x38:
        card.acknowledged++;
        return 0;
    default:
        CHECK(0);
        return ~0u;
    }
}

/* ---- the tests */

static int probe(void)
{
    static const struct pci_function function = {
        .vendor = 0x15AD, .device = 0x07B0, .address = 0x18,
    };

    device = 0;
    return net_vmxnet3.probe(&function);
}

/* A card that works. */
static void start(void)
{
    memset(&card, 0, sizeof card);
    card.revisions = 1;
    CHECK(probe() == 1 && device && card.active);
}

static int ready(void)
{
    return (*device->ready & device->mask) != device->empty;
}

/* Takes a frame and gives its buffer back. */
static unsigned take(uint8_t *first)
{
    void *frame = 0;

    CHECK(ready());
    unsigned length = device->driver->receive(device, &frame);
    CHECK(frame != 0);
    *first = *(uint8_t *)frame; /* inside of our memory, whatever was said */
    ((volatile uint8_t *)frame)[NET_BUFFER - 1] = 0;
    device->driver->release(device);
    return length;
}

static void test_start(void)
{
    static const uint8_t mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    start();
    for (unsigned i = 0; i < 4; i++)
        CHECK(card.size[i] == NET_RING);
    CHECK((card.tx | card.tx_done | card.rx | card.rx_done) % 512 == 0);
    CHECK(!memcmp(device->info.mac, mac, 6));
    CHECK(card.mac_set == (MAC_LOW | (uint64_t)MAC_HIGH << 32));
    CHECK(card.rx_mode == 5 && card.vlan_0 && card.rx_told == NET_RING - 1);
    CHECK(card.mask == 1 && !strcmp(device->driver->name, "vmxnet"));
    CHECK(device->function.address == 0x18 && !ready());

    device->driver->interrupt(device, 1);
    CHECK(card.mask == 0);
    card.acknowledged = 0;
    device->driver->interrupt(device, 0);
    CHECK(card.mask == 1 && card.acknowledged == 1);
    CHECK(device->driver->link(device) == 0);
    card.link = 10000u << 16 | 1;
    CHECK(device->driver->link(device) == 1);
}

static void test_refusals(void)
{
    memset(&card, 0, sizeof card);
    CHECK(probe() == 0); /* no revision that we know */
    card.revisions = 6;
    CHECK(probe() == 0);
    card.revisions = 7;
    card.refuses = 1;
    CHECK(probe() == BAREMETAL_EIO && !card.active);
    card.refuses = 0;
    card.unmapped = 1;
    CHECK(probe() == 0);
    card.unmapped = 0;
    card.poor = 1;
    CHECK(probe() == 0);
}

static void test_send(void)
{
    start();
    for (uint32_t i = 0; i < 5 * NET_RING; i++) {
        uint64_t address = 0x1234567800u + i; /* above 4 GiB */

        card.accesses = 0;
        device->driver->send(device, address, i % 1518 + 1);
        device->sending = 1;
        CHECK(card.accesses == 1);
        CHECK(card.sent_count == i + 1 && card.sent_address == address);
        CHECK(card.sent_length == i % 1518 + 1);
        CHECK(device->driver->sent(device) == 1);
        device->sending = 0;
        CHECK(device->driver->sent(device) == 0 && card.accesses == 1);
    }
    card.keeps = 1;
    for (device->sending = 0; device->sending < NET_RING - 2;
         device->sending++)
        device->driver->send(device, 0x1000, 60);
    CHECK(device->driver->sent(device) == 0);
    card.keeps = 0;
    card_send();
    device->sending = 40; /* never more than were sent, as far as we know */
    CHECK(device->driver->sent(device) == 40);
    device->sending = NET_RING - 2 - 40;
    CHECK(device->driver->sent(device) == NET_RING - 2 - 40);
}

static void test_receive(void)
{
    unsigned got = 0, given = 0;
    uint8_t first;

    start();
    while (card_receive((uint8_t)given, given % 1518 + 1, 0))
        given++;
    CHECK(given == NET_RING - 1);
    card.accesses = 0;
    for (; got < 1000; got++) {
        CHECK(take(&first) == got % 1518 + 1 && first == (uint8_t)got);
        CHECK(card_receive((uint8_t)given, given % 1518 + 1, 0));
        CHECK(!card_receive(0, 60, 0)); /* one at a time comes back */
        given++;
    }
    for (; got < given; got++)
        CHECK(take(&first) == got % 1518 + 1 && first == (uint8_t)got);
    CHECK(!ready() && card.accesses == 0);
    *(volatile uint8_t *)memory_at(card.rx_queue) = 1;
    CHECK(card_receive(7, 60, 0) && take(&first) == 60);
    CHECK(card.accesses == 1 && card.rx_told == given % NET_RING);
}

/* A card that says nonsense: what is wrong is not taken for a frame, and what
 * comes after it is. */
static void test_nonsense(void)
{
    static const struct { uint32_t entry, length; } wrong[] = {
        {WHOLE, 1519}, {WHOLE, 0x3FFF}, {WHOLE, 1u << 14 | 60}, {WHOLE, 0},
        {1u << 14, 60}, {1u << 15, 60}, {0, 60},
    };
    uint8_t first;
    uint32_t n;

    start();
    for (unsigned i = 0; i < 3 * NET_RING; i++) {
        unsigned kind = i % (sizeof wrong / sizeof *wrong);

        CHECK(card_take(0, &n) != 0);
        card_done(card.rx_done, &card.rx_done_at, wrong[kind].entry | n,
                  wrong[kind].length);
        CHECK(take(&first) == 0);
        CHECK(card_receive(9, 61, 0) && take(&first) == 61 && first == 9);
    }
    for (unsigned i = 0; i < 500; i++) { /* passes over entries */
        CHECK(card_receive((uint8_t)i, 100, i % 7));
        CHECK(take(&first) == 100 && first == (uint8_t)i && !ready());
    }
    for (unsigned i = 0; i < 500; i++) { /* any number, any order */
        card_done(card.rx_done, &card.rx_done_at,
                  (uint32_t)rand() * 2654435761u, (uint32_t)rand());
        CHECK(take(&first) <= BAREMETAL_FRAME_MAX);
    }
}

int main(void)
{
    traps_set(2 * BAR_BYTES);
    test_start();
    test_refusals();
    test_send();
    test_receive();
    test_nonsense();
    while (taken > 0)
        free(blocks[--taken]);
    return check_report("vmxnet3");
}
