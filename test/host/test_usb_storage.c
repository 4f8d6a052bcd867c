/* test_usb_storage.c - USB disks, against a device that fails on its n-th
 * transfer.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/drivers/usb_storage.c os/drivers/usb_storage_bot.c
#include "check.h"
#include <drivers/usb_storage.h>
#include <stdlib.h>
#include <string.h>

#define SECTORS 64
#define SECTOR_MAX 4096

/* What goes wrong with a transfer on a bulk endpoint. */
enum fault {
    FAULT_NONE,
    FAULT_STALL,
    FAULT_STALL_TWICE, /* and the next one on that endpoint */
    FAULT_ERROR,
    FAULT_TIME,
    FAULT_UNPLUGGED,
    FAULT_SHORT,       /* half of the bytes */
    FAULT_EMPTY,       /* none of them */
    FAULT_EMPTY_FIRST, /* none, and what was due comes next */
    FAULT_SIGNATURE,   /* of a status: */
    FAULT_TAG,
    FAULT_PHASE,
    FAULT_RESIDUE,
    FAULT_REFUSED,     /* with this sense: */
    FAULTS,
};

/* ---- The device: what its firmware does. */
static struct {
    uint8_t medium[SECTORS * SECTOR_MAX];
    uint32_t sector_bytes, reported_bytes;
    uint64_t reported_last;
    uint8_t peripheral, max_lun, no_lun, no_flush;
    unsigned not_ready;        /* TEST UNIT READYs that fail */
    uint16_t sense;            /* key, and code above it */
    /* Where it is: 0 a command, 1 data, 2 status are next. */
    unsigned stage;
    uint8_t command[16], status, unit;
    uint32_t tag, bytes, residue;
    uint8_t answer[64];
    uint32_t answer_bytes;
    uint8_t wants_reset;       /* protocol broken: stalls until then */
    uint8_t halted[2];         /* out, in */
    /* Faults. */
    unsigned transfers, fault_at;
    enum fault fault;
    unsigned flushes, resets;
    uint64_t far;              /* a sector that was asked for, but is not here */
    unsigned broken;           /* rules of the protocol, by the driver */
} disk;

