/* test_ahci.c - the AHCI driver, with controllers and disks that misbehave.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: kernel/drivers/block_ahci.c kernel/drivers/register.c kernel/drivers/block_ata.c
#include "check.h"
#include "driver_host.h"

#define SECONDS 1000000u
#define BYTES 0x200000u
#define PORTS 6

extern const struct pci_driver block_ahci;

/* What is in a port and what is wrong with it. */
struct port {
    int disk;          /* there is one */
    int asleep;        /* the link is down until COMRESET */
    int busy;          /* BSY and DRQ, after every COMRESET too */
    int busy_once;     /* until a COMRESET */
    int never_stops;   /* CR stays set */
    int silent;        /* commands are not worked on */
    int quiet;         /* the news does not come to RAM */
    int keeps_ci;      /* an error leaves the bit in PxCI, as it should */
    uint32_t sig;
    uint32_t fail_sector, fail_flush;
    int fail_identify;
    uint32_t sector_size;
    int no_ext;

    int running, resetting, stopped_by_error;
    uint32_t issued;   /* commands it has and has not done */
    unsigned resets, flushes, commands;
    char data[BYTES];
};

static struct {
    union {
        volatile uint32_t dword[0x1100 / 4];
    } registers;
    int dead, bios_keeps;
    struct port port[PORTS];
} ahci;

#define REGISTER(offset) ahci.registers.dword[(offset) / 4]
#define PORT(n, offset) REGISTER(0x100 + 0x80 * (n) + (offset))
#define CLB 0x00
#define FB 0x08
#define IS 0x10
#define CMD 0x18
#define TFD 0x20
#define SIG 0x24
#define SSTS 0x28
#define SCTL 0x2C
#define SERR 0x30
#define CI 0x38

static void *address(unsigned n, unsigned offset)
{
    return memory_at((uint64_t)PORT(n, offset + 4) << 32 | PORT(n, offset));
}

static void identify(const struct port *port, uint16_t *id)
{
    uint32_t words = port->sector_size / 2;

    memset(id, 0, 512);
    id[49] = 1 << 9;
    id[83] = 0x4000 | 1 << 13 | 1 << 12 | (port->no_ext ? 0 : 1 << 10);
    *(uint32_t *)&id[60] = BYTES / port->sector_size;
    *(uint64_t *)&id[100] = BYTES / port->sector_size;
    if (words != 256) {
        id[106] = 0x5000;
        id[117] = (uint16_t)words;
        id[118] = (uint16_t)(words >> 16);
    }
}

/* Does a command; returns the status and error registers. */
static uint32_t execute(struct port *port, const uint32_t *header)
{
    const uint8_t *fis = memory_at(*(const uint64_t *)&header[2]);
    const uint32_t *piece = (const uint32_t *)(fis + 0x80);
    uint64_t lba = fis[4] | fis[5] << 8 | fis[6] << 16 |
                   (uint64_t)fis[8] << 24 | (uint64_t)fis[9] << 32;
    uint32_t bytes = (fis[12] | (uint32_t)fis[13] << 8) * port->sector_size;
    char *disk = port->data + lba * port->sector_size;
    uint16_t id[256];

    CHECK(fis[0] == 0x27 && fis[1] == 0x80 && (header[0] & 31) == 5);
    CHECK(header[2] % 128 == 0);
    port->commands++;
    if (fis[2] == 0xEC) {
        if (port->fail_identify)
            return 0x0451;
        identify(port, id);
        disk = (char *)id;
        bytes = 512;
    } else if (fis[2] == 0xEA) {
        port->flushes++;
        CHECK(header[0] >> 16 == 0 && lba == 0 && bytes == 0);
        return port->fail_flush ? 0x0451 : 0x50;
    } else {
        CHECK(fis[7] == 0x40 && bytes && (fis[2] == 0x25 || fis[2] == 0x35));
        CHECK(lba * port->sector_size + bytes <= BYTES);
        CHECK(!!(header[0] & 1 << 6) == (fis[2] == 0x35));
        if (port->fail_sector && lba == port->fail_sector)
            return 0x4051;
    }
    for (uint32_t n = header[0] >> 16; n; n--, piece += 4) {
        uint32_t length = (piece[3] & 0x3FFFFF) + 1;
        char *memory = memory_at(*(const uint64_t *)piece);

        CHECK(length <= bytes && length % 2 == 0 && piece[0] % 2 == 0);
        if (fis[2] == 0x35)
            memcpy(disk, memory, length);
        else
            memcpy(memory, disk, length);
        disk += length;
        bytes -= length;
    }
    CHECK(bytes == 0);
    return 0x50;
}

