/* test_net.c - network interfaces, and drivers whose cards misbehave.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: kernel/drivers/net_e1000.c kernel/drivers/net_virtio.c kernel/drivers/virtio.c kernel/drivers/register.c os/virtio_pci.c
#include "check.h"
#include <pure64/cpu.h>
#include <stdlib.h>
#include <string.h>

/* Privileged, and nothing interrupts here. */
static int interrupts_off;
#define cpu_flags() ((uint64_t)interrupts_off)
#define cpu_interrupts_off() ((void)(interrupts_off = 1))
#define cpu_flags_restore(flags) ((void)(interrupts_off = (int)(flags)))
#include "../../kernel/net.c"
#include "../../kernel/drivers/virtio.h"
#include "../../os/net_callback.c"
#include "virtio.h"

/* ---- The machine. */
static uint64_t clock_us;      /* goes on by one with each look */
static unsigned lines_taken, checks;
static interrupt_handler *handler;
static void *handler_context;
static unsigned raised;

/* Memory that runs to `hole` in one piece, and on in another; the second one
 * may not be there. */
static const char *hole;
static int hole_mapped;

void *memory_at(uint64_t physical)
{
    return (void *)(LAYOUT_WINDOW + physical);
}

/* Kept here, too: a driver that gives a card up loses what it took. */
static void *blocks[32];

void *memory_take(size_t pages)
{
    static unsigned count;
    void *memory = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);

    CHECK(count < sizeof blocks / sizeof blocks[0]);
    blocks[count++] = memory;
    return memset(memory, 0, pages * PAGE_SIZE);
}

size_t memory_run(const void *virtual, size_t size, enum memory_access access,
                  uint64_t *physical)
{
    const char *start = virtual;

    (void)access;
    *physical = memory_physical(virtual);
    if (hole && start < hole && start + size > hole)
        return (size_t)(hole - start);
    return hole && start >= hole && !hole_mapped ? 0 : size;
}

int lock_try(struct lock *lock)
{
    lock->holder = 1;
    return 1;
}

void lock_take(struct lock *lock)
{
    CHECK(!lock->holder);
    lock->holder = 1;
}

void lock_release(struct lock *lock)
{
    CHECK(lock->holder);
    lock->holder = 0;
}

struct time_limit time_limit_us(uint32_t us)
{
    return (struct time_limit){clock_us + us};
}

int time_limit_passed(struct time_limit limit)
{
    return clock_us++ >= limit.tsc_end;
}

void callback_later(void)
{
}

void callback_raise(void)
{
    raised++;
}

static void stop_check(void)
{
    checks++;
}

int interrupts_pci(const struct pci_function *function,
                  void (*function_handler)(void *context), void *context)
{
    (void)function;
    handler = function_handler;
    handler_context = context;
    lines_taken++;
    return 0;
}

/* ---- A card of ours. */
#define WIRE 100
static uint32_t arrived;       /* frames that wait */
static unsigned done, sent_count, released, damaged;
static int interrupt_state;
static uint64_t wire_address[WIRE];
static uint32_t wire_length[WIRE];

static void card_send(struct net_device *device, uint64_t physical,
                      uint32_t length)
{
    (void)device;
    wire_address[sent_count % WIRE] = physical;
    wire_length[sent_count++ % WIRE] = length;
}

static unsigned card_sent(struct net_device *device)
{
    unsigned n = done < device->sending ? done : device->sending;

    done -= n;
    return n;
}

static unsigned card_receive(struct net_device *device, void **frame)
{
    (void)device;
    *frame = &arrived;
    if (damaged) {
        damaged--;
        return 0;
    }
    return 60 + arrived--;
}

static void card_release(struct net_device *device)
{
    (void)device;
    released++;
}

static int card_link(struct net_device *device)
{
    (void)device;
    return 1;
}

static void card_interrupt(struct net_device *device, int on)
{
    (void)device;
    interrupt_state = on;
}

static const struct net_driver card_driver = {
    "card", card_send, card_sent, card_receive, card_release, card_link,
    card_interrupt,
};
static struct net_device card = {
    .ready = &arrived, .mask = ~0u, .driver = &card_driver,
};

