/* disk-random.c - writes a disk at random and reads back what it wrote.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * disk-random DISK MIB SEED    destroys what is on the disk; all of it must
 *                              be zero before
 *
 * Requests of 1 sector to 8 MiB, until MIB were written and as many read:
 * some are waited for, up to DEPTH others are under way at the same time, at
 * other sectors. Buffers are at both ends of program memory, in both views of
 * it, at any alignment where the request may have any.
 *
 * Each sector written begins with its tag and goes on with a part of a fixed
 * pattern. What is printed at the end, and the CRC-32 of the numbers of the
 * requests that wrote each sector last, let boot/disk_image.py check the image.
 */
#include "../../programs/text.h"
#include <pure64/layout.h>

#define DEPTH 32
#define SMALL_MAX 0x80000u  /* bytes of a request among others */
#define LARGE_MAX 0x800000u /* of one that is waited for */
#define GUARD 64u           /* bytes around a buffer that must stay */
#define GUARD_BYTE 0xA5
#define SLOT(max) ((max) + 0x2000u) /* it may begin anywhere in a page */
#define MIB 0x100000u
#define LOW_RAM_END 0x40000000u /* of the low view of program memory */
#define PATTERN_BYTES 8192u
#define SECTOR_MAX 4096u

struct tag {
    uint64_t sector;
    uint32_t number;   /* of the request */
    uint32_t seed;
};

/* Requests must be next to each other to be submitted together. */
static struct baremetal_disk_request requests[DEPTH];
static struct job {
    char *slot;
    uint32_t busy;
} jobs[DEPTH];

static const struct baremetal *system;
static struct text line;
static unsigned disk;
static struct baremetal_disk info;
static uint32_t *map;      /* number of the request that wrote a sector last */
static char *large[2];     /* slots */
static uint64_t goal, written, writes, read, reads;
static uint32_t seed, number;
static uint64_t state;
static uint8_t pattern[PATTERN_BYTES];

