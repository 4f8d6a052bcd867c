/* diskbench.c - how fast disks are, reading; and a file, writing too.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     diskbench          reads from the start of each disk; changes nothing
 *     diskbench FILE     writes FILE, which must not be there, reads and
 *                        removes it
 *
 * A disk does several requests at a time, so one CPU keeps it busy: it submits
 * some, and polls until they are done.
 */
#include <baremetal.h>
#include <stdio.h>
#include <string.h>

#define MIB (1u << 20)
#define AMOUNT (32u * MIB)
#define DEPTH 8                 /* requests under way */
#define SMALL 4096u

static const struct baremetal *os;

static void report(const char *what, uint64_t bytes, uint64_t requests,
                   uint64_t ns)
{
    double seconds = ((double)ns + 1) / 1e9;

    printf("  %-24s %8.1f MiB/s, %8.0f requests/s\n", what,
           (double)bytes / MIB / seconds, (double)requests / seconds);
}

/* Reads `amount` bytes in steps, DEPTH at a time; 0 or BAREMETAL_E*. */
static int read_disk(unsigned disk, const struct baremetal_disk *info,
                     uint64_t amount, uint64_t step, char *buffer)
{
    struct baremetal_disk_request requests[DEPTH];
    uint64_t sectors = step / info->sector_size, sector = 0;
    uint64_t end = amount / info->sector_size;

    while (sector + sectors <= end) {
        unsigned count = 0;
        int left;

        memset(requests, 0, sizeof requests);
        for (; count < DEPTH && sector + sectors <= end; count++) {
            requests[count].sector = sector;
            requests[count].count = sectors;
            requests[count].buffer = buffer + count * step;
            requests[count].operation = BAREMETAL_DISK_READ;
            sector += sectors;
        }
        left = os->disk_submit(disk, requests, count);
        if (!left)
            do /* it ends: the system has a time limit */
                left = os->disk_poll(disk);
            while (left > 0);
        if (left < 0)
            return left;
        for (unsigned i = 0; i < count; i++)
            if (requests[i].status)
                return requests[i].status;
    }
    return 0;
}

static int bench_disk(unsigned disk, const struct baremetal_disk *info,
                      char *buffer)
{
    static const struct {
        const char *name;
        uint64_t step, part;    /* of AMOUNT */
    } tests[] = { { "read, 1 MiB requests", MIB, 1 },
                  { "read, 4 KiB requests", SMALL, 8 } };
    uint64_t start, end, size = info->sectors * info->sector_size;

    printf("disk %u, %s:\n", disk, info->name);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        uint64_t amount = AMOUNT / tests[i].part;
        int error;

        if (amount > size)
            amount = size;
        os->time_ns(&start);
        error = read_disk(disk, info, amount, tests[i].step, buffer);
        os->time_ns(&end);
        if (error) {
            printf("  %s: %s\n", tests[i].name, os->error_text(error));
            return 1;
        }
        report(tests[i].name, amount, amount / tests[i].step, end - start);
    }
    return 0;
}

static int bench_file(const char *path, char *buffer)
{
    int file = os->file_open(path, BAREMETAL_FILE_READ | BAREMETAL_FILE_WRITE |
                                       BAREMETAL_FILE_NEW);
    uint64_t times[3];
    int64_t done = file;

    if (file < 0) {
        printf("%s: %s\n", path, os->error_text(file));
        return 1;
    }
    os->time_ns(&times[0]);
    for (unsigned i = 0; i < AMOUNT / MIB && done >= 0; i++)
        done = os->file_write(file, buffer, MIB);
    if (done >= 0)
        done = os->file_flush(file);
    os->time_ns(&times[1]);
    if (done >= 0)
        done = os->file_seek(file, 0);
    for (unsigned i = 0; i < AMOUNT / MIB && done >= 0; i++)
        done = os->file_read(file, buffer, MIB);
    os->time_ns(&times[2]);
    os->file_close(file);
    os->file_remove(path);
    if (done < 0) {
        printf("%s: %s\n", path, os->error_text((int)done));
        return 1;
    }
    printf("file %s:\n", path);
    report("write, 1 MiB calls", AMOUNT, AMOUNT / MIB, times[1] - times[0]);
    report("read, 1 MiB calls", AMOUNT, AMOUNT / MIB, times[2] - times[1]);
    return 0;
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    struct baremetal_disk info;
    uint64_t now;
    void *buffer;
    int failed = 0;

    os = interface;
    if (os->time_ns(&now) ||
        os->memory_allocate(DEPTH * MIB, 4096, &buffer)) {
        puts("diskbench: this needs a clock, and 8 MiB of memory");
        return 1;
    }
    if (argc > 1)
        return bench_file(argv[1], buffer);
    for (unsigned disk = 0; !os->disk_info(disk, &info); disk++)
        failed |= bench_disk(disk, &info, buffer);
    return failed;
}
