/* commands_mem.c - the command mem: how memory is used, and what is where.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * RAM that the firmware calls usable is cut at the fixed places of layout.h;
 * what lies between them is program memory, as the page tables say, or the
 * system's: it takes pages at start, from the lowest free one on.
 */
#include "commands.h"
#include "options.h"
#include "print.h"
#include "ram_map.h"
#include "system.h"
#include <kernel/memory.h>
#include <pure64/sysinfo.h>

#define FRAME 0x200000u /* program memory comes in these, then in pages */

static const char PROGRAM[] = "program memory";
static const char SYSTEM[] = "page tables, buffers, CPUs";

extern char os_end[]; /* os.ld */

/* ---- program memory in a range of physical addresses */

struct part {
    uint64_t start, end;
    uint64_t bytes;     /* of it that are program memory */
    uint64_t low, high; /* the lowest and the end of the highest of these */
};

static void count(struct part *part, uint64_t start, uint64_t size)
{
    uint64_t end = start + size;

    if (start < part->start)
        start = part->start;
    if (end > part->end)
        end = part->end;
    if (start >= end)
        return;
    part->bytes += end - start;
    if (start < part->low)
        part->low = start;
    if (end > part->high)
        part->high = end;
}

static void count_pages(struct part *part, uint64_t virtual, uint64_t size)
{
    uint64_t physical;

    for (; size; size -= PAGE_SIZE, virtual += PAGE_SIZE)
        if (os_system.kernel->memory_run((const void *)virtual, 1,
                                         MEMORY_READ, &physical))
            count(part, physical, PAGE_SIZE);
}

/* 1 if it is one frame of physical memory: it is looked up by its first and its
 * last page, as there may be very many. */
static int is_frame(uint64_t virtual, uint64_t *physical)
{
    uint64_t last;

    return os_system.kernel->memory_run((const void *)virtual, 1, MEMORY_READ,
                                        physical) &&
           *physical % FRAME == 0 &&
           os_system.kernel->memory_run(
               (const void *)(virtual + FRAME - PAGE_SIZE), 1, MEMORY_READ,
               &last) &&
           last == *physical + FRAME - PAGE_SIZE;
}

static void count_program(struct part *part, const struct baremetal *os)
{
    struct baremetal_memory memory;
    uint64_t virtual, left, physical;

    os->memory(&memory);
    virtual = (uint64_t)memory.base;
    part->low = part->end;
    part->high = part->start;
    part->bytes = 0;
    for (left = memory.size; left >= FRAME; left -= FRAME) {
        if (is_frame(virtual, &physical))
            count(part, physical, FRAME);
        else
            count_pages(part, virtual, FRAME);
        virtual += FRAME;
    }
    count_pages(part, virtual, left);
    /* Its stacks: memory.c has one in each slot. */
    for (unsigned cpu = os->cpu_count(); cpu--;)
        count_pages(part, LAYOUT_STACKS + (cpu + 1ull) * MEMORY_STACK_SLOT -
                              KERNEL_STACK_BYTES, KERNEL_STACK_BYTES);
}

/* ---- lines */

/* Adjacent ranges with the same text are one line. */
struct map {
    const struct baremetal *os;
    uint64_t start, end;
    const char *text;   /* 0: no line yet */
    uint64_t ram;       /* usable, that has not been listed */
    int limited;        /* by memory=: only whole pages count */
};

static void print_range(const struct map *map)
{
    if (map->text)
        print(map->os, "%010lx-%010lx %11lu KiB  ", map->start, map->end - 1,
              (map->end - map->start) / 1024);
}

static void end_line(struct map *map)
{
    print_range(map);
    if (map->text)
        print(map->os, "%s\n", map->text);
    map->text = 0;
}

static void add(struct map *map, uint64_t start, uint64_t end,
                const char *text)
{
    if (start >= end)
        return;
    if (map->text == text && map->end == start) {
        map->end = end;
        return;
    }
    end_line(map);
    map->start = start;
    map->end = end;
    map->text = text;
}

/* RAM without a fixed use. */
static void add_free(struct map *map, uint64_t start, uint64_t end)
{
    struct part part = { .start = start, .end = end };

    count_program(&part, map->os);
    if (!part.bytes || part.high - part.low == part.bytes) {
        add(map, start, part.low, SYSTEM);
        add(map, part.low, part.high, PROGRAM);
        add(map, part.bytes ? part.high : end, end, SYSTEM);
        return;
    }
    add(map, start, end, "");
    print_range(map);
    map->text = 0;
    print(map->os, "system %lu KiB, program memory %lu KiB\n",
          (end - start - part.bytes) / 1024, part.bytes / 1024);
}