/* splitmix64 */
static uint64_t chance(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static void fail(const char *what, const struct baremetal_disk_request *request,
                 int64_t value)
{
    text_add(&line, "FAILED: ");
    text_add(&line, what);
    text_add(&line, value < 0 ? " -" : " ");
    text_number(&line, (uint64_t)(value < 0 ? -value : value), 0);
    text_add(&line, request->operation ? "; write " : "; read ");
    text_number(&line, request->count, 0);
    text_add(&line, " at ");
    text_number(&line, request->sector, 0);
    text_add(&line, " buffer page offset ");
    text_number(&line, (uintptr_t)request->buffer & 0xFFF, 0);
    text_print(&line, system);
    system->exit(1);
}

static void fill(char *to, uint64_t sector, uint64_t count)
{
    for (uint64_t end = sector + count; sector < end; sector++) {
        struct tag tag = { sector, number, seed };
        size_t rest = info.sector_size - sizeof tag;

        __builtin_memcpy(to, &tag, sizeof tag);
        __builtin_memcpy(to + sizeof tag,
                         pattern + (number * 31 + sector * 17) % 4096, rest);
        map[sector] = number;
        to += info.sector_size;
    }
}

/* 1 if the words are equal; the rest is less than a word. */
static int same(const char *a, const char *b, size_t size)
{
    for (; size >= 8; size -= 8, a += 8, b += 8)
        if (__builtin_memcmp(a, b, 8))
            return 0;
    return !__builtin_memcmp(a, b, size);
}

static int sector_right(const char *data, uint64_t sector)
{
    static const char zeros[SECTOR_MAX];
    uint32_t by = map[sector];
    struct tag tag = { sector, by, seed };

    if (!by)
        return same(data, zeros, info.sector_size);
    return same(data, (const char *)&tag, sizeof tag) &&
           same(data + sizeof tag,
                (const char *)pattern + (by * 31 + sector * 17) % 4096,
                info.sector_size - sizeof tag);
}

static void guard(const struct baremetal_disk_request *request, int check)
{
    char *before = (char *)request->buffer - GUARD;
    char *behind = (char *)request->buffer + request->count * info.sector_size;

    for (unsigned i = 0; i < GUARD; i++) {
        if (check && (before[i] != (char)GUARD_BYTE ||
                      behind[i] != (char)GUARD_BYTE))
            fail("written outside of the buffer, byte", request, i);
        before[i] = behind[i] = (char)GUARD_BYTE;
    }
}

/* A request was done: was all of it right? */
static void finish(const struct baremetal_disk_request *request, int error)
{
    uint64_t sector = request->sector;
    const char *data = request->buffer;

    if (error)
        fail("error", request, error);
    guard(request, 1);
    if (request->operation != BAREMETAL_DISK_READ)
        return;
    for (uint64_t i = 0; i < request->count; i++, sector++)
        if (!sector_right(data + i * info.sector_size, sector))
            fail("wrong data in sector", request, (int64_t)sector);
}

/* 1 if a request under way has one of the sectors. */
static int taken(uint64_t sector, uint64_t count)
{
    for (unsigned i = 0; i < DEPTH; i++)
        if (jobs[i].busy && sector < requests[i].sector + requests[i].count &&
            requests[i].sector < sector + count)
            return 1;
    return 0;
}

/* A number of sectors of at most `most` bytes: a few, or many. */
static uint64_t any_count(uint32_t most)
{
    uint64_t kind = chance() % 8, bytes = 8 * info.sector_size;

    if (kind > 3)
        bytes = 0x10000;
    if (kind > 5)
        bytes = most;
    return 1 + chance() % ((bytes < most ? bytes : most) / info.sector_size);
}

/* Sectors nobody is at, now and then the first or last ones; 0 if none were
 * found. */
static int place(struct baremetal_disk_request *request, uint32_t most)
{
    for (unsigned tries = 0; tries < 50; tries++) {
        uint64_t count = any_count(most), kind = chance() % 32;
        uint64_t last = info.sectors - count;
        uint64_t sector = chance() % (last + 1);

        if (kind < 2)
            sector = kind ? last : 0;
        if (taken(sector, count))
            continue;
        request->sector = sector;
        request->count = count;
        return 1;
    }
    return 0;
}

/* Somewhere in the first page of the slot; low memory in either view. */
static void *any_buffer(char *slot, unsigned alignment)
{
    uint64_t at = (uint64_t)slot + GUARD +
                  chance() % (4096 - GUARD) / alignment * alignment;
    uint64_t low = at - LAYOUT_HIGH_RAM + LAYOUT_LOW_RAM;

    return (void *)(low < LOW_RAM_END - SLOT(LARGE_MAX) && chance() % 2 ? low
                                                                      : at);
}

/* What is to be done next; 0 if there is nothing or no place for it. */
static int prepare(struct baremetal_disk_request *request, uint32_t most,
                   char *slot, unsigned alignment)
{
    int write = written < goal && (read >= goal || chance() % 2);
    uint64_t bytes;

    if ((!write && read >= goal) || !place(request, most))
        return 0;
    bytes = request->count * info.sector_size;
    request->operation = write ? BAREMETAL_DISK_WRITE : BAREMETAL_DISK_READ;
    request->buffer = any_buffer(slot, alignment);
    guard(request, 0);
    number++;
    if (write) {
        fill(request->buffer, request->sector, request->count);
        written += bytes;
        writes++;
    } else {
        __builtin_memset(request->buffer, 0x5A, bytes);
        read += bytes;
        reads++;
    }
    return 1;
}

/* One request that is waited for, in the middle of what is under way. */
static void wait_for_one(void)
{
    struct baremetal_disk_request request = { .status = 0 };
    int error = 0;

    if (chance() % 16 == 0)
        error = system->disk_flush(disk);
    if (error)
        fail("flush", &request, error);
    if (!prepare(&request, LARGE_MAX, large[chance() % 2], 1))
        return;
    error = request.operation == BAREMETAL_DISK_WRITE
                ? system->disk_write(disk, request.sector, request.count,
                                     request.buffer)
                : system->disk_read(disk, request.sector, request.count,
                                    request.buffer);
    finish(&request, error);
}

static void submit(unsigned begin, unsigned end)
{
    int error = 0;

    if (begin < end)
        error = system->disk_submit(disk, requests + begin, end - begin);
    if (error)
        fail("submit", requests + begin, error);
}

/* Gives the disk work as long as there are free places, neighbours at once. */
static void give(void)
{
    unsigned begin = 0, i;

    for (i = 0; i < DEPTH; i++) {
        struct job *job = &jobs[i];

        if (!job->busy && chance() % 64 == 0) {
            requests[i].operation = BAREMETAL_DISK_FLUSH;
            requests[i].count = requests[i].sector = 0;
            job->busy = 2;
        } else if (!job->busy && prepare(&requests[i], SMALL_MAX, job->slot, 4)) {
            job->busy = 1;
        } else {
            submit(begin, i);
            begin = i + 1;
        }
    }
    submit(begin, i);
}

/* Returns how many are still under way. */
static unsigned take(void)
{
    unsigned left = 0;
    int pending = system->disk_poll(disk);

    for (unsigned i = 0; i < DEPTH; i++) {
        struct baremetal_disk_request *request = &requests[i];

        if (!jobs[i].busy)
            continue;
        if (request->status == BAREMETAL_DISK_PENDING) {
            left++;
            continue;
        }
        if (jobs[i].busy == 2 && request->status)
            fail("flush", request, request->status);
        if (jobs[i].busy == 1)
            finish(request, request->status);
        jobs[i].busy = 0;
    }
    if (pending < 0 || (unsigned)pending != left)
        fail("disk_poll returned", requests, pending);
    return left;
}

/* Places for the map and, half of them at each end, the buffers. */
static int find_memory(void)
{
    uint64_t bytes = system->memory_free();
    char *low, *high;
    int error;

    if (bytes < 64 * MIB)
        return BAREMETAL_ENOMEM;
    bytes -= 4 * MIB;
    error = system->memory_allocate(bytes, 4096, (void **)&low);
    if (error)
        return error;
    high = low + bytes;
    map = (uint32_t *)low;
    low += (info.sectors * sizeof *map + 4095) / 4096 * 4096;
    __builtin_memset(map, 0, info.sectors * sizeof *map);
    for (unsigned i = 0; i < DEPTH; i += 2) {
        jobs[i].slot = low;
        low += SLOT(SMALL_MAX);
        jobs[i + 1].slot = high -= SLOT(SMALL_MAX);
    }
    large[0] = low;
    large[1] = high - SLOT(LARGE_MAX);
    return low + SLOT(LARGE_MAX) < large[1] ? 0 : BAREMETAL_ENOMEM;
}

/* CRC-32 of IEEE 802.3. */
static uint32_t crc32(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint32_t crc = ~0u;

    while (size--) {
        crc ^= *byte++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void add_number(const char *before, uint64_t value)
{
    text_add(&line, before);
    text_number(&line, value, 0);
}

static void report(uint64_t ns)
{
    add_number("wrote ", written);
    add_number(" in ", writes);
    add_number(", read ", read);
    add_number(" in ", reads);
    add_number(", ms ", ns / 1000000);
    text_print(&line, system);
    add_number("map ", crc32(map, info.sectors * sizeof *map));
    text_print(&line, system);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    uint64_t begin = 0, end = 0;
    uint32_t value = 1;

    system = os;
    if (argc != 4)
        return 2;
    disk = (unsigned)text_to_number(argv[1]);
    goal = text_to_number(argv[2]) * MIB;
    seed = (uint32_t)text_to_number(argv[3]);
    state = seed;
    for (unsigned i = 0; i < PATTERN_BYTES; i++) {
        value = value * 1664525 + 1013904223;
        pattern[i] = (uint8_t)(value >> 24);
    }
    if (os->disk_info(disk, &info) ||
        info.sectors * info.sector_size < LARGE_MAX || find_memory()) {
        os->write("no such disk, or no memory\n", 27);
        return 1;
    }
    os->time_ns(&begin);
    while (written < goal || read < goal) {
        give();
        if (chance() % 8 == 0)
            wait_for_one();
        take();
    }
    while (take())
        ;
    if (os->disk_flush(disk))
        fail("flush", requests, 0);
    os->time_ns(&end);
    report(end - begin);
    return 0;
}
