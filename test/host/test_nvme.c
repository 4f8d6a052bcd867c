/* test_nvme.c - the NVMe driver, with controllers that misbehave.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: kernel/drivers/block_nvme.c kernel/drivers/register.c
#include "check.h"
#include "driver_host.h"

#define SECONDS 1000000u
#define SECTORS 4096
#define SPACES 20

extern const struct pci_driver block_nvme;

/* The controller. Registers by dword. */
static struct {
    union {
        volatile uint32_t dword[0x1000 / 4 + 64];
        volatile uint64_t qword[2];
    } registers;
    /* What is wrong with it. */
    int never_ready, never_off, fatal, dead, silent, no_list;
    int wrong_id, wrong_phase, fail_all, fail_identify, backwards;
    int endless; /* completes without being asked */
    uint32_t fail_sector;
    uint8_t mdts, format_bits, metadata;
    unsigned spaces; /* namespaces */
    uint32_t space_id[SPACES];

    int enabled;
    uint32_t stride;
    struct queue {
        uint64_t submission, completion;
        uint32_t entries, head, tail, posted, phase;
    } queue[2];
    uint32_t in_flight[64], flying;
    unsigned flushes;
    char data[2][SECTORS * 512];
} nvme;

struct entry {
    uint16_t opcode, id;
    uint32_t space;
    uint64_t unused[2], prp[2], dword10;
    uint32_t dword12, unused_2[3];
};

#define REGISTER(offset) nvme.registers.dword[(offset) / 4]

static volatile uint32_t *doorbell(unsigned queue, unsigned head)
{
    return &REGISTER(0x1000 + (2 * queue + head) * nvme.stride);
}

/* 0 while the driver has not seen the old completions in that queue. */
static int post(unsigned n, uint16_t id, unsigned status)
{
    struct queue *queue = &nvme.queue[n];
    uint32_t *entry = memory_at(queue->completion);

    if ((queue->posted + 1) % queue->entries == *doorbell(n, 1))
        return 0;
    entry += 4 * queue->posted;
    entry[2] = queue->head;
    entry[3] = status << 17 | (queue->phase ^ (uint32_t)nvme.wrong_phase) << 16
               | id;
    if (++queue->posted == queue->entries) {
        queue->posted = 0;
        queue->phase ^= 1;
    }
    return 1;
}

static unsigned identify(const struct entry *entry)
{
    char *data = memory_at(entry->prp[0]);
    unsigned n = 0;

    memset(data, 0, PAGE_SIZE);
    switch ((uint8_t)entry->dword10) {
    case 1:
        data[77] = (char)nvme.mdts;
        return 0;
    case 2:
        if (nvme.no_list)
            return 2;
        for (unsigned i = 0; i < nvme.spaces; i++)
            if (nvme.space_id[i] > entry->space)
                ((uint32_t *)data)[n++] = nvme.space_id[i];
        return 0;
    default:
        *(uint64_t *)data = SECTORS * 512u >> nvme.format_bits;
        data[26] = 3;
        ((uint32_t *)data)[32 + 3] =
            (uint32_t)nvme.format_bits << 16 | nvme.metadata;
        return 0;
    }
}

static unsigned admin(const struct entry *entry)
{
    uint32_t size = ((uint32_t)entry->dword10 >> 16) + 1;

    CHECK(entry->id == 0);
    switch (entry->opcode) {
    case 5:
        CHECK((entry->dword10 >> 32) == 1 && (uint16_t)entry->dword10 == 1);
        nvme.queue[1].completion = entry->prp[0];
        CHECK(size <= (REGISTER(0) & 0xFFFF) + 1);
        if (size < 2)
            return 0x102;
        nvme.queue[1].entries = size;
        return 0;
    case 1:
        CHECK((entry->dword10 >> 32) == 0x10001);
        CHECK(size == nvme.queue[1].entries);
        nvme.queue[1].submission = entry->prp[0];
        return 0;
    case 6:
        return nvme.fail_identify ? 0x4002 : identify(entry);
    default:
        return 1;
    }
}