static const struct {
    uint64_t start, end;
    const char *text;
} fixed[] = {
    { 0, LAYOUT_BIOS_STAGE, "tables of CPUs and system" },
    { LAYOUT_KERNEL_LOW + PAGE_SIZE,
      LAYOUT_KERNEL_LOW + LAYOUT_KERNEL_LOW_SIZE, "kernel: variables, stack" },
    { LAYOUT_KERNEL, LAYOUT_OS, "kernel" },
    { LAYOUT_OS, LAYOUT_OS + LAYOUT_OS_SIZE, "os" },
};
#define FIXED (sizeof fixed / sizeof fixed[0])

static uint64_t fixed_end(unsigned i)
{
    uint64_t end = (uint64_t)os_end;
    uint64_t file = LAYOUT_KERNEL + SYSINFO_EXTENSION->payload_size;

    if (fixed[i].start != LAYOUT_OS)
        return fixed[i].end;
    if (end < file)
        end = file;
    return (end + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Where of a usable range what may be used ends; takes that off map->ram. */
static uint64_t listed_end(struct map *map, uint64_t start, uint64_t end)
{
    const uint64_t mask = PAGE_SIZE - 1;
    uint64_t first = start, last = end;

    if (map->limited) {
        first = (start + mask) & ~mask;
        last = end & ~mask;
    }
    if (last <= first || last - first <= map->ram) {
        map->ram -= last > first ? last - first : 0;
        return end;
    }
    last = first + map->ram;
    map->ram = 0;
    return map->limited ? last & ~mask : last;
}

static void add_ram(struct map *map, uint64_t start, uint64_t end)
{
    uint64_t used_end = listed_end(map, start, end);

    for (unsigned i = 0; i < FIXED && start < used_end; i++) {
        uint64_t stop = fixed_end(i);

        if (stop <= start)
            continue;
        if (start < fixed[i].start) {
            add_free(map, start, least(used_end, fixed[i].start));
            start = least(used_end, fixed[i].start);
        }
        add(map, start, least(used_end, stop), fixed[i].text);
        start = least(used_end, stop);
    }
    if (start < used_end)
        add_free(map, start, used_end);
    add(map, used_end, end, "not used: memory= in the boot options");
}

static const char *type_text(uint32_t type)
{
    switch (type) {
    case RAM_ACPI:
        return "firmware: ACPI tables";
    case RAM_ACPI_NVS:
        return "firmware: ACPI, in use";
    case RAM_UNUSABLE:
        return "broken";
    case RAM_PERSISTENT:
        return "persistent memory, not used";
    default:
        return "firmware: reserved";
    }
}

static void print_map(const struct baremetal *os)
{
    struct map map = {
        .os = os, .ram = SYSINFO_EXTENSION->ram_total,
        .limited = options_in_effect.word[OPTION_MEMORY][0],
    };
    struct ram_range range;

    for (uint64_t from = 0; ram_map_next(from, &range); from = range.base + 1)
        if (range.type == RAM_USABLE)
            add_ram(&map, range.base, range.base + range.size);
        else
            add(&map, range.base, range.base + range.size,
                type_text(range.type));
    end_line(&map);
    if (map.ram)
        print(os, "%lu KiB of RAM are not listed: the firmware's map is too "
              "long\n", map.ram / 1024);
}

void command_mem(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    struct baremetal_memory memory;
    uint64_t size, used;

    (void)argc;
    (void)argv;
    os->memory(&memory);
    /* Its stacks are the program's, too. */
    size = memory.size + (uint64_t)os->cpu_count() * KERNEL_STACK_BYTES;
    print(os, "memory: %lu KiB RAM, %lu KiB system, %lu KiB for programs\n",
          memory.total / 1024, (memory.total - size) / 1024, size / 1024);
    print_map(os);
    used = (shell_loaded_bytes(shell) + 1023) / 1024;
    print(os, "program memory: %lu KiB in use%s, %lu KiB free\n", used,
          used ? " by what was loaded" : "", size / 1024 - used);
}