static void test_send(void)
{
    static char frame[4096];
    unsigned n = 0;

    CHECK(net_send(0, frame, 0) == BAREMETAL_EINVAL);
    CHECK(net_send(0, frame, 1519) == BAREMETAL_EINVAL);
    CHECK(net_send(0, frame, (size_t)-1) == BAREMETAL_EINVAL);
    CHECK(net_send(1, frame, 60) == BAREMETAL_ENODEV);
    CHECK(net_send(~0u, frame, 60) == BAREMETAL_ENODEV);
    CHECK(sent_count == 0);
    while (n < 100 && !net_send(0, frame + n, 1518))
        n++;
    CHECK(n == NET_RING - 2 && sent_count == n);
    CHECK(net_send(0, frame, 60) == BAREMETAL_EBUSY);
    CHECK(wire_address[5] == memory_physical(frame + 5));
    CHECK(net_sending(0) == NET_RING - 2);
    done = 10;
    CHECK(net_sending(0) == NET_RING - 12);
    done = 1000;
    CHECK(net_sending(0) == 0);
    done = 0;
}

/* One frame at a time is copied: short ones, and those in two pieces. */
static void test_copy(void)
{
    static char frame[2048];
    const char *copy;

    memset(frame, 'x', sizeof frame);
    memset(card.copy, 'o', PAGE_SIZE);
    CHECK(!net_send(0, frame, 1));
    copy = memory_at(wire_address[(sent_count - 1) % WIRE]);
    CHECK(copy == card.copy && wire_length[(sent_count - 1) % WIRE] == 17);
    CHECK(copy[0] == 'x' && copy[1] == 0 && copy[16] == 0);
    CHECK(net_send(0, frame, 16) == BAREMETAL_EBUSY);
    CHECK(!net_send(0, frame, 17));
    CHECK(wire_address[(sent_count - 1) % WIRE] == memory_physical(frame));
    done = 1;
    CHECK(net_sending(0) == 1);
    hole = frame + 100;
    hole_mapped = 1;
    CHECK(!net_send(0, frame, 1518));
    CHECK(wire_address[(sent_count - 1) % WIRE] == memory_physical(card.copy));
    CHECK(!memcmp(card.copy, frame, 1518));
    CHECK(net_send(0, frame, 1518) == BAREMETAL_EBUSY);
    done = 1;
    CHECK(net_send(0, frame, 1518) == BAREMETAL_EBUSY);
    done = 1;
    CHECK(!net_send(0, frame, 1518));
    hole_mapped = 0;
    CHECK(net_send(0, frame, 1518) == BAREMETAL_EFAULT);
    CHECK(net_send(0, frame + 100, 60) == BAREMETAL_EFAULT);
    CHECK(net_send(0, frame + 100, 5) == BAREMETAL_EFAULT);
    hole = 0;
    done = 1;
    CHECK(net_sending(0) == 0 && !interrupts_off);
}

static void test_receive(void)
{
    struct baremetal_net info;
    void *frame = 0;

    CHECK(net_receive(0, &frame) == 0 && net_receive(1, &frame) < 0);
    arrived = 2;
    CHECK(net_receive(0, &frame) == 62 && frame == &arrived);
    CHECK(released == 0);
    CHECK(net_receive(0, &frame) == 61 && released == 1);
    CHECK(net_receive(0, &frame) == 0 && released == 1);
    arrived = 1;
    damaged = 3;
    CHECK(net_receive(0, &frame) == 61 && released == 5);
    arrived = 1;
    damaged = 1000; /* comes to an end, each time */
    CHECK(net_receive(0, &frame) == 0 && damaged == 1000 - NET_RING);
    damaged = 0;
    CHECK(net_receive(0, &frame) == 61);
    CHECK(!net_info(0, &info) && info.link == 1 && info.received == 4);
    CHECK(info.received_bytes == 62 + 61 + 61 + 61);
    CHECK(info.errors == 3 + NET_RING && !strcmp(info.name, "card0"));
    CHECK(info.sent == 62 + 4 && info.sent_bytes == 62 * 1518 + 1 + 17 + 2 * 1518);
}

static unsigned calls;

static void callback(void *argument)
{
    void *frame;

    calls++;
    CHECK(argument == &calls && interrupt_state == 1);
    while (net_receive(0, &frame) > 0)
        ;
}