/* Moves the data of an I/O command. */
static unsigned io(const struct entry *entry)
{
    uint32_t unit = 1u << nvme.format_bits, done = 0;
    uint32_t bytes = (entry->dword12 + 1) * unit;
    uint64_t start = entry->dword10 * unit, page = entry->prp[0];
    char *disk = nvme.data[entry->space != nvme.space_id[0]];
    const uint64_t *list = 0;

    if (nvme.fail_all || (nvme.fail_sector &&
                          entry->dword10 == nvme.fail_sector))
        return 0x281;
    if (entry->opcode == 0) {
        nvme.flushes++;
        CHECK(!entry->prp[0] && !entry->prp[1] && !entry->dword12);
        return 0;
    }
    CHECK(bytes <= (nvme.mdts ? 4096u << nvme.mdts : ~0u));
    CHECK(page % 4 == 0 && start + bytes <= SECTORS * 512);
    while (done < bytes) {
        uint32_t length = PAGE_SIZE - page % PAGE_SIZE;

        if (length > bytes - done)
            length = bytes - done;
        if (entry->opcode == 2)
            memcpy(memory_at(page), disk + start + done, length);
        else
            memcpy(disk + start + done, memory_at(page), length);
        done += length;
        if (done == bytes)
            break;
        if (!list && bytes - done <= PAGE_SIZE) {
            page = entry->prp[1];
        } else {
            if (!list) {
                list = memory_at(entry->prp[1]);
                /* No list crosses a page, all entries are page addresses. */
                CHECK(entry->prp[1] % PAGE_SIZE +
                          (bytes - done + PAGE_SIZE - 1) / PAGE_SIZE * 8 <=
                      PAGE_SIZE);
            }
            page = *list++;
        }
        CHECK(page % PAGE_SIZE == 0);
    }
    return 0;
}

static void run_queue(unsigned n)
{
    struct queue *queue = &nvme.queue[n];
    uint32_t tail = *doorbell(n, 0);

    if (!queue->entries) /* the firmware's */
        return;
    CHECK(tail < queue->entries);
    while (queue->head != tail && nvme.flying < 64) {
        struct entry *entry = memory_at(queue->submission);

        entry += queue->head;
        queue->head = (queue->head + 1) % queue->entries;
        if (n == 0) {
            CHECK(post(0, entry->id + !!nvme.wrong_id, admin(entry)));
        } else {
            unsigned status = io(entry);

            nvme.in_flight[nvme.flying++] = status << 16 | entry->id;
        }
    }
    while (nvme.flying && n) {
        unsigned at = nvme.backwards ? nvme.flying - 1 : 0;
        uint32_t done = nvme.in_flight[at];

        if (!post(1, (uint16_t)(done + (nvme.wrong_id ? 1000 : 0)),
                  done >> 16))
            break;
        memmove(&nvme.in_flight[at], &nvme.in_flight[at + 1],
                (--nvme.flying - at) * sizeof nvme.in_flight[0]);
    }
}

static void enable(void)
{
    uint32_t size = (REGISTER(0x24) & 0xFFF) + 1;

    CHECK(REGISTER(0x14) == 0x460001 && size == (REGISTER(0x24) >> 16) + 1);
    memset(nvme.queue, 0, sizeof nvme.queue);
    nvme.queue[0].submission = (uint64_t)REGISTER(0x2C) << 32 | REGISTER(0x28);
    nvme.queue[0].completion = (uint64_t)REGISTER(0x34) << 32 | REGISTER(0x30);
    nvme.queue[0].entries = size;
    nvme.queue[0].phase = nvme.queue[1].phase = 1;
    for (unsigned n = 0; n < 4; n++)
        *doorbell(n / 2, n % 2) = 0;
    nvme.flying = 0;
    nvme.enabled = 1;
    REGISTER(0x1C) = 1;
}

