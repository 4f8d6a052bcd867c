/* test_virtio_blk.c - the virtio disk driver on a device that misbehaves.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The device is one over MMIO (VIRTIO 1.1, 4.2.2). The queue is in the
 * driver's memory.
 */
// sources: kernel/drivers/virtio.c
#define _GNU_SOURCE /* REG_ERR */
#include "check.h"
#include "register_trap.h"
#include "../../kernel/drivers/block_virtio.c"
#include "driver_host.h"

#define REGISTER(offset) model[(offset) / 4]
#define FEATURES 0x10
#define QUEUE_SIZE_MAX 0x34
#define NOTIFY 0x50
#define STATUS 0x70
#define CONFIG 0x100
#define READY 15
#define SECTORS 1000
#define SECONDS 1000000u

static uint32_t model[PAGE_SIZE / 4]; /* what the device has there */
static char data[4 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static struct {
    int stuck;      /* the status never becomes 0 */
    int refuses;    /* FEATURES_OK does not stay */
    unsigned resets;
} device;

static void device_step(void)
{
}

static uint32_t register_read(unsigned offset)
{
    CHECK(offset % 4 == 0);
    return model[offset / 4];
}

static void register_written(unsigned offset, uint32_t value)
{
    CHECK(offset % 4 == 0 && offset < CONFIG);
    device.resets += offset == STATUS && !value;
    if (offset == STATUS && device.stuck)
        return;
    if (offset == STATUS && device.refuses)
        value &= ~(uint32_t)VIRTIO_STATUS_FEATURES_OK;
    model[offset / 4] = value;
}

static int probe(void)
{
    const struct virtio_device found = {
        .mmio = VIRTIO_MMIO, .common = registers,
        .notify = registers + NOTIFY, .config = registers + CONFIG,
    };
    const struct pci_function function = {
        .vendor = VIRTIO_PCI_VENDOR, .device = VIRTIO_ID_BLOCK,
        .virtio = &found,
    };

    return block_virtio.probe(&function);
}

static void reset_device(uint32_t queue_size, uint32_t features)
{
    host_start();
    memset(model, 0, sizeof model);
    memset(&device, 0, sizeof device);
    REGISTER(FEATURES) = features | 1; /* of the upper half: VERSION_1 */
    REGISTER(QUEUE_SIZE_MAX) = queue_size;
    REGISTER(CONFIG) = SECTORS;
}

static struct virtio_queue *queue(void)
{
    return &virtio_disk(host_disk[0])->queue;
}

/* The device says that it is through with that chain. */
static void use(uint32_t id)
{
    queue()->used.ring[queue()->used.idx & (queue()->size - 1)].id = id;
    queue()->used.idx++;
}

static void issue(unsigned tag)
{
    struct block_command command = host_command(BAREMETAL_DISK_READ, tag, tag,
                                                512, data, 512);

    host_issue(0, &command);
}

static void test_good(void)
{
    struct virtq_desc *desc;

    reset_device(1024, 0);
    CHECK(probe() == 1 && host_disks == 1 && REGISTER(STATUS) == READY);
    CHECK(device.resets == 1);
    CHECK(host_disk[0]->info.sectors == SECTORS && host_disk[0]->tags == 32);
    CHECK(queue()->size == VIRTIO_QUEUE_SIZE_MAX);
    issue(3);
    desc = &queue()->desc[3 * VIRTIO_COMMAND_CHAIN];
    CHECK(desc[0].length == 16 && desc[1].length == 512 && desc[2].length == 1);
    CHECK(desc[1].address == memory_physical(data));
    CHECK(desc[1].flags == (VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE));
    virtio_disk(host_disk[0])->slot[3].status = 0;
    use(3 * VIRTIO_COMMAND_CHAIN);
    host_finish(0, SECONDS);
    CHECK(host_result[0][3] == 0 && !host_disk[0]->busy);
    CHECK(queue()->avail.idx == 1);
    /* What the device never set: an error. */
    issue(0);
    use(0);
    host_finish(0, SECONDS);
    CHECK(host_result[0][0] == BAREMETAL_EIO);
}

/* Named as failed, whatever is wrong with it, and soon. */
static void test_refused(void)
{
    static const uint32_t sizes[] = {0, 1, 2, 3, 100, 0xFFFF};

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        reset_device(sizes[i], 0);
        /* More than we use is cut to a power of two. */
        CHECK(probe() == (sizes[i] > VIRTIO_QUEUE_SIZE_MAX ? 1
                                                           : BAREMETAL_EIO));
    }
    reset_device(128, 0);
    device.stuck = 1;
    REGISTER(STATUS) = 0xFF;
    CHECK(probe() == BAREMETAL_EIO && device.resets == 1 &&
          host_us < 2 * SECONDS);
    reset_device(128, 0);
    device.refuses = 1;
    CHECK(probe() == BAREMETAL_EIO && host_us < 2 * SECONDS);
    reset_device(128, 0);
    REGISTER(FEATURES) = 0; /* not of version 1 */
    CHECK(probe() == BAREMETAL_EIO && !host_disks);
    CHECK(REGISTER(STATUS) == VIRTIO_STATUS_FAILED);
    reset_device(128, VIRTIO_BLK_F_BLK_SIZE);
    for (uint32_t size = 0; size < 600; size += 100) {
        REGISTER(CONFIG + 20) = size;
        CHECK(probe() == BAREMETAL_EIO && !host_disks);
    }
    REGISTER(CONFIG + 20) = 8192;
    CHECK(probe() == BAREMETAL_EIO && !host_disks);
    reset_device(128, VIRTIO_BLK_F_SIZE_MAX);
    REGISTER(CONFIG + 8) = 512; /* less than a page in a piece */
    CHECK(probe() == BAREMETAL_EIO && !host_disks);
    reset_device(128, 0);
    host_no_memory = 1;
    CHECK(probe() != 1 && !host_disks);
}

