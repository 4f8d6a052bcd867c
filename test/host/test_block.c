/* test_block.c - the block core, above a driver that does what it is told.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: kernel/block.c
#include "check.h"
#include <kernel/block.h>
#include <kernel/cpu.h>
#include <kernel/lock.h>
#include <kernel/memory.h>
#include <kernel/program.h>
#include <string.h>

#define PAGES 64
#define COMMANDS 64

/* ---- The kernel around it. */
static char memory[PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static int scattered;      /* no two pages are adjacent */
static int unmapped = -1;  /* number of a page */
static uint64_t now;
static int checks;

int lock_try(struct lock *lock)
{
    CHECK(!lock->holder);
    return lock->holder = 1;
}

void lock_take(struct lock *lock)
{
    lock_try(lock);
}

void lock_release(struct lock *lock)
{
    lock->holder = 0;
}

int lock_held(const struct lock *lock)
{
    return (int)lock->holder;
}

unsigned cpu_number(void)
{
    return 0;
}

int cpu_is_closed(void)
{
    return 0;
}

void program_check(void)
{
    checks++;
}

struct time_limit time_limit_us(uint32_t us)
{
    return (struct time_limit){ now + us };
}

int time_limit_passed(struct time_limit limit)
{
    return now >= limit.tsc_end;
}

size_t memory_run(const void *virtual, size_t size, enum memory_access access,
                  uint64_t *physical)
{
    uint64_t offset = (uint64_t)((const char *)virtual - memory);
    uint64_t end = scattered ? offset / PAGE_SIZE * PAGE_SIZE + PAGE_SIZE
                             : sizeof memory;

    (void)access;
    if (offset >= sizeof memory || (int)(offset / PAGE_SIZE) == unmapped)
        return 0;
    if (unmapped > (int)(offset / PAGE_SIZE) &&
        end > (uint64_t)unmapped * PAGE_SIZE)
        end = (uint64_t)unmapped * PAGE_SIZE;
    *physical = scattered ? offset + offset / PAGE_SIZE * PAGE_SIZE : offset;
    return size < end - offset ? size : end - offset;
}

/* ---- The driver. */
static struct block_command issued[COMMANDS];
static unsigned count, kicks, resets;
static uint32_t doing;     /* tags under way */
static int at_once, working = 1, reset_result;

static void issue(struct block_device *device,
                  const struct block_command *command)
{
    uint64_t bytes = 0;

    CHECK(count < COMMANDS && command->tag < device->tags);
    CHECK(!(doing >> command->tag & 1));
    for (unsigned i = 0; i < command->pieces; i++)
        bytes += command->piece[i].length;
    CHECK(bytes == (uint64_t)command->count * device->info.sector_size);
    CHECK(bytes <= device->bytes_max);
    issued[count++] = *command;
    if (at_once)
        block_done(device, command->tag, 0);
    else
        doing |= 1u << command->tag;
}

static void kick(struct block_device *device)
{
    (void)device;
    kicks++;
}

static void poll(struct block_device *device)
{
    for (unsigned tag = 0; working && tag < 32; tag++)
        if (doing >> tag & 1) {
            doing &= ~(1u << tag);
            block_done(device, tag, 0);
            block_done(device, tag, BAREMETAL_EIO); /* once too often */
        }
}

static int reset(struct block_device *device)
{
    (void)device;
    resets++;
    doing = 0;
    return reset_result;
}

static const struct block_driver driver = { "fake", issue, kick, poll, reset };
static struct block_device device = {
    .info = { .sectors = 1000, .sector_size = 512 }, .driver = &driver,
    .bytes_max = 0x4000, .tags = 4,
};

static struct baremetal_disk_request request(unsigned operation,
                                             uint64_t sector, uint64_t sectors,
                                             void *buffer)
{
    return (struct baremetal_disk_request){
        .operation = operation, .sector = sector, .count = sectors,
        .buffer = buffer,
    };
}

static int submit(struct baremetal_disk_request *one)
{
    count = kicks = resets = 0;
    return block_submit(0, one, 1);
}

static void test_valid(void)
{
    static const struct {
        unsigned operation;
        uint64_t sector, sectors, offset;
        int error;
    } cases[] = {
        { 0, 0, 0, 0, BAREMETAL_EINVAL },    { 0, 999, 2, 0, BAREMETAL_EINVAL },
        { 0, 1000, 1, 0, BAREMETAL_EINVAL }, { 0, 1001, 1, 0, BAREMETAL_EINVAL },
        { 3, 0, 1, 0, BAREMETAL_EINVAL },    { 1, 0, 1, 2, BAREMETAL_EINVAL },
        { 0, 0, -1ull, 0, BAREMETAL_EINVAL }, { 0, -1ull, 1, 0, BAREMETAL_EINVAL },
        { 0, 999, 1, 4, 0 },                 { 2, 5, 7, 1, 0 },
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct baremetal_disk_request one =
            request(cases[i].operation, cases[i].sector, cases[i].sectors,
                    memory + cases[i].offset);

        CHECK(submit(&one) == cases[i].error);
        while (block_poll(0) > 0)
            ;
        CHECK(cases[i].error || one.status == 0);
    }
    CHECK(block_submit(1, 0, 0) == BAREMETAL_ENODEV);
    CHECK(block_poll(BLOCK_DEVICES_MAX) == BAREMETAL_ENODEV);
}

/* Cut at bytes_max, at most `tags` at a time, in order, one kick for each
 * batch. */
static void test_cut(void)
{
    struct baremetal_disk_request one = request(0, 3, 200, memory);

    CHECK(submit(&one) == 0 && count == 4 && kicks == 1);
    CHECK(one.status == BAREMETAL_DISK_PENDING);
    CHECK(block_poll(0) == 1 && count == 7 && kicks == 2);
    CHECK(block_poll(0) == 0 && one.status == 0);
    for (unsigned i = 0, sector = 3; i < count; sector += issued[i++].count) {
        CHECK(issued[i].sector == sector && issued[i].pieces == 1);
        CHECK(issued[i].piece[0].address == (sector - 3) * 512);
        CHECK(issued[i].count == (i < 6 ? 32 : 8));
    }
}

/* Pages that are not adjacent, a buffer that begins inside a sector's place:
 * every byte is asked for once, in order. */
static void test_pieces(uint32_t sector_size, unsigned offset)
{
    struct baremetal_disk_request one = request(1, 0, 12, memory + offset);
    uint64_t at = offset;

    device.info.sector_size = sector_size;
    device.tags = 32;
    scattered = 1;
    CHECK(submit(&one) == 0);
    while (block_poll(0) > 0)
        ;
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < issued[i].pieces; j++) {
            CHECK(issued[i].piece[j].address == at + at / 4096 * 4096);
            CHECK(issued[i].piece[j].length > 0);
            at += issued[i].piece[j].length;
        }
    CHECK(at == offset + 12ull * sector_size && one.status == 0);
    scattered = 0;
    device.info.sector_size = 512;
    device.tags = 4;
}