static void device_step(void)
{
    int on = REGISTER(0x14) & 1;

    if (nvme.dead) {
        memset((void *)nvme.registers.dword, 0xFF, sizeof nvme.registers);
        return;
    }
    if (nvme.fatal)
        REGISTER(0x1C) |= 2;
    if (nvme.enabled && !on && !nvme.never_off) {
        nvme.enabled = 0;
        REGISTER(0x1C) = 0;
    }
    if (!nvme.enabled && on && !nvme.never_ready)
        enable();
    if (!nvme.enabled || nvme.silent)
        return;
    run_queue(0);
    if (nvme.queue[1].submission)
        run_queue(1);
    if (nvme.endless && nvme.queue[1].submission) {
        uint32_t *entry = memory_at(nvme.queue[1].completion);

        for (unsigned i = 0; i < nvme.queue[1].entries; i++)
            entry[4 * i + 3] = host_random();
    }
}

static void reset_device(void)
{
    host_start();
    memset(&nvme, 0, sizeof nvme);
    device_registers = (void *)nvme.registers.dword;
    nvme.stride = 4;
    nvme.format_bits = 9;
    nvme.spaces = 1;
    nvme.space_id[0] = 1;
    REGISTER(0) = 15u << 24 | 2047;
    REGISTER(4) = 1u << 5;
    REGISTER(8) = 0x10400;
    for (unsigned i = 0; i < SECTORS * 512; i++)
        nvme.data[i % 2][i] = (char)host_random();
}

static int probe(void)
{
    static const struct pci_function function = {.address = 0x2A00};

    return block_nvme.probe(&function);
}

