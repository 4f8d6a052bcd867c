/* main.c - what pure64 does, in order.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Entered by boot/entry.asm on the boot CPU, interrupts off, with temporary
 * page tables. Until check_fixed_regions has passed, nothing outside of
 * pure64's own memory is written.
 */
#include "acpi.h"
#include "apic.h"
#include "boot_memory.h"
#include "clock.h"
#include "console.h"
#include "cpus.h"
#include "descriptors.h"
#include "error.h"
#include "low_memory.h"
#include "memory_map.h"
#include "paging.h"
#include "pci_bars.h"
#include "sysinfo.h"
#include <pure64/boot_info.h>
#include <pure64/cpu.h>
#include <pure64/layout.h>
#include <pure64/options.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

void pure64_main(const struct boot_info *boot);

/* Bits of a physical address that the lower half of the virtual ones has. */
#define IDENTITY_BITS 47
/* BIOS data area: segment of the extended BIOS data area. */
#define BDA_EBDA_SEGMENT (LAYOUT_BDA + 0x0E)
#define EBDA_LOWEST 0x80000
/* Behind the kernel, zeros up to a multiple of this. */
#define KERNEL_ROUND 0x10000
/* A byte their kernels look at: not 0 would say that a RAM disk stands there. */
#define RAM_DISK_MARK (LAYOUT_RAM_START + 0x10000)

static struct memory_ranges usable;
static struct acpi acpi;

/* Address of the EBDA, 0 if there is none: the BIOS data area says so until
 * the IDT is written over it. */
static uint64_t find_ebda(const struct boot_info *boot)
{
    const volatile uint16_t *segment = low_memory_at(BDA_EBDA_SEGMENT);
    uint64_t ebda = (uint64_t)*segment << 4;

    if (boot->way != BOOT_WAY_BIOS || ebda < EBDA_LOWEST ||
        ebda >= LAYOUT_BASE_MEMORY_END)
        return 0;
    return ebda;
}

static struct memory_source firmware_map(const struct boot_info *boot)
{
    return (struct memory_source){
        (const void *)boot->memory_map, boot->memory_map_bytes,
        boot->descriptor_bytes,
        boot->way == BOOT_WAY_UEFI ? MEMORY_UEFI : MEMORY_E820};
}

/* Fills `usable`; bytes of RAM in the machine. */
static uint64_t read_memory_map(const struct memory_source *map,
                                uint64_t ebda)
{
    unsigned bits = sysinfo_address_bits().physical;
    uint64_t total;

    if (map->bytes < map->record_bytes || map->record_bytes == 0)
        error_stop(ERROR_NO_MEMORY, "The firmware gave no memory map");
    memory_map_read(map, 1ull << (bits < IDENTITY_BITS ? bits
                                                       : IDENTITY_BITS),
                    &usable);
    total = memory_ranges_total(&usable);
    if (map->format == MEMORY_E820) {
        /* From the EBDA to 1 MiB nothing is free, whatever the map says. */
        uint64_t end = ebda ? ebda : LAYOUT_BASE_MEMORY_END;
        memory_ranges_remove(&usable, end, LAYOUT_KERNEL - end);
    }
    memory_ranges_align(&usable);
    return total;
}

/* How many bytes of RAM memory= allows. */
static uint64_t memory_limit(const char *options)
{
    uint64_t limit;

    if (!options_number(options, "memory", 1, &limit) ||
        limit < OPTIONS_MEMORY_MIN)
        return UINT64_MAX;
    return limit;
}

static void require_ram(const struct memory_source *map, uint64_t base,
                        uint64_t size)
{
    const struct sysinfo_ram *range = memory_ranges_find(&usable, base);
    uint64_t end = range ? range->base + range->size : base;
    uint32_t type;

    if (end >= base + size)
        return;
    type = memory_map_type(map, end);
    if (type == MEMORY_TYPE_NONE)
        error_stop(ERROR_NO_MEMORY, "No RAM at 0x%lx", end);
    error_stop(ERROR_NO_MEMORY,
               "The memory at 0x%lx is not free (firmware's type %u)", end,
               type);
}

/* All that pure64 and the kernel write at fixed addresses. */
static void check_fixed_regions(const struct memory_source *map,
                                unsigned directories)
{
    require_ram(map, 0, LAYOUT_BIOS_STAGE);
    require_ram(map, LAYOUT_KERNEL_LOW, LAYOUT_KERNEL_LOW_SIZE);
    require_ram(map, LAYOUT_HIGH_PD,
                (uint64_t)directories * BOOT_MEMORY_PAGE);
    require_ram(map, LAYOUT_KERNEL, LAYOUT_KERNEL_SIZE + LAYOUT_OS_SIZE);
    require_ram(map, LAYOUT_USABLE_LIST, BOOT_MEMORY_PAGE);
    require_ram(map, LAYOUT_UEFI_MAP, sysinfo_uefi_map_size(map));
}

static void move_kernel(const struct boot_info *boot)
{
    uint32_t size = boot->kernel_bytes;
    uint32_t rounded = (size + KERNEL_ROUND - 1) & -(uint32_t)KERNEL_ROUND;

    if (boot->kernel_source == LAYOUT_KERNEL)
        return; /* the boot stage did all of it */
    memmove((void *)LAYOUT_KERNEL, (void *)(uintptr_t)boot->kernel_source,
            size);
    memset((char *)LAYOUT_KERNEL + size, 0, rounded - size);
}

static void report(void)
{
    uint64_t mhz = SYSINFO_EXTENSION->tsc_hz / 1000000;

    console_print("Pure64: %u of %u CPUs, %lu MiB, ",
                  SYSINFO_EXTENSION->cpus_running,
                  SYSINFO_EXTENSION->cpus_declared,
                  SYSINFO_EXTENSION->ram_total >> 20);
    if (mhz)
        console_print("TSC %lu MHz\n", mhz);
    else
        console_print("no clock\n");
    SYSINFO_EXTENSION->screen_column = console_column();
    SYSINFO_EXTENSION->screen_row = console_row();
}

static _Noreturn void enter_kernel(void)
{
    const uint64_t stack = LAYOUT_KERNEL_LOW + LAYOUT_KERNEL_LOW_SIZE;
    uint64_t mark = RAM_DISK_MARK;

    if (!memory_ranges_find(boot_memory_free(), mark))
        mark = stack - 1; /* a byte that may be cleared, for there is none */
    SYSINFO->t1 = cpu_tsc();
    descriptors_leave(LAYOUT_KERNEL, stack, mark);
}

void pure64_main(const struct boot_info *boot)
{
    const struct memory_source map = firmware_map(boot);
    const char *const options = (const char *)(uintptr_t)boot->command_line;
    const uint64_t ebda = find_ebda(boot), limit = memory_limit(options);
    uint64_t total, frames;
    unsigned directories;

    console_init(boot, options);
    total = read_memory_map(&map, ebda);
    directories = paging_directory_pages(&usable);
    check_fixed_regions(&map, directories);
    sysinfo_copy_map(&map);
    boot_memory_init(boot, &usable, limit, directories);
    paging_init(boot, &usable);
    sysinfo_init(boot);
    acpi_init(&acpi, boot->rsdp, ebda);
    clock_first(&acpi, options);
    cpu_state_init();
    cpus_prepare();
    descriptors_init(cpus_default_handler());
    apic_init(&acpi);
    pci_bars_map();
    clock_second();
    cpus_start(&acpi, options);
    frames = paging_map_high(boot_memory_free());
    sysinfo_list_ram(boot_memory_free(), total < limit ? total : limit,
                     frames);
    report();
    move_kernel(boot);
    enter_kernel();
}