static void test_callback(void)
{
    CHECK(net_callback(1, callback, 0) == BAREMETAL_ENODEV);
    CHECK(!net_callback(0, 0, 0) && lines_taken == 0);
    CHECK(!net_callback(0, callback, &calls) && lines_taken == 1 && checks);
    net_callback_run();
    CHECK(calls == 0 && interrupt_state == 1);
    raised = 0;
    arrived = 3;
    handler(handler_context);
    CHECK(interrupt_state == 0 && raised == 1);
    net_callback_run();
    CHECK(calls == 1 && arrived == 0);
    net_callback_run();
    CHECK(calls == 1);
    /* Frames that are there already: an interrupt is not waited for. */
    arrived = 1;
    CHECK(!net_callback(0, callback, &calls) && lines_taken == 1);
    net_callback_run();
    CHECK(calls == 2 && arrived == 0);
    done = 0;
    net_send(0, "a frame that a broken card does not send", 40);
    net_drain(); /* ends */
    net_callback_reset();
    CHECK(interrupt_state == 0 && net_sending(0) == 1);
    arrived = 1;
    raised = 0;
    handler(handler_context); /* of another device on the same line */
    net_callback_run();
    CHECK(calls == 2 && !raised);
    done = 1;
    net_sending(0);
}

/* ---- Intel cards. */
extern const struct pci_driver net_e1000, net_virtio;

static uint32_t registers[0x6000 / 4];
/* VIRTIO 1.1, 4.1.4.3. */
static struct {
    uint32_t device_feature_select, device_feature;
    uint32_t driver_feature_select, driver_feature;
    uint16_t msix_config, num_queues;
    uint8_t device_status, config_generation;
    uint16_t queue_select, queue_size, queue_msix_vector, queue_enable;
    uint16_t queue_notify_off;
    uint64_t queue_part[3];
} common;
static struct {
    uint8_t mac[6];
    uint16_t status;
} config = {{2, 1, 2, 3, 4, 5}, 1};
static uint16_t notified[2];

void *pci_registers(const struct pci_function *function, unsigned bar,
                    uint32_t offset)
{
    void *const parts[] = {registers, &common, notified, 0, &config};

    CHECK(bar < 5);
    if (function->vendor == 0x8086)
        return registers;
    return parts[bar] ? (char *)parts[bar] + offset : 0;
}

static unsigned functions_enabled;

void pci_enable(const struct pci_function *function)
{
    (void)function;
    functions_enabled++;
}

struct ring_entry {
    uint64_t address;
    uint32_t length, status;
};

static struct ring_entry *ring(unsigned offset)
{
    return memory_at(registers[offset / 4] |
                     (uint64_t)registers[offset / 4 + 1] << 32);
}

static void test_e1000(void)
{
    struct pci_function function = {.vendor = 0x8086, .device = 0x100E};
    struct ring_entry *rx, *tx;
    static char frame[1518];
    void *where;

    /* Its address never comes. */
    CHECK(net_e1000.probe(&function) == BAREMETAL_EIO);
    registers[0x5400 / 4] = 0x00005452;
    registers[0x5404 / 4] = 0x80000100;
    function.device = 0x1009; /* fibre */
    CHECK(net_e1000.probe(&function) == 0);
    function.device = 0x100E;
    CHECK(net_e1000.probe(&function) == 1);
    rx = ring(0x2800);
    tx = ring(0x3800);
    CHECK(registers[0x2818 / 4] == 63 && net_receive(1, &where) == 0);
    /* Lengths and errors that a card must not, but may, report. */
    rx[0].length = 0xFFFF;
    rx[0].status = 3;
    rx[1].length = 1519;
    rx[1].status = 3;
    rx[2].length = 60;
    rx[2].status = 1; /* not the end */
    rx[3].length = 60;
    rx[3].status = 3 | 1 << 8; /* CRC */
    rx[4].length = 1518;
    rx[4].status = 3 | 0x60 << 8; /* checksums inside are not ours */
    CHECK(net_receive(1, &where) == 1518);
    CHECK(where == memory_at(rx[4].address));
    CHECK(net_get(1)->info.errors == 4 && rx[0].status == 0);
    for (unsigned i = 5; i < 200; i++) {
        rx[i % 64].length = 60 + i;
        rx[i % 64].status = 3;
        CHECK(net_receive(1, &where) == (int)(60 + i));
        CHECK(where == memory_at(rx[i % 64].address));
        if (i > 16)
            CHECK(registers[0x2818 / 4] == ((i / 16 * 16 - 1) & 63));
    }
    for (unsigned i = 0; i < 62; i++)
        CHECK(!net_send(1, frame, 100));
    CHECK(registers[0x3818 / 4] == 62 && tx[61].address);
    for (unsigned i = 0; i < 64; i++)
        tx[i].status = 1; /* also of frames that are not there */
    CHECK(net_sending(1) == 0 && net_get(1)->info.sent == 62);
}

