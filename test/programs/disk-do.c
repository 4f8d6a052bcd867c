/* disk-do.c - does to disks what it is told, and says how each of it ended.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * disk-do [together] STEP...
 *
 * rDISK:SECTOR:COUNT  reads; with :TIMES behind it so often, every other sector
 * wDISK:SECTOR:COUNT  writes, the same way; byte i of a sector is
 *                     (sector * 7 + i) % 256
 * fDISK               flushes
 * eSLOT               ejects what is in a slot of QEMU's pc machine, as an
 *                     operating system does when device_del asks for it
 *
 * Prints for each step, in one line, disk, step, error (0: none) and the CRC-32
 * of what was read. `together`: all requests are submitted before any is waited
 * for; slots are ejected LATER_MS later.
 */
#include "../../programs/text.h"
#include <pure64/io.h>

#define STEPS_MAX 40
#define DISKS_MAX 16
#define NS_PER_MS 1000000
#define LATER_MS 100
#define EJECT 3 /* beside enum baremetal_disk_operation */

/* QEMU, docs/specs/acpi_pci_hotplug.txt */
#define EJECT_PORT 0xAE08
#define EJECT_BUS_PORT 0xAE10

static struct step {
    unsigned disk;      /* or slot */
    struct baremetal_disk_request request;
} steps[STEPS_MAX];

static const struct baremetal *system;
static struct text line;

static uint64_t now(void)
{
    uint64_t ns = 0;

    system->time_ns(&ns);
    return ns;
}

/* CRC-32 of IEEE 802.3. */
static uint32_t crc32(const uint8_t *byte, size_t size)
{
    uint32_t crc = ~0u;

    while (size--) {
        crc ^= *byte++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* The number behind the letter or colon at *word, 0 without one. */
static uint64_t next_number(const char **word)
{
    uint64_t value = 0;

    while (**word && *++*word >= '0' && **word <= '9')
        value = value * 10 + (uint64_t)(**word - '0');
    return value;
}

static struct baremetal_disk disk_info(const struct step *step)
{
    struct baremetal_disk info = { .name = "none", .sector_size = 512 };

    system->disk_info(step->disk, &info);
    return info;
}

/* Memory for its data, and what is to be written. 0, or an error. */
static int prepare(struct baremetal_disk_request *request, uint32_t size)
{
    int error = system->memory_allocate(request->count * size, 4096,
                                        &request->buffer);
    uint8_t *byte = request->buffer;

    if (!error && request->operation == BAREMETAL_DISK_WRITE)
        for (uint64_t n = 0; n < request->count; n++)
            for (uint32_t i = 0; i < size; i++)
                *byte++ = (uint8_t)((request->sector + n) * 7 + i);
    return error;
}

/* Adds the steps of a word: their number, 0 if it is not understood. */
static unsigned parse(const char *word, struct step *step, unsigned most)
{
    struct baremetal_disk_request first = { .operation = 0 };
    static const char letters[] = "rwfe";
    unsigned disk, times, n;

    while (letters[first.operation] != *word)
        if (!letters[++first.operation])
            return 0;
    disk = (unsigned)next_number(&word);
    first.sector = next_number(&word);
    first.count = next_number(&word);
    times = (unsigned)next_number(&word);
    for (n = 0; n < most && (n < times || !n); n++, step++) {
        step->disk = disk;
        step->request = first;
        step->request.sector += 2 * n;
        if (first.operation < BAREMETAL_DISK_FLUSH &&
            prepare(&step->request, disk_info(step).sector_size))
            return 0;
    }
    return n;
}

static void eject(const struct step *step)
{
    io_out32(EJECT_BUS_PORT, 0);
    io_out32(EJECT_PORT, 1u << step->disk);
}

static int alone(const struct step *step)
{
    const struct baremetal_disk_request *request = &step->request;

    switch (request->operation) {
    case BAREMETAL_DISK_READ:
        return system->disk_read(step->disk, request->sector, request->count,
                                 request->buffer);
    case BAREMETAL_DISK_WRITE:
        return system->disk_write(step->disk, request->sector,
                                  request->count, request->buffer);
    case BAREMETAL_DISK_FLUSH:
        return system->disk_flush(step->disk);
    default:
        eject(step);
        return 0;
    }
}

static void together(unsigned count)
{
    uint64_t start = now(), busy = 0;
    unsigned i, disk;
    int error;

    for (i = 0; i < count; i++) {
        if (steps[i].request.operation == EJECT)
            continue;
        error = system->disk_submit(steps[i].disk, &steps[i].request, 1);
        if (error)
            steps[i].request.status = error;
        busy |= 1ull << steps[i].disk % DISKS_MAX;
    }
    while (now() - start < LATER_MS * NS_PER_MS)
        ;
    for (i = 0; i < count; i++)
        if (steps[i].request.operation == EJECT)
            eject(&steps[i]);
    while (busy)
        for (disk = 0; disk < DISKS_MAX; disk++)
            if (busy >> disk & 1 && system->disk_poll(disk) <= 0)
                busy &= ~(1ull << disk);
}

static void report(const struct step *step, uint64_t ns)
{
    static const char *const names[] = { " read ", " write ", " flush ",
                                         " eject " };
    const struct baremetal_disk_request *request = &step->request;
    struct baremetal_disk info = disk_info(step);

    text_add(&line, request->operation == EJECT ? "slot" : info.name);
    text_add(&line, names[request->operation]);
    text_number(&line, request->sector, 0);
    text_add(&line, request->status < 0 ? ": error -" : ": error ");
    text_number(&line, (uint64_t)(request->status < 0 ? -request->status
                                                      : request->status), 0);
    text_add(&line, " ms ");
    text_number(&line, ns / NS_PER_MS, 0);
    if (request->operation == BAREMETAL_DISK_READ && !request->status) {
        text_add(&line, " crc ");
        text_number(&line, crc32(request->buffer,
                                 request->count * info.sector_size), 0);
    }
    text_print(&line, system);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    int all = argc > 1 && argv[1][0] == 't';
    unsigned count = 0;
    uint64_t start;

    system = os;
    for (int i = 1 + all; i < argc; i++) {
        unsigned more = parse(argv[i], &steps[count], STEPS_MAX - count);

        if (!more) {
            os->write("not understood\n", 15);
            return 2;
        }
        count += more;
    }
    start = now();
    if (all)
        together(count);
    for (unsigned i = 0; i < count; i++) {
        if (!all) {
            start = now();
            steps[i].request.status = alone(&steps[i]);
        }
        report(&steps[i], now() - start);
    }
    return 0;
}