static uint8_t pages[4][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned pages_taken;
static struct usb_device *device;
static struct block_device *added[8];
static unsigned added_count;
static int done_error;
static unsigned done_count, reach_32;
static uint64_t clock_us;

static void *at(uint64_t physical)
{
    return (void *)(physical + LAYOUT_WINDOW);
}

static uint32_t word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_word(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void refuse(uint8_t key, uint8_t code)
{
    disk.status = 1;
    disk.sense = (uint16_t)(key | code << 8);
    disk.answer_bytes = 0;
}

/* Sectors of READ and WRITE, and the first of them; 0 if it is neither. */
static uint64_t range(uint64_t *first)
{
    const uint8_t *c = disk.command;

    if (c[0] == 0x28 || c[0] == 0x2A) {
        *first = word(c + 2);
        return (uint64_t)c[7] << 8 | c[8];
    }
    if (c[0] == 0x88 || c[0] == 0x8A) {
        *first = (uint64_t)word(c + 2) << 32 | word(c + 6);
        return word(c + 10);
    }
    return 0;
}

static void execute(void)
{
    const uint8_t *c = disk.command;

    disk.status = 0;
    memset(disk.answer, 0, sizeof disk.answer);
    disk.answer_bytes = 0;
    switch (c[0]) {
    case 0x00:
        if (disk.not_ready) {
            disk.not_ready--;
            refuse(disk.sense & 0xF ? disk.sense & 0xF : 2, disk.sense >> 8);
        }
        break;
    case 0x03:
        disk.answer[2] = disk.sense & 0xF;
        disk.answer[12] = (uint8_t)(disk.sense >> 8);
        disk.answer_bytes = 18;
        break;
    case 0x12:
        disk.answer[0] = disk.peripheral;
        disk.answer_bytes = 36;
        break;
    case 0x25:
        put_word(disk.answer, disk.reported_last > UINT32_MAX
                                  ? UINT32_MAX
                                  : (uint32_t)disk.reported_last);
        put_word(disk.answer + 4, disk.reported_bytes);
        disk.answer_bytes = 8;
        break;
    case 0x9E:
        put_word(disk.answer, (uint32_t)(disk.reported_last >> 32));
        put_word(disk.answer + 4, (uint32_t)disk.reported_last);
        put_word(disk.answer + 8, disk.reported_bytes);
        disk.answer_bytes = 32;
        break;
    case 0x35:
        if (disk.no_flush)
            refuse(5, 0x20);
        disk.flushes++;
        break;
    case 0x28: case 0x2A: case 0x88: case 0x8A:
        break;
    default:
        refuse(5, 0x20);
    }
}

static int receive_command(const uint8_t *bytes, uint32_t length)
{
    if (length != 31 || memcmp(bytes, "USBC", 4)) {
        disk.wants_reset = 1;
        disk.halted[0] = disk.halted[1] = 1;
        return USB_STALL;
    }
    memcpy(&disk.tag, bytes + 4, 4);
    memcpy(&disk.bytes, bytes + 8, 4);
    disk.unit = bytes[13];
    memcpy(disk.command, bytes + 15, 16);
    disk.residue = disk.bytes;
    execute();
    disk.stage = disk.bytes ? 1 : 2;
    return 31;
}

static uint64_t moved_total(const struct block_piece *pieces, unsigned count)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += pieces[i].length;
    return sum;
}

static int move_data(int in, const struct block_piece *pieces, unsigned count,
                     uint64_t limit)
{
    uint64_t first = 0, sectors = range(&first), offset = 0;
    uint64_t size = sectors * disk.sector_bytes;
    uint8_t *from = disk.answer;

    if (sectors) {
        if (first + sectors > SECTORS) {
            disk.far = first;
            first = 0;
        }
        from = disk.medium + first * disk.sector_bytes;
    } else {
        size = disk.answer_bytes;
    }
    if (limit < size)
        size = limit;
    disk.stage = 2;
    for (unsigned i = 0; i < count && offset < size; i++) {
        uint64_t part = pieces[i].length;

        if (part > size - offset)
            part = size - offset;
        if (in)
            memcpy(at(pieces[i].address), from + offset, part);
        else
            memcpy(from + offset, at(pieces[i].address), part);
        offset += part;
    }
    disk.residue = disk.bytes - (uint32_t)offset;
    return (int)offset;
}

static int send_status(uint8_t *bytes, uint32_t length, enum fault fault)
{
    uint32_t residue = disk.residue, tag = disk.tag;

    CHECK(length == 13);
    if (fault == FAULT_REFUSED)
        disk.status = 1;
    if (fault == FAULT_RESIDUE)
        residue = disk.bytes;
    if (fault == FAULT_TAG)
        tag++;
    memcpy(bytes, fault == FAULT_SIGNATURE ? "USBX" : "USBS", 4);
    memcpy(bytes + 4, &tag, 4);
    memcpy(bytes + 8, &residue, 4);
    bytes[12] = fault == FAULT_PHASE ? 2 : disk.status;
    disk.stage = 0;
    return fault == FAULT_SHORT ? 6 : 13;
}

/* ---- What usb.c and usb_xhci*.c do for the driver. */
int usb_transfer(struct usb_device *d, struct usb_endpoint *endpoint,
                 const struct block_piece *pieces, unsigned count,
                 struct time_limit limit)
{
    int in = endpoint == &d->in;
    enum fault fault =
        ++disk.transfers == disk.fault_at ? disk.fault : FAULT_NONE;
    uint64_t bytes = moved_total(pieces, count);

    (void)limit;
    if (d->gone)
        return BAREMETAL_ENODEV;
    if (disk.halted[in] || disk.wants_reset)
        return USB_STALL;
    switch (fault) {
    case FAULT_STALL_TWICE:
        disk.fault_at++;
        disk.fault = FAULT_STALL;
        /* fallthrough */
    case FAULT_STALL:
        disk.halted[in] = 1;
        if (disk.stage == 1)
            disk.stage = 2;
        return USB_STALL;
    case FAULT_ERROR:
        disk.wants_reset = 1;
        return BAREMETAL_EIO;
    case FAULT_TIME:
        disk.wants_reset = 1;
        return BAREMETAL_ETIME;
    case FAULT_UNPLUGGED:
        d->gone = 1;
        return BAREMETAL_ENODEV;
    case FAULT_EMPTY_FIRST:
        return 0;
    case FAULT_EMPTY:
        disk.wants_reset = 1;
        return 0;
    default:
        break;
    }
    if (!in && disk.stage == 0)
        return receive_command(at(pieces->address), (uint32_t)bytes);
    if (disk.stage == 1)
        return move_data(in, pieces, count,
                         fault == FAULT_SHORT ? bytes / 2 : bytes);
    if (in && disk.stage == 2)
        return send_status(at(pieces->address), (uint32_t)bytes, fault);
    disk.broken++;
    return BAREMETAL_EIO;
}

int usb_control(struct usb_device *d, struct usb_setup setup)
{
    CHECK(setup.type == 0xA1 && setup.request == 0xFE && setup.length == 1);
    d->buffer[0] = disk.max_lun;
    return disk.no_lun ? USB_STALL : 1;
}

int usb_interface_request(struct usb_device *d, uint8_t request,
                          uint16_t value)
{
    CHECK(request == 0xFF && !value);
    if (d->gone)
        return BAREMETAL_ENODEV;
    disk.wants_reset = 0;
    disk.stage = 0;
    disk.resets++;
    return 0;
}

int usb_clear_halt(struct usb_device *d, struct usb_endpoint *endpoint)
{
    if (d->gone)
        return BAREMETAL_ENODEV;
    disk.halted[endpoint == &d->in] = 0;
    return 0;
}

int usb_open_endpoints(struct usb_device *d, struct xhci_trb *in,
                       struct xhci_trb *out, unsigned trbs)
{
    (void)d;
    return in && out && trbs ? 0 : -1;
}

int usb_configure(struct usb_device *d)
{
    (void)d;
    return 0;
}

int usb_address_32(const struct usb_device *d)
{
    (void)d;
    return (int)reach_32;
}

uint32_t usb_pci_address(const struct usb_device *d)
{
    (void)d;
    return 0x18;
}

void *usb_page_take(unsigned count)
{
    CHECK(count == 1 && pages_taken < 4);
    return memset(pages[pages_taken++], 0, PAGE_SIZE);
}

void usb_delay(uint32_t us)
{
    clock_us += us;
}

static struct time_limit mock_limit(uint32_t us)
{
    return (struct time_limit){clock_us + us};
}

static int mock_passed(struct time_limit limit)
{
    return clock_us++ >= limit.tsc_end;
}

static int mock_add(struct block_device *block)
{
    added[added_count++] = block;
    return 1;
}

static void mock_done(struct block_device *block, unsigned tag, int error)
{
    (void)block;
    CHECK(tag == 3);
    done_error = error;
    done_count++;
}

static const struct kernel_services kernel = {
    .time_limit_us = mock_limit, .time_limit_passed = mock_passed,
    .block_add = mock_add, .block_done = mock_done,
};
const struct os_system os_system = {0, &kernel};

/* ---- The tests. */
static void plug_in(uint32_t sector_bytes)
{
    uint8_t kept[sizeof disk.medium];

    memcpy(kept, disk.medium, sizeof kept);
    memset(&disk, 0, sizeof disk);
    memcpy(disk.medium, kept, sizeof kept);
    disk.sector_bytes = disk.reported_bytes = sector_bytes;
    disk.reported_last = SECTORS - 1;
    pages_taken = added_count = 0;
    device = usb_page_take(1);
    device->in.info.address = 0x81;
    device->out.info.address = 0x02;
}

/* One command to disk 0, with the data in two pieces. */
static int command(unsigned operation, uint64_t sector, uint32_t count,
                   uint8_t *data)
{
    uint32_t bytes = count * disk.sector_bytes, first = bytes / 3;
    struct block_command block = {
        .sector = sector, .count = count, .operation = (uint8_t)operation,
        .tag = 3, .pieces = 2,
        .piece = {{usb_physical(data), first},
                  {usb_physical(data + first), bytes - first}},
    };
    unsigned before = done_count;

    added[0]->driver->issue(added[0], &block);
    CHECK(done_count == before + 1);
    return done_error;
}

static uint8_t buffer[SECTORS * SECTOR_MAX];

static void fill(unsigned seed)
{
    srand(seed);
    for (size_t i = 0; i < sizeof disk.medium; i++)
        disk.medium[i] = (uint8_t)rand();
}

static void test_works(void)
{
    static const uint32_t sizes[] = {512, 1024, 4096};

    for (unsigned i = 0; i < 6; i++) {
        uint32_t size = sizes[i / 2], count = i % 2 ? 1 : 16;

        reach_32 = i % 2;
        plug_in(size);
        fill(i);
        CHECK(!usb_storage_start(device) && added_count == 1);
        CHECK(added[0]->info.sectors == SECTORS);
        CHECK(added[0]->info.sector_size == size);
        CHECK(added[0]->info.pci == 0x18 && added[0]->tags >= 1);
        CHECK(added[0]->bytes_max % 4096 == 0 && added[0]->bytes_max >= 4096);
        memset(buffer, 0, sizeof buffer);
        CHECK(!command(BAREMETAL_DISK_READ, 5, count, buffer));
        CHECK(!memcmp(buffer, disk.medium + 5 * size, count * size));
        memset(buffer, 0x5A, sizeof buffer);
        CHECK(!command(BAREMETAL_DISK_WRITE, 40, count, buffer));
        CHECK(!memcmp(buffer, disk.medium + 40 * size, count * size));
        CHECK(disk.medium[(40 + count) * size] != 0x5A ||
              disk.medium[(40 + count) * size + 1] != 0x5A);
        CHECK(!command(BAREMETAL_DISK_FLUSH, 0, 0, buffer));
        CHECK(disk.flushes == 1 && !disk.resets && !disk.broken);
    }
    reach_32 = 0;
}

/* Each fault, at each transfer of start, read, write and flush. */
static void test_faults(void)
{
    for (unsigned fault = FAULT_STALL; fault < FAULTS; fault++)
        for (unsigned n = 1; n < 24; n++) {
            int error;
            unsigned began, made;

            plug_in(512);
            fill(n);
            disk.fault = fault;
            disk.fault_at = n;
            disk.sense = 6 | 0x29 << 8; /* UNIT ATTENTION, reset */
            CHECK(usb_storage_start(device) <= 0);
            if (!added_count)
                continue;
            began = disk.transfers;
            memset(buffer, 0, 8192);
            error = command(BAREMETAL_DISK_READ, 3, 16, buffer);
            CHECK(error ? error < 0
                        : !memcmp(buffer, disk.medium + 3 * 512, 8192));
            memset(buffer, (int)n, 8192);
            error = command(BAREMETAL_DISK_WRITE, 30, 16, buffer);
            CHECK(error ? error < 0
                        : !memcmp(buffer, disk.medium + 30 * 512, 8192));
            CHECK(command(BAREMETAL_DISK_FLUSH, 0, 0, buffer) <= 0);
            CHECK(disk.transfers - began < 40);
            /* It was one fault: all is well again, or it is gone. */
            made = disk.transfers;
            disk.fault_at = 0;
            error = command(BAREMETAL_DISK_READ, 9, 4, buffer);
            CHECK(device->gone ? error == BAREMETAL_ENODEV
                               : !error && !memcmp(buffer,
                                                   disk.medium + 9 * 512,
                                                   2048));
            CHECK(device->gone == (fault == FAULT_UNPLUGGED && n <= made));
        }
}

/* What the transport makes good by itself, and what takes a reset. */
static void test_recovery(void)
{
    static const enum fault resets[] = {FAULT_SIGNATURE, FAULT_TAG,
                                        FAULT_PHASE, FAULT_ERROR};

    plug_in(512);
    CHECK(!usb_storage_start(device));
    disk.fault = FAULT_STALL; /* of the status, then of the data */
    disk.fault_at = disk.transfers + 3;
    CHECK(!command(BAREMETAL_DISK_READ, 0, 4, buffer) && !disk.resets);
    disk.fault_at = disk.transfers + 2;
    CHECK(command(BAREMETAL_DISK_READ, 0, 4, buffer) == BAREMETAL_EIO);
    CHECK(!disk.resets);
    disk.fault = FAULT_EMPTY_FIRST;
    disk.fault_at = disk.transfers + 3;
    CHECK(!command(BAREMETAL_DISK_READ, 0, 4, buffer) && !disk.resets);
    for (unsigned i = 0; i < sizeof resets / sizeof *resets; i++) {
        disk.fault = resets[i];
        disk.fault_at = disk.transfers + 3;
        CHECK(!command(BAREMETAL_DISK_READ, 0, 4, buffer));
        CHECK(disk.resets == i + 1);
    }
    CHECK(!disk.far && !disk.broken);
}

static void test_refusals(void)
{
    plug_in(512);
    CHECK(!usb_storage_start(device));
    disk.fault = FAULT_REFUSED;
    disk.fault_at = disk.transfers + 3;
    disk.sense = 3 | 0x11 << 8; /* MEDIUM ERROR: not tried again */
    CHECK(command(BAREMETAL_DISK_READ, 0, 4, buffer) == BAREMETAL_EIO);
    CHECK(disk.transfers == disk.fault_at + 3);
    disk.fault_at = disk.transfers + 3;
    disk.sense = 6 | 0x28 << 8;
    CHECK(!command(BAREMETAL_DISK_READ, 0, 4, buffer));
    disk.fault_at = disk.transfers + 3;
    disk.fault = FAULT_RESIDUE; /* nothing of what was written was used */
    CHECK(command(BAREMETAL_DISK_WRITE, 0, 4, buffer) == BAREMETAL_EIO);
    disk.fault_at = disk.transfers + 2;
    disk.fault = FAULT_TIME;
    CHECK(command(BAREMETAL_DISK_READ, 0, 4, buffer) == BAREMETAL_ETIME);
    CHECK(!command(BAREMETAL_DISK_READ, 0, 4, buffer));
    disk.no_flush = 1;
    CHECK(!command(BAREMETAL_DISK_FLUSH, 0, 0, buffer));
}

static unsigned disks_after(void (*change)(void))
{
    plug_in(512);
    change();
    CHECK(usb_storage_start(device) <= 0);
    return added_count;
}

static void no_lun(void) { disk.no_lun = 1; }
static void four_units(void) { disk.max_lun = 9; }
static void wild_lun(void) { disk.max_lun = 200; }
static void cd_drive(void) { disk.peripheral = 5; }
static void nothing_there(void) { disk.peripheral = 0x7F; }
static void sector_0(void) { disk.reported_bytes = 0; }
static void sector_768(void) { disk.reported_bytes = 768; }
static void sector_8192(void) { disk.reported_bytes = 8192; }
static void no_sectors(void) { disk.reported_last = UINT64_MAX; }
static void large(void) { disk.reported_last = 0x1FFFFFFFFF; }
static void spins_up(void)
{
    disk.not_ready = 20;
    disk.sense = 2 | 4 << 8;
}
static void never_ready(void)
{
    disk.not_ready = 100000;
    disk.sense = 2 | 4 << 8;
}
static void no_medium(void)
{
    disk.not_ready = 100000;
    disk.sense = 2 | 0x3A << 8;
}

static void test_start(void)
{
    uint64_t before;

    CHECK(disks_after(no_lun) == 1);
    CHECK(disks_after(four_units) == STORAGE_UNITS_MAX);
    CHECK(disks_after(wild_lun) == 1);
    CHECK(disks_after(cd_drive) == 0);
    CHECK(disks_after(nothing_there) == 0);
    CHECK(disks_after(sector_0) == 0);
    CHECK(disks_after(sector_768) == 0);
    CHECK(disks_after(sector_8192) == 0);
    CHECK(disks_after(no_sectors) == 0);
    CHECK(disks_after(large) == 1);
    CHECK(added[0]->info.sectors == 0x2000000000);
    CHECK(!command(BAREMETAL_DISK_READ, 0xFFFFFFF0, 4, buffer));
    CHECK(disk.far == 0xFFFFFFF0 && disk.command[0] == 0x28);
    CHECK(!command(BAREMETAL_DISK_WRITE, 0x1234567890, 4, buffer));
    CHECK(disk.far == 0x1234567890 && disk.command[0] == 0x8A);
    CHECK(disks_after(spins_up) == 1);
    before = clock_us;
    CHECK(disks_after(never_ready) == 0);
    CHECK(clock_us - before < 10000000);
    before = disk.transfers;
    CHECK(disks_after(no_medium) == 0);
    CHECK(disk.transfers < 20);
}

int main(void)
{
    test_works();
    test_faults();
    test_recovery();
    test_refusals();
    test_start();
    return check_report("usb_storage");
}