/* ---- virtio, on PCI: capabilities at 0x40, 0x50 and so on, one a type. */
static unsigned mock_capability(const struct pci_function *function, uint8_t id,
                                unsigned offset)
{
    (void)function;
    CHECK(id == 9);
    return offset == 0 ? 0x40 : offset < 0x70 ? offset + 0x10 : 0;
}

uint32_t pci_read(const struct pci_function *function, unsigned offset)
{
    unsigned type = (offset - 0x30) / 0x10;

    (void)function;
    return offset % 0x10 == 0 ? type << 24 | 9 : offset % 0x10 == 4 ? type : 0;
}

static struct virtio_queue *queue(struct net_device *device, unsigned number)
{
    return (struct virtio_queue *)(((uint64_t)device & ~0xFFFull) +
                                   (number + 1) * PAGE_SIZE);
}

static void use(struct virtio_queue *it, uint32_t id, uint32_t length)
{
    it->used.ring[it->used.idx % it->size].id = id;
    it->used.ring[it->used.idx % it->size].length = length;
    it->used.idx++;
}

static void test_virtio_sending(struct virtio_queue *tx)
{
    static char frame[1518];

    for (unsigned i = 0; i < 62; i++)
        CHECK(!net_send(2, frame, 100));
    CHECK(net_send(2, frame, 100) == BAREMETAL_EBUSY);
    CHECK(tx->avail.idx == 62 && notified[0] == 1);
    use(tx, 2, 0);  /* the second before the first */
    CHECK(net_sending(2) == 62);
    use(tx, 0, 0);
    use(tx, 0, 0);
    CHECK(net_sending(2) == 60);
    use(tx, 0xFFFF, 0);
    use(tx, 127, 0); /* of a frame that is not under way */
    CHECK(net_sending(2) == 60);
    for (unsigned i = 2; i < 62; i++)
        use(tx, 2 * i, 0);
    CHECK(net_sending(2) == 0);
    CHECK(!net_send(2, frame, 100) && !net_send(2, frame, 100) &&
          net_sending(2) == 2);
    use(tx, 124, 0); /* the next one's 126 was reported too early: above */
    CHECK(net_sending(2) == 1);
}

static void test_virtio(void)
{
    struct virtio_device device;
    struct pci_function function = {.vendor = 0x1AF4, .device = 0x1041};
    struct virtio_queue *rx, *tx;
    void *where;

    CHECK(net_virtio.probe(&function) == 0); /* no registers */
    CHECK(virtio_pci_find(&function, &device) == 1);
    CHECK(device.common == (volatile char *)&common + 0 && !device.isr);
    function.virtio = &device;
    common.device_feature = 1 << 5 | 1; /* MAC; half 1: VERSION_1 */
    common.queue_size = 16; /* too few to receive */
    CHECK(net_virtio.probe(&function) == BAREMETAL_EIO);
    common.queue_size = 128;
    common.num_queues = 0x5A5A;
    common.config_generation = 0x5A;
    CHECK(net_virtio.probe(&function) == 1);
    CHECK(common.device_status == 15 && common.queue_enable == 1);
    CHECK(common.num_queues == 0x5A5A && common.config_generation == 0x5A);
    CHECK(common.driver_feature == 1);
    CHECK(!memcmp(net_get(2)->info.mac, config.mac, 6));
    CHECK(net_get(2)->driver->link(net_get(2)) == 1);
    rx = queue(net_get(2), 0);
    tx = queue(net_get(2), 1);
    CHECK(common.queue_part[0] == memory_physical(tx->desc));
    CHECK(common.queue_part[1] == memory_physical(&tx->avail));
    CHECK(common.queue_part[2] == memory_physical(&tx->used));
    CHECK(rx->avail.idx == 64 && net_receive(2, &where) == 0);
    /* Ids and lengths that are not possible. */
    use(rx, 0, 12);
    use(rx, 1, 5);
    use(rx, 2, 1531);
    use(rx, 3, 0xFFFFFFFF);
    use(rx, 4, 1530);
    CHECK(net_receive(2, &where) == 1518);
    CHECK(where == (char *)memory_at(rx->desc[4].address) + 12);
    use(rx, 0xFFFFFFFF, 100);
    use(rx, 128, 100);
    CHECK(net_receive(2, &where) == 0);
    use(rx, 100, 100); /* no buffer of ours, but a descriptor */
    CHECK(net_receive(2, &where) >= 0);
    for (unsigned i = 0; i < 200; i++) {
        use(rx, i % 64, 72);
        CHECK(net_receive(2, &where) == 60);
        CHECK(where == (char *)memory_at(rx->desc[i % 64].address) + 12);
    }
    CHECK((uint16_t)(rx->added - rx->avail.idx) < 16);
    rx->used.idx += 30000; /* as if so many had come */
    for (unsigned i = 0; i < 40000; i++)
        CHECK(net_receive(2, &where) <= 1518);

    test_virtio_sending(tx);
}

