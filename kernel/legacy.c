/* legacy.c - the eight calls of the table at 0x100010.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What flat programs of the original system call. Calls whose device does
 * not exist answer as they do when it is idle or empty.
 */
#include <kernel/legacy.h>
#include <kernel/block.h>
#include <kernel/console.h>
#include <kernel/memory.h>
#include <kernel/pci.h>
#include <kernel/program.h>

#define SECTOR_SIZE 4096u /* of b_nvs_read and b_nvs_write */

/* The slot of b_output, writable: the image itself is not. */
#define STDOUT_SLOT \
    ((uint64_t *)memory_at(LAYOUT_KERNEL + 0x10 + 8 * LEGACY_OUTPUT))

void b_output(void); /* b_calls.asm */

void legacy_reset(void)
{
    *STDOUT_SLOT = (uint64_t)b_output;
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
    while ((key = console_key())) {
        if (key >= ' ' && key < 0x7F)
            return key;
        for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
            if (keys[i].native == key)
                return keys[i].legacy;
    }
    return 0;
}

/* Sectors of 4 KiB transferred, counted up to the first that failed. */
static uint64_t legacy_disk(unsigned disk, int write, uint64_t sector,
                            uint64_t count, char *buffer)
{
    const struct block_device *device = block_get(disk);
    if (!device || (sector | count) >> 60)
        return 0;
    unsigned ratio = SECTOR_SIZE / device->info.sector_size;
    if (!block_transfer(disk, write, sector * ratio, count * ratio, buffer))
        return count;
    uint64_t done = 0;
    while (done < count &&
           !block_transfer(disk, write, (sector + done) * ratio, ratio,
                           buffer + done * SECTOR_SIZE))
        done++;
    return done;
}

/* Address: segment(47:32) bus(31:24) device and function(23:16) number of
 * the 32-bit register(15:0). What is not there reads as all ones. */
static uint32_t legacy_bus(uint64_t address, int write, uint32_t value)
{
    struct pci_function function = { .address = address >> 16 << 8 };
    if (address >> 32 || (uint16_t)address >= 64)
        return UINT32_MAX;
    unsigned offset = (uint16_t)address * 4;
    /* It takes two accesses, between which no other CPU's may come. */
    block_take();
    if (write)
        pci_write(&function, offset, value);
    else
        value = pci_read(&function, offset);
    block_release();
    return value;
}

/* b_system: function in RCX, arguments in RAX and RDX, result for RAX. What
 * is not listed is os's. */
static uint64_t legacy_system(uint64_t function, uint64_t rax, uint64_t rdx)
{
    switch (function) {
    case 0x50: /* BUS_READ */
    case 0x51: /* BUS_WRITE */
        return legacy_bus(rdx, function == 0x51, rax);
    case 0x52: /* STDOUT_SET */
        *STDOUT_SLOT = rax;
        break;
    case 0x53: /* STDOUT_GET */
        return *STDOUT_SLOT;
    default:
        return OS_HEAD->b_system(function, rax, rdx);
    }
    return rax;
}

__attribute__((used)) void legacy_call(struct legacy_registers *r)
{
    switch (r->slot) {
    case LEGACY_INPUT:
        r->rax = (r->rax & ~0xFFull) | legacy_key();
        break;
    case LEGACY_OUTPUT:
        console_write((const char *)r->rsi, r->rcx);
        break;
    case LEGACY_NET_RX:
        r->rcx = 0;
        break;
    case LEGACY_NVS_READ:
        r->rcx = legacy_disk(r->rdx, 0, r->rax, r->rcx, (char *)r->rdi);
        break;
    case LEGACY_NVS_WRITE:
        r->rcx = legacy_disk(r->rdx, 1, r->rax, r->rcx, (char *)r->rsi);
        break;
    case LEGACY_SYSTEM:
        r->rax = legacy_system(r->rcx, r->rax, r->rdx);
        break;
    }
}