static void work(unsigned n)
{
    struct port *port = &ahci.port[n];
    const uint32_t *list = address(n, CLB);
    uint32_t *received = address(n, FB);

    port->issued |= PORT(n, CI);
    while (port->issued && !port->stopped_by_error && !port->silent) {
        unsigned slot = (unsigned)__builtin_ctz(port->issued);
        uint32_t status = execute(port, list + 8 * slot);

        if (!(status & 1) || !port->keeps_ci)
            port->issued &= ~(1u << slot);
        port->stopped_by_error = (status & 1) && port->keeps_ci;
        PORT(n, TFD) = status;
        if (status & 1)
            PORT(n, IS) |= 1u << 30;
        if (!port->quiet)
            received[16] = 0x4034 | status << 16;
    }
    PORT(n, CI) = port->issued;
}

static void step_port(unsigned n)
{
    struct port *port = &ahci.port[n];
    uint32_t cmd = PORT(n, CMD);
    int start = cmd & 1;

    PORT(n, SERR) = 0;
    if (PORT(n, IS) == ~0u)
        PORT(n, IS) = 0;
    if ((PORT(n, SCTL) & 15) == 1) {
        port->resetting = 1;
        PORT(n, SSTS) = 0;
        PORT(n, TFD) = 0x7F;
    } else if (port->resetting) {
        port->resetting = port->asleep = port->busy_once = 0;
        port->resets++;
        PORT(n, SSTS) = port->disk ? 0x123 : 0;
    }
    if (cmd & 2 && port->disk && !port->asleep && !port->resetting)
        PORT(n, SSTS) = 0x123;
    cmd = (cmd & ~(1u << 14)) | (cmd & 1 << 4) << 10;
    if (!port->never_stops)
        cmd = (cmd & ~(1u << 15)) | (uint32_t)start << 15;
    PORT(n, CMD) = cmd;
    if (!start || port->never_stops) {
        port->issued = 0;
        PORT(n, CI) = 0;
        port->stopped_by_error = 0;
    }
    if (PORT(n, SSTS) != 0x123)
        return;
    if (port->busy || port->busy_once) {
        PORT(n, TFD) = 0x88;
    } else if (cmd & 1 << 4 && PORT(n, TFD) & 0x88) {
        PORT(n, TFD) = 0x50;
        PORT(n, SIG) = port->sig;
    }
    CHECK(!start || cmd & 1 << 4);
    if (start && !(PORT(n, TFD) & 0x88))
        work(n);
}

static void device_step(void)
{
    if (ahci.dead) {
        memset((void *)ahci.registers.dword, 0xFF, sizeof ahci.registers);
        return;
    }
    if (REGISTER(0x28) & 2 && !ahci.bios_keeps)
        REGISTER(0x28) &= ~1u;
    for (unsigned n = 0; n < PORTS; n++)
        step_port(n);
}

/* A disk in port 0. */
static void reset_device(void)
{
    host_start();
    memset(&ahci, 0, sizeof ahci);
    device_registers = (void *)ahci.registers.dword;
    REGISTER(0x00) = 1u << 31 | 31 << 8 | PORTS;
    REGISTER(0x0C) = (1u << PORTS) - 1;
    for (unsigned n = 0; n < PORTS; n++) {
        ahci.port[n].sig = 0x101;
        ahci.port[n].sector_size = 512;
        ahci.port[n].keeps_ci = 1;
        PORT(n, CMD) = 2;
        PORT(n, TFD) = 0x50; /* as firmware leaves it */
        PORT(n, SIG) = 0x101;
    }
    ahci.port[0].disk = 1;
    for (unsigned i = 0; i < BYTES; i++)
        ahci.port[0].data[i] = (char)host_random();
}

static int probe(void)
{
    static const struct pci_function function = {.address = 0xFA00};

    device_step();
    host_us = 0;
    return block_ahci.probe(&function);
}

