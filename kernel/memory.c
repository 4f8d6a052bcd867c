/* memory.c - free pages, page tables, program memory.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Page tables: Intel SDM volume 3, "4-Level Paging and 5-Level Paging".
 */
#include <kernel/memory.h>
#include <kernel/services.h>
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define PRESENT 0x01u
#define WRITABLE 0x02u
_Static_assert(MEMORY_READ == PRESENT && MEMORY_WRITE == (PRESENT | WRITABLE),
               "as in memory.h");
#define LARGE 0x80u /* in a directory: the entry maps memory itself */
#define ADDRESS 0x000FFFFFFFFFF000u

#define LARGE_SIZE 0x200000u
_Static_assert(LARGE_SIZE % MEMORY_STACK_SLOT == 0 &&
                   KERNEL_STACK_BYTES < MEMORY_STACK_SLOT,
               "a slot's stack and guard page are in one table");
#define SLOT(address) ((address) >> 39 & 511)
/* Of the top table, what maps program memory. */
#define HIGH_RAM_BYTES ((SLOT(LAYOUT_WINDOW) - SLOT(LAYOUT_HIGH_RAM)) * 8)

static uint64_t top_table;       /* physical address of our PML4 */
static struct sysinfo_ram *ram;  /* pure64's list; what is free of it */
static unsigned ranges;
static uint64_t program_size;

void *memory_at(uint64_t physical)
{
    return (void *)(LAYOUT_WINDOW + physical);
}

/* Takes [start, end) out of the list of free RAM. Of a range cut in two the
 * lower part goes to the end of the list, and is lost if that is full. */
static void ram_cut(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < ranges; i++) {
        uint64_t base = ram[i].base, top = base + ram[i].size;
        if (end <= base || start >= top)
            continue;
        if (start > base && ranges < SYSINFO_RAM_MAX) {
            ram[ranges].base = base;
            ram[ranges++].size = start - base;
        }
        ram[i].base = end;
        ram[i].size = end < top ? top - end : 0;
    }
}

static uint64_t ram_take(size_t pages)
{
    uint64_t size = pages * PAGE_SIZE;
    for (struct sysinfo_ram *range = ram; range < ram + ranges; range++) {
        if (range->size < size)
            continue;
        range->size -= size;
        range->base += size;
        return range->base - size;
    }
    return 0;
}

void *memory_take(size_t pages)
{
    uint64_t base = ram_take(pages);
    return base ? memset(memory_at(base), 0, pages * PAGE_SIZE) : 0;
}

/* A page table entry and what it maps: 0 a page, 1 2 MiB, 2 1 GiB. */
struct place {
    uint64_t *entry;
    uint64_t level;
};

/* The entry for `virtual` in the table of that level, or the one above it
 * that maps a larger page. No entry if there is no such table and, with
 * `create`, no page to make one. */
static struct place place_find(uint64_t virtual, unsigned level, int create)
{
    uint64_t table = top_table;
    for (unsigned at = 3;; at--) {
        uint64_t *entry = memory_at(table);
        entry += virtual >> (12 + 9 * at) & 511;
        if (at == level)
            return (struct place){ entry, at };
        if (!(*entry & PRESENT)) {
            void *page = create ? memory_take(1) : 0;
            if (!page)
                return (struct place){ 0, 0 };
            *entry = memory_physical(page) | WRITABLE | PRESENT;
        } else if (*entry & LARGE) {
            return (struct place){ entry, at };
        }
        table = *entry & ADDRESS;
    }
}

/* Returns 0 if there is no page for a table that it takes. */
static int map(uint64_t virtual, uint64_t physical, unsigned level)
{
    uint64_t *entry = place_find(virtual, level, 1).entry;
    if (!entry)
        return 0;
    *entry = physical | WRITABLE | PRESENT;
    return 1;
}

/* Physical address behind a virtual one, -1 if there is none to access. */
static uint64_t physical_of(uint64_t virtual, enum memory_access access)
{
    int64_t address = (int64_t)virtual;
    struct place place = place_find(virtual, 0, 0);

    if (address << 16 >> 16 != address || /* the CPU would refuse it too */
        !place.entry || (*place.entry & access) != access)
        return -1;
    uint64_t offset = (1ull << (12 + 9 * place.level)) - 1;
    return (*place.entry & ADDRESS & ~offset) | (virtual & offset);
}

size_t memory_run(const void *virtual, size_t size, enum memory_access access,
                  uint64_t *physical)
{
    uint64_t start = (uint64_t)virtual, length = 0;

    *physical = physical_of(start, access);
    if (*physical + 1 == 0)
        return 0;
    while (length < size &&
           physical_of(start + length, access) == *physical + length)
        length += PAGE_SIZE - ((start + length) & (PAGE_SIZE - 1));
    return length < size ? length : size;
}

/* Where the kernel's and os's memory ends. */
static uint64_t system_end(const struct os_head *os)
{
    uint64_t file = LAYOUT_KERNEL + SYSINFO_EXTENSION->payload_size;
    uint64_t end = LAYOUT_OS;
    if (os->magic == OS_MAGIC)
        end += os->memory_size;
    if (end < file)
        end = file;
    return (end + PAGE_SIZE - 1) & -(uint64_t)PAGE_SIZE;
}

