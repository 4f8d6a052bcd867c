/* disk-check.c - reads every disk, and writes one if asked to.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * disk-check         for each disk: its size, and the CRC-32 of its first
 *                    SECTORS sectors, read in pieces to odd addresses
 * disk-check NUMBER  also: writes the last LAST sectors of that disk, reads
 *                    them back, and puts what was there in their place again
 * The exit status is 0, or 1 if anything went wrong.
 */
#include "print.h"

#define SECTORS 100
#define LAST 5
#define SECTOR_SIZE_MAX 4096

static uint8_t data[SECTORS * SECTOR_SIZE_MAX + 1];
static uint8_t saved[LAST * SECTOR_SIZE_MAX + 1];

/* Says what failed, with the error if there is one; returns 1. */
static int fail(const char *what, int error)
{
    print(what);
    if (error) {
        print(": error -");
        print_number((uint64_t)-error, 10, 1);
    }
    print("\n");
    return 1;
}

/* CRC-32 of IEEE 802.3, as zip and Python's zlib.crc32 compute it. */
static uint32_t crc32(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;

    while (size--) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* Pieces of 1, 2, 3... sectors, each to an odd address. */
static int read_pieces(unsigned disk, const struct baremetal_disk *info,
                       uint64_t sectors)
{
    uint64_t done = 0;

    for (size_t count = 1; done < sectors; count++) {
        int error;

        if (count > sectors - done)
            count = sectors - done;
        error = system->disk_read(disk, done, count,
                                  data + 1 + done * info->sector_size);
        if (error)
            return fail("read", error);
        done += count;
    }
    return 0;
}

static int check_reading(unsigned disk, const struct baremetal_disk *info)
{
    uint64_t sectors = info->sectors < SECTORS ? info->sectors : SECTORS;

    print(info->name);
    print(": ");
    print_number(info->sectors, 10, 1);
    print(" sectors of ");
    print_number(info->sector_size, 10, 1);
    print(" bytes\n");
    if (read_pieces(disk, info, sectors))
        return 1;
    print("crc32 of the first ");
    print_number(sectors, 10, 1);
    print(": ");
    print_number(crc32(data + 1, sectors * info->sector_size), 16, 8);
    print("\n");
    if (system->disk_read(disk, info->sectors, 1, data) != BAREMETAL_EINVAL)
        return fail("a read beyond the end is not refused", 0);
    return 0;
}

/* Writes a pattern, reads it back elsewhere: the number of bytes that differ
 * or a negative error. */
static int write_and_compare(unsigned disk, uint64_t first, size_t size)
{
    uint8_t *written = data + 1, *read = data + 1 + size;
    int different = 0;
    int error;

    for (size_t i = 0; i < size; i++)
        written[i] = (uint8_t)(i * 7 + i / 256);
    error = system->disk_write(disk, first, LAST, written);
    if (!error)
        error = system->disk_flush(disk);
    if (!error)
        error = system->disk_read(disk, first, LAST, read);
    if (error)
        return error;
    for (size_t i = 0; i < size; i++)
        different += written[i] != read[i];
    return different;
}

static int check_writing(unsigned disk, const struct baremetal_disk *info)
{
    uint64_t first = info->sectors - LAST;
    int error = system->disk_read(disk, first, LAST, saved + 1);
    int result;

    if (error)
        return fail("read", error);
    result = write_and_compare(disk, first, LAST * info->sector_size);
    error = system->disk_write(disk, first, LAST, saved + 1);
    if (!error)
        error = system->disk_flush(disk);
    if (result < 0 || error)
        return fail("write", result < 0 ? result : error);
    if (result)
        return fail("what was read back differs", 0);
    print("the last sectors were written and read back\n");
    return 0;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct baremetal_disk info;
    int failed = 0;
    unsigned disk;

    system = os;
    for (disk = 0; !os->disk_info(disk, &info); disk++) {
        failed |= check_reading(disk, &info);
        if (argc > 1 && argv[1][0] == (char)('0' + disk))
            failed |= check_writing(disk, &info);
    }
    print_number(disk, 10, 1);
    print(failed ? " disks, something FAILED\n" : " disks checked\n");
    return failed;
}