/* Reads and writes at many places, sizes and depths, and compares. */
static void check_data(unsigned disk, struct port *port, unsigned rounds)
{
    static char copy[BYTES];
    struct block_device *device = host_disk[disk];
    uint32_t unit = device->info.sector_size;
    char *memory = (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2;

    while (rounds--) {
        unsigned depth = 1 + host_random() % device->tags;
        uint32_t area = (uint32_t)device->info.sectors / depth;
        unsigned write = host_random() % 2;

        memcpy(copy, port->data, sizeof copy);
        memset(memory, 0x55, BYTES + 0x20000);
        for (unsigned tag = 0; tag < depth; tag++) {
            uint32_t bytes = (1 + host_random() % area) * unit;
            uint64_t sector = tag * area;
            char *data = memory + sector * unit + host_random() % 1024 * 4;
            struct block_command command =
                host_command(write, tag, sector, unit, data, bytes);

            if (!write) /* areas in memory overlap: only what is on disk */
                memset(data, 0, 4);
            if (write)
                memcpy(copy + sector * unit, data, bytes);
            host_issue(disk, &command);
            if (host_random() % 4 == 0) {
                device->driver->kick(device);
                device_step(); /* sees each value of PxCI */
            }
        }
        host_finish(disk, 20 * SECONDS);
        CHECK(!device->busy);
        for (unsigned tag = 0; tag < depth; tag++)
            CHECK(host_result[disk][tag] == 0);
        CHECK(!memcmp(copy, port->data, sizeof copy));
    }
}

/* What a read puts into memory, compared with the disk byte by byte. */
static void check_read(unsigned disk, const struct port *port,
                       uint32_t offset, uint32_t bytes)
{
    char *data = (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2 + offset;
    struct block_command command =
        host_command(BAREMETAL_DISK_READ, 31, 2, port->sector_size, data,
                     bytes);

    memset(data - 4, 0x55, bytes + 8);
    host_issue(disk, &command);
    host_finish(disk, SECONDS);
    CHECK(host_result[disk][31] == 0);
    CHECK(!memcmp(data, port->data + 2 * port->sector_size, bytes));
    CHECK(data[-1] == 0x55 && data[bytes] == 0x55);
}

static void test_good(uint32_t sector_size)
{
    struct block_command flush = {.operation = BAREMETAL_DISK_FLUSH};

    reset_device();
    ahci.port[0].sector_size = sector_size;
    ahci.port[3].disk = 1;
    CHECK(probe() == 1 && host_disks == 2 && host_us < SECONDS / 10);
    CHECK(ahci.port[0].resets == 0);
    CHECK(!strcmp(host_disk[0]->driver->name, "sata"));
    CHECK(host_disk[0]->info.sectors == BYTES / sector_size);
    CHECK(host_disk[0]->info.sector_size == sector_size);
    CHECK(host_disk[1]->info.sector_size == 512);
    CHECK(host_disk[0]->info.pci == 0xFA00 && host_disk[0]->tags == 32);
    for (uint32_t offset = 0x1000; offset < 0x2000; offset += 0x3FC)
        for (uint32_t bytes = sector_size; bytes <= 0x20000;
             bytes += sector_size)
            check_read(0, &ahci.port[0], offset, bytes);
    check_data(0, &ahci.port[0], 50);
    check_data(1, &ahci.port[3], 50);
    host_issue(0, &flush);
    host_finish(0, SECONDS);
    CHECK(host_result[0][0] == 0 && ahci.port[0].flushes == 1);
}

static void test_slots(void)
{
    for (unsigned slots = 1; slots <= 32; slots++) {
        reset_device();
        REGISTER(0) = 1u << 31 | (slots - 1) << 8;
        CHECK(probe() == 1 && host_disks == 1 &&
              host_disk[0]->tags == slots);
        check_data(0, &ahci.port[0], 5);
    }
}

/* No disk, and not later than that. */
static void check_none(unsigned seconds)
{
    probe();
    CHECK(host_disks == 0);
    CHECK(host_us <= seconds * (uint64_t)SECONDS + SECONDS / 100);
}

static void test_nothing(void)
{
    reset_device();
    device_registers = 0;
    check_none(0);
    reset_device();
    host_no_memory = 1;
    check_none(0);
    reset_device(); /* empty ports cost nothing */
    ahci.port[0].disk = 0;
    check_none(0);
    CHECK(host_taken == 0);
    reset_device(); /* nor do they if they were never powered up, almost */
    ahci.port[0].disk = 0;
    for (unsigned n = 0; n < PORTS; n++)
        PORT(n, CMD) = 0;
    check_none(2);
    reset_device();
    ahci.dead = 1;
    check_none(0);
    reset_device();
    REGISTER(0) &= ~(1u << 31); /* 32-bit addresses only */
    check_none(0);
    reset_device();
    ahci.port[0].sig = PORT(0, SIG) = 0xEB140101; /* ATAPI */
    check_none(0);
    reset_device();
    ahci.port[0].busy = 1;
    check_none(11);
    CHECK(ahci.port[0].resets == 1);
    reset_device();
    ahci.port[0].never_stops = 1;
    PORT(0, CMD) |= 1u << 15;
    check_none(1);
    reset_device();
    ahci.port[0].silent = 1;
    check_none(4);
    reset_device();
    ahci.port[0].fail_identify = 1;
    check_none(4);
    reset_device();
    ahci.port[0].fail_identify = 1;
    ahci.port[0].keeps_ci = 0;
    check_none(4);
    reset_device();
    ahci.port[0].no_ext = 1;
    check_none(0);
    reset_device();
    ahci.port[0].sector_size = 1024;
    check_none(0);
}

static void test_waking(void)
{
    reset_device(); /* stuck, until COMRESET */
    ahci.port[0].busy_once = 1;
    CHECK(probe() == 1 && host_disks == 1 && ahci.port[0].resets == 1);
    check_data(0, &ahci.port[0], 10);
    reset_device(); /* not spun up */
    PORT(0, CMD) = 0;
    PORT(0, SSTS) = 0;
    PORT(0, TFD) = 0x7F;
    PORT(0, SIG) = ~0u;
    CHECK(probe() == 1 && host_disks == 1);
    check_data(0, &ahci.port[0], 10);
    reset_device(); /* a device, but no link */
    ahci.port[0].asleep = 1;
    PORT(0, SSTS) = 1;
    PORT(0, TFD) = 0x7F;
    CHECK(probe() == 1 && host_disks == 1 && ahci.port[0].resets == 1);
    check_data(0, &ahci.port[0], 10);
    reset_device(); /* the firmware has it and gives it */
    REGISTER(0x24) = 1;
    REGISTER(0x28) = 1;
    CHECK(probe() == 1 && host_disks == 1 && REGISTER(0x28) == 2);
    CHECK(host_us < SECONDS / 10);
    reset_device(); /* does not give it */
    REGISTER(0x24) = 1;
    REGISTER(0x28) = 1;
    ahci.bios_keeps = 1;
    CHECK(probe() == 1 && host_disks == 1 && host_us < 3 * SECONDS);
    check_data(0, &ahci.port[0], 10);
}

static void issue_reads(unsigned count)
{
    for (unsigned tag = 0; tag < count; tag++) {
        struct block_command command = host_command(
            BAREMETAL_DISK_READ, tag, tag, 512,
            (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2 + 4096 * tag, 512);

        host_issue(0, &command);
    }
}

static void test_errors(int keeps_ci)
{
    unsigned failed = 0;

    reset_device();
    ahci.port[0].keeps_ci = keeps_ci;
    CHECK(probe() == 1);
    ahci.port[0].fail_sector = 5;
    issue_reads(32);
    host_finish(0, SECONDS);
    CHECK(!host_disk[0]->busy && host_result[0][5] == BAREMETAL_EIO);
    for (unsigned tag = 0; tag < 32; tag++)
        failed += host_result[0][tag] == BAREMETAL_EIO;
    CHECK(failed >= 1);
    /* Nothing that was issued is still being worked on. */
    CHECK(ahci.port[0].resets == 1);
    /* One at a time: just that one. */
    for (unsigned tag = 4; tag < 7; tag++) {
        struct block_command command = host_command(
            BAREMETAL_DISK_READ, 0, tag, 512,
            (char *)HOST_MEMORY + HOST_MEMORY_BYTES / 2, 512);

        host_issue(0, &command);
        host_finish(0, SECONDS);
        CHECK(host_result[0][0] == (tag == 5 ? BAREMETAL_EIO : 0));
    }
    ahci.port[0].fail_sector = 0;
    check_data(0, &ahci.port[0], 20);
}

static void test_reset(int *fault)
{
    struct block_device *device;

    reset_device();
    CHECK(probe() == 1 && host_disks == 1);
    check_data(0, &ahci.port[0], 5);
    device = host_disk[0];
    *fault = 1;
    issue_reads(20);
    host_finish(0, SECONDS);
    CHECK(device->busy);
    *fault = 0;
    CHECK(device->driver->reset(device) == 0);
    device_step();
    CHECK(ahci.port[0].issued == 0 && ahci.port[0].resets == 1);
    device->busy = 0;
    check_data(0, &ahci.port[0], 20);

    ahci.port[0].busy = ahci.port[0].busy_once = 1;
    host_us = 0;
    CHECK(device->driver->reset(device) != 0 && host_us < 12 * SECONDS);
    ahci.port[0].busy = 0;
    ahci.port[0].disk = 0; /* pulled out */
    PORT(0, SSTS) = 0;
    CHECK(device->driver->reset(device) != 0 && host_us < 24 * SECONDS);
    ahci.dead = 1;
    device_step();
    CHECK(device->driver->reset(device) != 0 && host_us < 25 * SECONDS);
}

/* A device that does not write its news to RAM is found out later. */
static void test_quiet(void)
{
    reset_device();
    CHECK(probe() == 1);
    issue_reads(1); /* takes what the last command left there */
    host_finish(0, SECONDS);
    ahci.port[0].quiet = 1;
    issue_reads(32);
    host_finish(0, SECONDS);
    CHECK(host_disk[0]->busy);
    host_finish(0, 20 * SECONDS);
    CHECK(!host_disk[0]->busy);
    for (unsigned tag = 0; tag < 32; tag++)
        CHECK(host_result[0][tag] == 0);
}

int main(void)
{
    test_good(512);
    test_good(4096);
    test_slots();
    test_nothing();
    test_waking();
    test_errors(1);
    test_errors(0);
    test_reset(&ahci.port[0].silent);
    test_reset(&ahci.port[0].busy_once);
    test_quiet();
    return check_report("ahci");
}