static void test_unmapped(void)
{
    struct baremetal_disk_request two[2] = {
        request(0, 0, 100, memory), request(0, 0, 1, memory),
    };

    unmapped = 5;
    count = 0;
    CHECK(block_submit(0, two, 2) == 0);
    while (block_poll(0) > 0)
        ;
    CHECK(two[0].status == BAREMETAL_EFAULT && two[1].status == 0);
    unmapped = -1;
}

/* An error of one command is its request's alone, whose rest is not issued. */
static void test_error(void)
{
    struct baremetal_disk_request two[2] = {
        request(0, 0, 320, memory), request(1, 50, 1, memory),
    };

    count = 0;
    CHECK(block_submit(0, two, 2) == 0 && count == 4);
    doing &= ~2u;
    block_done(&device, 1, BAREMETAL_EIO);
    CHECK(two[0].status == BAREMETAL_DISK_PENDING);
    while (block_poll(0) > 0)
        ;
    CHECK(count == 5 && issued[4].sector == 50);
    CHECK(two[0].status == BAREMETAL_EIO && two[1].status == 0);
    block_done(&device, 77, 0); /* no such tag */
}

/* Time passes only while somebody polls; then all under way is ETIME. */
static void test_time(void)
{
    struct baremetal_disk_request two[2] = {
        request(0, 0, 1, memory), request(0, 0, 320, memory),
    };
    unsigned polls = 0;

    working = 0;
    resets = 0;
    CHECK(block_submit(0, two, 2) == 0);
    now += 1000000000; /* one slice only */
    CHECK(block_poll(0) == 2);
    while (block_poll(0) > 0 && polls++ < 100)
        now += 500000;
    CHECK(resets == 1 && polls > 10 && polls < 30);
    CHECK(two[0].status == BAREMETAL_ETIME);
    CHECK(two[1].status == BAREMETAL_ETIME);
    working = 1;
    CHECK(submit(two) == 0 && block_poll(0) == 0 && two[0].status == 0);
}

static void test_drain(void)
{
    struct baremetal_disk_request one = request(0, 0, 320, memory);

    CHECK(submit(&one) == 0 && count == 4);
    block_drain();
    CHECK(count == 4 && !doing && block_poll(0) == 0 && !block_held());
    CHECK(one.status == BAREMETAL_DISK_PENDING); /* not touched */
}

/* Commands done at once: one for each call, so that others get the lock. */
static void test_at_once(void)
{
    struct baremetal_disk_request one = request(0, 0, 96, memory);

    at_once = 1;
    CHECK(submit(&one) == 0 && count == 1);
    CHECK(block_poll(0) == 1 && count == 2);
    CHECK(block_poll(0) == 0 && count == 3 && one.status == 0);
    at_once = 0;
}

static void test_dead(void)
{
    struct baremetal_disk_request one = request(0, 0, 1, memory);
    unsigned polls = 0;

    working = 0;
    reset_result = BAREMETAL_EIO;
    CHECK(submit(&one) == 0);
    while (block_poll(0) > 0 && polls++ < 100)
        now += 500000;
    CHECK(one.status == BAREMETAL_ETIME && resets == 1);
    CHECK(submit(&one) == 0 && block_poll(0) == 0 && count == 0);
    CHECK(one.status == BAREMETAL_EIO);
}

int main(void)
{
    static struct block_device others[BLOCK_DEVICES_MAX];

    CHECK(block_add(&device));
    test_valid();
    test_cut();
    for (unsigned offset = 0; offset < 4096; offset += 252) {
        test_pieces(512, offset);
        test_pieces(2048, offset);
        test_pieces(4096, offset);
    }
    test_unmapped();
    test_error();
    test_time();
    test_drain();
    test_at_once();
    test_dead();
    for (unsigned i = 1; i < BLOCK_DEVICES_MAX; i++)
        CHECK(block_add(&others[i]));
    CHECK(!block_add(others));
    return check_report("test_block");
}
