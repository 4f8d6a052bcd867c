/* legacy_calls.c - the eight calls of the table at 0x100010.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What flat programs of the original system call. Calls whose device does
 * not exist answer as they do when it is idle or empty.
 */
#include "legacy_calls.h"
#include "legacy.h"
#include "legacy_net.h"
#include "system.h"
#include <pure64/string.h>

#define SECTOR_SIZE 4096u /* of b_nvs_read and b_nvs_write */

/* Where it can be written: the image itself is not. */
static uint64_t *table(void)
{
    return system_memory_at(LAYOUT_KERNEL + 0x10);
}

uint64_t *legacy_output_slot(void)
{
    return table() + LEGACY_OUTPUT;
}

void legacy_calls_start(void)
{
    memcpy(table(), legacy_table, sizeof legacy_table);
}

/* Keys beside printable characters; those not listed do not exist there. */
static const struct {
    uint16_t native;
    uint8_t legacy;
} keys[] = {
    { '\n', 0x1C },
    { '\b', 0x0E },
    { BAREMETAL_KEY_RIGHT, 0x02 },
    { BAREMETAL_KEY_LEFT, 0x03 },
    { BAREMETAL_KEY_UP, 0x04 },
    { BAREMETAL_KEY_DOWN, 0x05 },
    { '\t', '\t' },
    { 27, 27 },
};

/* The next key a program of that time knows, 0 if there is none. */
static unsigned legacy_key(void)
{
    unsigned key;
    while ((key = (unsigned)os_system.os->key())) {
        if (key >= ' ' && key < 0x7F)
            return key;
        for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
            if (keys[i].native == key)
                return keys[i].legacy;
    }
    return 0;
}

/* Reads or writes whole sectors of the disk; 0 or BAREMETAL_E*. */
static int transfer(unsigned disk, int write, uint64_t sector, uint64_t count,
                    char *buffer)
{
    const struct baremetal *os = os_system.os;

    return write ? os->disk_write(disk, sector, count, buffer)
                 : os->disk_read(disk, sector, count, buffer);
}

/* Sectors of 4 KiB transferred, counted up to the first that failed. */
static uint64_t legacy_disk(uint64_t drive, int write, uint64_t sector,
                            uint64_t count, char *buffer)
{
    struct baremetal_disk info;
    uint64_t done = 0;
    unsigned disk = (unsigned)drive, ratio;

    if (drive != disk || os_system.os->disk_info(disk, &info) ||
        (sector | count) >> 60)
        return 0;
    ratio = SECTOR_SIZE / info.sector_size;
    if (!transfer(disk, write, sector * ratio, count * ratio, buffer))
        return count;
    while (done < count &&
           !transfer(disk, write, (sector + done) * ratio, ratio,
                     buffer + done * SECTOR_SIZE))
        done++;
    return done;
}

__attribute__((used)) void legacy_call(struct legacy_registers *r)
{
    switch (r->slot) {
    case LEGACY_INPUT:
        r->rax = (r->rax & ~0xFFull) | legacy_key();
        break;
    case LEGACY_OUTPUT:
        os_system.os->write((const char *)r->rsi, r->rcx);
        break;
    case LEGACY_NET_TX:
        legacy_net_send(r->rdx, (const void *)r->rsi, r->rcx);
        break;
    case LEGACY_NET_RX:
        r->rcx = legacy_net_receive(r->rdx, (void **)&r->rdi);
        break;
    case LEGACY_NVS_READ:
        r->rcx = legacy_disk(r->rdx, 0, r->rax, r->rcx, (char *)r->rdi);
        break;
    case LEGACY_NVS_WRITE:
        r->rcx = legacy_disk(r->rdx, 1, r->rax, r->rcx, (char *)r->rsi);
        break;
    }
    /* A program that does nothing but call is hardly ever found outside. */
    if (*os_system.kernel->attention)
        os_system.kernel->stop_check();
}
