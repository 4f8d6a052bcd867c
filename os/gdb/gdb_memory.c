/* gdb_memory.c - memory and debug registers for the debugger.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Debug Registers".
 */
#include "gdb_internal.h"
#include "../system.h"
#include <pure64/cpu.h>
#include <pure64/string.h>

#define BREAKS 4
#define DR7_RESERVED 0x400 /* always 1 */
#define DR7_GLOBAL(i) (2u << (2 * (i)))
#define DR7_KIND(i) (16 + 4 * (i))
#define DR6_RESERVED 0xFFFF0FF0u

static struct {
    uint64_t address[BREAKS];
    uint32_t control; /* DR7 */
} breaks;

/* Calls for each piece of adjacent RAM: reads or writes through the window,
 * where nothing is write-protected. */
static int copy(uint64_t address, void *to, const void *from, size_t size)
{
    const void *virtual = (const void *)address;

    while (size) {
        uint64_t physical;
        size_t length = os_system.kernel->memory_run(virtual, size,
                                                     MEMORY_READ, &physical);
        if (!length)
            return 0;
        if (to) {
            memcpy(to, system_memory_at(physical), length);
            to = (char *)to + length;
        } else {
            memcpy(system_memory_at(physical), from, length);
            from = (const char *)from + length;
        }
        virtual = (const char *)virtual + length;
        size -= length;
    }
    return 1;
}

int gdb_memory_read(uint64_t address, void *bytes, size_t size)
{
    return copy(address, bytes, 0, size);
}

int gdb_memory_write(uint64_t address, const void *bytes, size_t size)
{
    return copy(address, 0, bytes, size);
}

/* Length and kind as DR7 has them: 1, 2, 8, 4 bytes are 0 to 3. */
static uint32_t encode(unsigned kind, unsigned bytes)
{
    uint32_t length = bytes == 8 ? 2 : bytes - 1;

    return kind ? length << 2 | kind : 0;
}

static int find(unsigned kind, uint64_t address, unsigned bytes)
{
    for (int i = 0; i < BREAKS; i++)
        if (breaks.control & DR7_GLOBAL(i) && breaks.address[i] == address &&
            (breaks.control >> DR7_KIND(i) & 15) == encode(kind, bytes))
            return i;
    return -1;
}

int gdb_break_set(unsigned kind, uint64_t address, unsigned bytes)
{
    int i = find(kind, address, bytes);

    if (i >= 0)
        return 1;
    for (i = 0; i < BREAKS; i++) {
        if (breaks.control & DR7_GLOBAL(i))
            continue;
        breaks.address[i] = address;
        breaks.control &= ~(15u << DR7_KIND(i));
        breaks.control |= encode(kind, bytes) << DR7_KIND(i) | DR7_GLOBAL(i);
        return 1;
    }
    return 0;
}

int gdb_break_clear(unsigned kind, uint64_t address, unsigned bytes)
{
    int i = find(kind, address, bytes);

    if (i >= 0)
        breaks.control &= ~DR7_GLOBAL(i);
    return i >= 0;
}

void gdb_break_clear_all(void)
{
    breaks.control = 0;
}

void gdb_break_load(void)
{
    cpu_write_dr7(DR7_RESERVED);
    cpu_write_dr0(breaks.address[0]);
    cpu_write_dr1(breaks.address[1]);
    cpu_write_dr2(breaks.address[2]);
    cpu_write_dr3(breaks.address[3]);
    cpu_write_dr6(DR6_RESERVED);
    cpu_write_dr7(breaks.control | DR7_RESERVED);
}

int gdb_break_watched(uint64_t *address)
{
    uint64_t status = cpu_read_dr6();

    for (unsigned i = 0; i < BREAKS; i++)
        if (status >> i & 1 && breaks.control & DR7_GLOBAL(i) &&
            breaks.control >> DR7_KIND(i) & 3) {
            *address = breaks.address[i];
            return 1;
        }
    return 0;
}