/* Entries that name nothing, or what is not under way. */
static void test_broken_queue(void)
{
    reset_device(64, 0);
    CHECK(probe() == 1 && host_disk[0]->tags == 16);
    issue(1);
    use(0xFFFFFFFF);
    use(64);
    use(63); /* a descriptor, but of no command */
    use(0);
    host_disk[0]->driver->poll(host_disk[0]);
    CHECK(host_result[0][1] == 1 && host_disk[0]->busy == 2);
    queue()->used.idx += 30000; /* as if so many had come */
    for (unsigned i = 0; i < 64; i++)
        queue()->used.ring[i].id = host_random();
    host_disk[0]->driver->poll(host_disk[0]);
    CHECK(queue()->seen == queue()->used.idx);
    /* Then it works as before. */
    if (!(host_disk[0]->busy & 2))
        issue(1);
    virtio_disk(host_disk[0])->slot[1].status = 0;
    use(VIRTIO_COMMAND_CHAIN);
    host_finish(0, SECONDS);
    CHECK(host_result[0][1] == 0);
}

/* A command was not done in time. */
static void test_reset(void)
{
    reset_device(128, 0);
    CHECK(probe() == 1);
    issue(0);
    host_disk[0]->driver->kick(host_disk[0]);
    CHECK(host_disk[0]->driver->reset(host_disk[0]) == 0);
    CHECK(REGISTER(STATUS) == READY && queue()->avail.idx == 0 &&
          queue()->added == 0 && queue()->seen == 0);
    /* It comes back with another queue, with none, or not at all: not used
     * any more, and what is still issued stays in our memory. */
    for (uint32_t size = 64; ; size = 0) {
        REGISTER(QUEUE_SIZE_MAX) = size;
        CHECK(host_disk[0]->driver->reset(host_disk[0]) == BAREMETAL_EIO);
        CHECK(queue()->size != 0);
        for (unsigned tag = 0; tag < 32; tag++)
            issue(tag);
        CHECK(queue()->added <= 64);
        if (!size)
            break;
    }
    REGISTER(QUEUE_SIZE_MAX) = 128;
    device.refuses = 1;
    CHECK(host_disk[0]->driver->reset(host_disk[0]) == BAREMETAL_EIO);
    device.stuck = 1;
    REGISTER(STATUS) = 0xFF;
    host_us = 0;
    CHECK(host_disk[0]->driver->reset(host_disk[0]) == BAREMETAL_EIO);
    CHECK(host_us < 2 * SECONDS);
}

int main(void)
{
    traps_set(PAGE_SIZE);
    test_good();
    test_refused();
    test_broken_queue();
    test_reset();
    return check_report("virtio_blk");
}
