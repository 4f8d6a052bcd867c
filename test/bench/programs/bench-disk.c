/* bench-disk.c - reads from the largest disk, for plugin/requests.c or timed.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     bench-disk count   samples between marks; prints for each: "sample",
 *                        reads at a time, reads, and how often it looked
 *     bench-disk rate    "rate large", bytes, nanoseconds of each pass
 */
#include <baremetal.h>
#include "../../../programs/text.h"
#include "requests.h"

static const struct baremetal *os;
static struct text line;

static int failed(const char *what, int error)
{
    text_add(&line, "failed: ");
    text_add(&line, what);
    text_add(&line, " ");
    text_number(&line, (uint64_t)-error, 0);
    text_print(&line, os);
    return 1;
}

/* Ticks of the TSC in a millisecond; 0 without a clock. */
static uint64_t ticks_per_ms(void)
{
    uint64_t ns, now, begin;

    if (os->time_ns(&ns))
        return 0;
    begin = measure_tsc();
    os->delay_us(1000);
    now = measure_tsc();
    return now - begin;
}

/* With reads that were counted: how often it looked. 0 if one failed. */
static unsigned sample(unsigned disk, unsigned depth,
                       struct baremetal_disk_request *requests,
                       uint64_t patience)
{
    unsigned looks = 0;

    measure_begin();
    if (os->disk_submit(disk, requests, depth))
        return 0;
    do {
        measure_delay(patience);
        looks++;
    } while (os->disk_poll(disk) > 0);
    measure_end();
    for (unsigned i = 0; i < depth; i++)
        if (requests[i].status)
            return 0;
    return looks;
}

static int count(unsigned disk, const struct baremetal_disk *info,
                 char *buffer)
{
    static const unsigned depths[] = { 1, REQUESTS_DEEP };
    static struct baremetal_disk_request requests[REQUESTS_DEEP];
    uint32_t sectors = REQUESTS_READ / info->sector_size;
    uint64_t ms = ticks_per_ms();

    for (unsigned i = 0; i < REQUESTS_SAMPLES * 2; i++) {
        unsigned depth = depths[i / REQUESTS_SAMPLES], looks;

        for (unsigned j = 0; j < depth; j++)
            requests[j] = (struct baremetal_disk_request){
                .sector = sectors * requests_random(info->sectors / sectors),
                .count = sectors,
                .buffer = buffer + j * REQUESTS_READ,
                .operation = BAREMETAL_DISK_READ,
            };
        looks = sample(disk, depth, requests, ms * (depth == 1 ? 5 : 20));
        if (!looks)
            return failed("read", BAREMETAL_EIO);
        text_add(&line, "sample ");
        text_number(&line, depth, 0);
        text_add(&line, " ");
        text_number(&line, depth, 0);
        text_add(&line, " ");
        text_number(&line, looks, 0);
        text_print(&line, os);
    }
    return 0;
}

static int rate(unsigned disk, const struct baremetal_disk *info,
                char *buffer)
{
    uint32_t sectors = REQUESTS_LARGE / info->sector_size;
    uint64_t all = 0;

    for (unsigned pass = 0;
         pass < REQUESTS_PASSES && all < REQUESTS_PASSES_NS; pass++) {
        uint64_t begin, end;

        os->time_ns(&begin);
        for (uint64_t i = 0; i < REQUESTS_PASS / REQUESTS_LARGE; i++) {
            int error = os->disk_read(disk, i * sectors, sectors, buffer);

            if (error)
                return failed("disk_read", error);
        }
        os->time_ns(&end);
        all += end - begin;
        text_add(&line, "rate large ");
        text_number(&line, REQUESTS_PASS, 0);
        text_add(&line, " ");
        text_number(&line, end - begin, 0);
        text_print(&line, os);
    }
    return 0;
}

int main(int argc, char **argv, const struct baremetal *system)
{
    struct baremetal_disk info, other;
    unsigned disk = 0;
    void *buffer;
    int error;

    os = system;
    if (os->disk_info(0, &info))
        return failed("no disk", BAREMETAL_ENODEV);
    for (unsigned i = 1; !os->disk_info(i, &other); i++)
        if (other.sectors * other.sector_size >
            info.sectors * info.sector_size) {
            info = other;
            disk = i;
        }
    if (info.sectors * info.sector_size < REQUESTS_PASS)
        return failed("no large disk", BAREMETAL_ENODEV);
    error = os->memory_allocate(REQUESTS_LARGE, 4096, &buffer);
    if (error)
        return failed("memory", error);
    text_add(&line, "disk ");
    text_add(&line, info.name);
    text_print(&line, os);
    return argc > 1 && *argv[1] == 'r' ? rate(disk, &info, buffer)
                                       : count(disk, &info, buffer);
}