/* ---- virtio over MMIO: VIRTIO 1.1, 4.2.2. */
static void test_virtio_mmio(void)
{
    static uint32_t mmio[0x200 / 4];
    const struct virtio_device device = {
        .mmio = VIRTIO_MMIO, .common = (volatile char *)mmio,
        .notify = (volatile char *)mmio + 0x50, .config = mmio + 0x100 / 4,
    };
    struct pci_function function = {
        .vendor = 0x1AF4, .device = 0x1041, .virtio = &device,
        .class = BAREMETAL_PCI_MMIO | 1,
    };
    unsigned enabled = functions_enabled;
    struct virtio_queue *tx;
    static char frame[100];

    mmio[0x10 / 4] = 1 << 5 | 1;
    mmio[0x34 / 4] = 1024;
    mmio[0x50 / 4] = 0xFFFFFFFF;
    memcpy(mmio + 0x100 / 4, config.mac, 6);
    CHECK(net_virtio.probe(&function) == 1);
    tx = queue(net_get(3), 1);
    CHECK(mmio[0x70 / 4] == 15 && mmio[0x20 / 4] == 1 && mmio[0x24 / 4] == 1);
    CHECK(mmio[0x14 / 4] == 1 && mmio[0x30 / 4] == 1 && mmio[0x38 / 4] == 128);
    CHECK(mmio[0x44 / 4] == 1 && mmio[0x64 / 4] == 0);
    CHECK((mmio[0x80 / 4] | (uint64_t)mmio[0x84 / 4] << 32) ==
          memory_physical(tx->desc));
    CHECK((mmio[0x90 / 4] | (uint64_t)mmio[0x94 / 4] << 32) ==
          memory_physical(&tx->avail));
    CHECK((mmio[0xA0 / 4] | (uint64_t)mmio[0xA4 / 4] << 32) ==
          memory_physical(&tx->used));
    CHECK(mmio[0x50 / 4] == 0); /* the receive queue, 32 bits */
    CHECK(!net_send(3, frame, sizeof frame) && mmio[0x50 / 4] == 1);
    CHECK(!memcmp(net_get(3)->info.mac, config.mac, 6));
    CHECK(functions_enabled == enabled);
    /* What is never to be written, and what no register is at. */
    for (unsigned at = 0; at < 0x200; at += 4)
        if (at < 0x10 || at == 0x18 || (at > 0x50 && at != 0x70 && at < 0x80) ||
            (at > 0xA4 && at < 0x100) || at > 0x104)
            CHECK(!mmio[at / 4]);
    CHECK(mmio[0x10 / 4] == (1 << 5 | 1) && mmio[0x34 / 4] == 1024);
}

static void no_lock(void)
{
}

static const struct kernel_services services = {
    .net_get = net_get, .stop_check = stop_check,
    .block_lock = no_lock, .block_release = no_lock,
    .pci_read = pci_read, .pci_registers = pci_registers,
    .pci_capability = mock_capability,
};
static const struct baremetal interface = {.net_sending = net_sending};
const struct os_system os_system = {&interface, &services};

int main(void)
{
    card.function.address = 0x18;
    CHECK(net_add(&card) && card.info.pci == 0x18 && net_get(0) == &card);
    CHECK(!net_get(1));
    test_send();
    test_copy();
    test_receive();
    test_callback();
    test_e1000();
    test_virtio();
    test_virtio_mmio();
    net_locks(lock_take);
    net_locks(lock_release);
    return check_report("net");
}