/* The first 2 MiB, page by page: nothing at 0 and below the system's stack,
 * the images of kernel and os read-only. */
static void low_pages_map(const struct os_head *os)
{
    uint64_t end = LAYOUT_OS + os->read_only_size;
    uint64_t *table = place_find(0, 0, 1).entry;
    for (uint64_t page = PAGE_SIZE; page < LAYOUT_LOW_RAM; page += PAGE_SIZE)
        table[page / PAGE_SIZE] =
            page | PRESENT |
            (page >= LAYOUT_KERNEL && page < end ? 0 : WRITABLE);
    table[LAYOUT_KERNEL_LOW / PAGE_SIZE] = 0;
}

void memory_init(void)
{
    const struct os_head *os = (const struct os_head *)LAYOUT_OS;
    uint64_t *old = (uint64_t *)LAYOUT_PML4;
    /* Physical memory in the window, so that memory_at works: the identity
     * map's tables serve both. */
    memcpy(&old[SLOT(LAYOUT_WINDOW)], old,
           (SLOT(LAYOUT_STACKS) - SLOT(LAYOUT_WINDOW)) * sizeof *old);

    ram = memory_at(SYSINFO_EXTENSION->ram_list);
    ranges = SYSINFO_EXTENSION->ram_ranges;
    /* The guard page's RAM stays free: only its own address is not mapped. */
    ram_cut(LAYOUT_KERNEL_LOW + PAGE_SIZE,
            LAYOUT_KERNEL_LOW + LAYOUT_KERNEL_LOW_SIZE);
    ram_cut(LAYOUT_KERNEL, system_end(os));

    /* All as it was but for the first GiB and, until it is final, program
     * memory, so that no CPU remembers what pure64 mapped there. In a new
     * table, as waiting CPUs' stacks may be in the first GiB. */
    uint64_t *top = memcpy(memory_take(1), old, PAGE_SIZE);
    top_table = memory_physical(top);
    memset(&top[SLOT(LAYOUT_HIGH_RAM)], 0, HIGH_RAM_BYTES);
    uint64_t *gibs = memcpy(memory_take(1), (void *)LAYOUT_IDENTITY_PDPT,
                            PAGE_SIZE);
    *gibs = 0;
    *top = memory_physical(gibs) | WRITABLE | PRESENT;
    low_pages_map(os);
    cpu_write_cr3(top_table);
}

uint64_t memory_stack(unsigned number)
{
    return LAYOUT_STACKS + (number + 1ull) * MEMORY_STACK_SLOT;
}

void memory_stack_map(unsigned number)
{
    /* All in one table: a slot is a part of what it maps. */
    uint64_t *end = place_find(memory_stack(number) - PAGE_SIZE, 0, 1).entry;

    for (unsigned i = 0; i < KERNEL_STACK_BYTES / PAGE_SIZE; i++)
        *end-- = ram_take(1) | WRITABLE | PRESENT;
}

/* Gives all whole 2 MiB frames to the program; returns the address behind
 * them. Tables come from what is still free, so one is made before the
 * frame that goes into it is looked for. */
static uint64_t frames_map(void)
{
    uint64_t virtual = LAYOUT_HIGH_RAM;
    struct sysinfo_ram *range = ram;

    while (range < ram + ranges) {
        uint64_t *entry = place_find(virtual, 1, 1).entry;
        uint64_t frame = (range->base + LARGE_SIZE - 1) &
                         -(uint64_t)LARGE_SIZE;
        if (!entry || frame + LARGE_SIZE > range->base + range->size) {
            range++;
            continue;
        }
        *entry = frame | LARGE | WRITABLE | PRESENT;
        ram_cut(frame, frame); /* what is below goes to the end of the list */
        range->base += LARGE_SIZE;
        range->size -= LARGE_SIZE;
        virtual += LARGE_SIZE;
    }
    return virtual;
}

void memory_map_program(void)
{
    uint64_t *entry, page;

    /* pure64's directories are there to be used, and may map too much. */
    memcpy((uint64_t *)memory_at(top_table) + SLOT(LAYOUT_HIGH_RAM),
           (uint64_t *)LAYOUT_PML4 + SLOT(LAYOUT_HIGH_RAM), HIGH_RAM_BYTES);
    uint64_t virtual = frames_map();
    for (uint64_t rest = virtual;
         (entry = place_find(rest, 1, 0).entry) && *entry; rest += LARGE_SIZE)
        *entry = 0;
    /* Single pages; the tables that takes come from among them. */
    while ((page = ram_take(1)) && map(virtual, page, 0))
        virtual += PAGE_SIZE;
    program_size = virtual - LAYOUT_HIGH_RAM;

    memcpy(place_find(LAYOUT_LOW_RAM, 1, 0).entry,
           place_find(LAYOUT_HIGH_RAM, 1, 1).entry,
           (LAYOUT_LOW_RAM_END - LAYOUT_LOW_RAM) / LARGE_SIZE * 8);
}

uint64_t memory_program_size(void)
{
    return program_size;
}