/* Reads and writes at many places, sizes and depths, and compares. */
static void check_data(unsigned disk, unsigned rounds)
{
    static char copy[SECTORS * 512];
    struct block_device *device = host_disk[disk];
    uint32_t unit = device->info.sector_size;
    char *memory = (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2;

    while (rounds--) {
        unsigned depth = 1 + host_random() % device->tags;
        uint32_t area = device->info.sectors / depth;
        unsigned write = host_random() % 2;

        memcpy(copy, nvme.data[disk], sizeof copy);
        memset(memory, 0x55, 0x400000);
        for (unsigned tag = 0; tag < depth; tag++) {
            uint32_t bytes = (1 + host_random() % area) * unit;
            char *data = memory + tag * 0x20000 + host_random() % 1024 * 4;
            uint64_t sector = tag * area;
            struct block_command command;

            if (bytes > device->bytes_max)
                bytes = device->bytes_max;
            command = host_command(write, tag, sector, unit, data, bytes);
            if (write)
                memcpy(copy + sector * unit, data, bytes);
            host_issue(disk, &command);
            if (host_random() % 4 == 0)
                device->driver->kick(device);
            if (host_random() % 4 == 0)
                device_step();
        }
        host_finish(disk, SECONDS);
        CHECK(!device->busy);
        for (unsigned tag = 0; tag < depth; tag++)
            CHECK(host_result[disk][tag] == 0);
        CHECK(write || memory[0x400000 - 1] == 0x55);
        CHECK(!memcmp(copy, nvme.data[disk], sizeof copy));
    }
}

/* What a read puts into memory, compared with the disk byte by byte. */
static void check_read(unsigned disk, uint32_t offset, uint32_t bytes)
{
    struct block_device *device = host_disk[disk];
    char *data = (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2 + offset;
    struct block_command command =
        host_command(BAREMETAL_DISK_READ, 0, 2, device->info.sector_size,
                     data, bytes);

    memset(data - 4, 0x55, bytes + 8);
    host_issue(disk, &command);
    host_finish(disk, SECONDS);
    CHECK(host_result[disk][0] == 0);
    CHECK(!memcmp(data, nvme.data[disk] + 2 * device->info.sector_size,
                  bytes));
    CHECK(data[-1] == 0x55 && data[bytes] == 0x55);
}

static void test_good(uint8_t format_bits, uint32_t stride)
{
    static const uint32_t offsets[] = {0x1000, 0x1004, 0x1E00, 0x1FFC};

    reset_device();
    nvme.format_bits = format_bits;
    nvme.stride = 4u << stride;
    REGISTER(4) |= stride;
    CHECK(probe() == 1 && host_disks == 1);
    CHECK(host_disk[0]->info.sectors == SECTORS * 512u >> format_bits);
    CHECK(host_disk[0]->info.sector_size == 1u << format_bits);
    CHECK(host_disk[0]->info.pci == 0x2A00 && host_disk[0]->tags == 32);
    CHECK(!strcmp(host_disk[0]->driver->name, "nvme"));
    for (unsigned i = 0; i < 4; i++)
        for (uint32_t bytes = 1u << format_bits;
             bytes <= host_disk[0]->bytes_max; bytes += 1u << format_bits)
            check_read(0, offsets[i], bytes);
    check_data(0, 300);
}

static void test_limits(void)
{
    for (unsigned mdts = 1; mdts < 9; mdts++) {
        reset_device();
        nvme.mdts = (uint8_t)mdts;
        CHECK(probe() == 1 && host_disks == 1);
        CHECK(host_disk[0]->bytes_max <= 4096u << mdts &&
              host_disk[0]->bytes_max >= 8192);
        check_data(0, 20);
    }
    /* Small queues: never more commands than fit, and the completion queue
     * never stands still. */
    for (uint32_t mqes = 1; mqes < 70; mqes++) {
        reset_device();
        REGISTER(0) = 15u << 24 | mqes;
        CHECK(probe() == 1 && host_disks == 1);
        CHECK(host_disk[0]->tags <= mqes);
        nvme.backwards = mqes % 2;
        check_data(0, 40);
    }
    reset_device(); /* not valid: no commands at all */
    REGISTER(0) = 15u << 24;
    CHECK(probe() < 0 || host_disks == 0);
}

static void test_namespaces(void)
{
    unsigned tags = 0;

    reset_device();
    nvme.spaces = 2;
    nvme.space_id[0] = 3;
    nvme.space_id[1] = 77;
    CHECK(probe() == 1 && host_disks == 2);
    check_data(0, 50);
    check_data(1, 50);
    /* Completions of both in one queue. */
    for (unsigned i = 0; i < 100; i++) {
        struct block_command command = {.operation = BAREMETAL_DISK_FLUSH};

        for (command.tag = 0; command.tag < 8; command.tag++) {
            host_issue(0, &command);
            host_issue(1, &command);
        }
        host_finish(i % 2, SECONDS);
        CHECK(!host_disk[i % 2]->busy);
        host_finish(!(i % 2), SECONDS);
        CHECK(!host_disk[0]->busy && !host_disk[1]->busy);
    }
    CHECK(nvme.flushes == 1600);

    reset_device();
    nvme.spaces = SPACES;
    for (unsigned i = 0; i < SPACES; i++)
        nvme.space_id[i] = i + 1;
    CHECK(probe() == 1 && host_disks == 6);
    for (unsigned i = 0; i < host_disks; i++)
        tags += host_disk[i]->tags;
    CHECK(tags == 63);

    reset_device(); /* an old controller: one namespace, no list */
    REGISTER(8) = 0x10000;
    nvme.no_list = 1;
    CHECK(probe() == 1 && host_disks == 1);
    check_data(0, 10);
    reset_device();
    nvme.metadata = 8;
    CHECK(probe() == 1 && host_disks == 0);
    for (unsigned bits = 0; bits < 256; bits++) {
        reset_device();
        nvme.format_bits = (uint8_t)(bits < 32 ? bits : 31);
        if (bits < 9 || bits > 12)
            CHECK(probe() == 1 && host_disks == 0);
    }
}

/* No disk, and not later than that. */
static void check_none(unsigned seconds)
{
    probe();
    CHECK(host_disks == 0);
    CHECK(host_us <= seconds * (uint64_t)SECONDS);
}

static void test_not_starting(void)
{
    reset_device();
    device_registers = 0;
    check_none(0);
    reset_device();
    host_no_memory = 1;
    check_none(0);
    reset_device();
    nvme.never_ready = 1;
    check_none(11);
    reset_device();
    REGISTER(0) |= 0xFF000000; /* CAP.TO: 127 s */
    nvme.never_ready = 1;
    check_none(11);
    reset_device();
    nvme.fatal = 1;
    check_none(21);
    reset_device(); /* left running by the firmware, and it stays so */
    REGISTER(0x1C) = 1;
    nvme.never_off = nvme.enabled = 1;
    check_none(11);
    reset_device();
    nvme.dead = 1;
    device_step();
    check_none(0);
    reset_device();
    REGISTER(4) |= 1u << 16; /* pages of 8 KiB at least */
    check_none(0);
    reset_device();
    nvme.silent = 1;
    check_none(11);
    reset_device();
    nvme.wrong_id = 1;
    check_none(11);
    reset_device();
    nvme.wrong_phase = 1;
    check_none(11);
    reset_device();
    nvme.fail_identify = 1;
    check_none(11);
}

static void issue_reads(unsigned disk, unsigned count)
{
    for (unsigned tag = 0; tag < count; tag++) {
        struct block_command command = host_command(
            BAREMETAL_DISK_READ, tag, tag, 512,
            (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2 + 4096 * tag, 512);

        host_issue(disk, &command);
    }
}

static void test_errors(void)
{
    reset_device();
    CHECK(probe() == 1);
    nvme.fail_sector = 5;
    issue_reads(0, 32);
    host_finish(0, SECONDS);
    for (unsigned tag = 0; tag < 32; tag++)
        CHECK(host_result[0][tag] == (tag == 5 ? BAREMETAL_EIO : 0));
    nvme.fail_sector = 0;
    check_data(0, 20);
}

/* Every way to lose commands; then reset brings the disk back. */
static void test_reset(int *fault)
{
    struct block_device *device;

    reset_device();
    nvme.spaces = 2;
    nvme.space_id[1] = 2;
    CHECK(probe() == 1 && host_disks == 2);
    check_data(0, 10);
    *fault = 1;
    device = host_disk[0];
    issue_reads(0, 20);
    issue_reads(1, 3);
    host_finish(0, SECONDS / 10);
    CHECK(device->busy);
    *fault = 0;
    CHECK(device->driver->reset(device) == 0);
    /* Taken back, also from the other disk of the controller. */
    CHECK(!device->busy && !host_disk[1]->busy);
    for (unsigned tag = 0; tag < 20; tag++)
        CHECK(host_result[0][tag] < 0 || nvme.endless);
    check_data(0, 50);
    check_data(1, 50);
    *fault = 1;
    nvme.never_off = nvme.never_ready = 1;
    host_us = 0;
    CHECK(device->driver->reset(device) != 0);
    CHECK(host_us < 30u * SECONDS);
    *fault = 0;
}

/* The device writes completions as fast as they are looked at. */
static void test_endless(void)
{
    reset_device();
    CHECK(probe() == 1);
    nvme.endless = 1;
    for (unsigned i = 0; i < 1000; i++) {
        issue_reads(0, 32);
        host_disk[0]->driver->kick(host_disk[0]);
        nvme.silent = 0;
        nvme.flying = 0;
        nvme.queue[1].head = *doorbell(1, 0);
        device_step();
        host_disk[0]->driver->poll(host_disk[0]);
        host_disk[0]->busy = 0;
    }
}

int main(void)
{
    for (uint8_t bits = 9; bits <= 12; bits++)
        for (uint32_t stride = 0; stride < 3; stride++)
            test_good(bits, stride);
    test_limits();
    test_namespaces();
    test_not_starting();
    test_errors();
    test_reset(&nvme.silent);
    test_reset(&nvme.wrong_id);
    test_reset(&nvme.wrong_phase);
    test_endless();
    return check_report("nvme");
}
