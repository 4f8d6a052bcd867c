/* sysinfo.c - filling the system information table, and the lists beside it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "sysinfo.h"
#include "console.h"
#include "paging.h"
#include <pure64/cpu.h>
#include <pure64/layout.h>
#include <pure64/options.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define CPUID_EXTENDED 0x80000000
#define CPUID_ADDRESS_BITS 0x80000008
/* Where that leaf is missing (AMD APM volume 2, "Physical Address Extensions",
 * and every 64-bit CPU's 48 bits). */
#define PHYSICAL_BITS_DEFAULT 36
#define VIRTUAL_BITS_DEFAULT 48

#define MIB_SHIFT 20
#define FRAME_MIB 2

/* As programs and kernels read it at LAYOUT_USABLE_LIST. */
struct usable_record {
    uint64_t base, mib;
};

/* As at LAYOUT_UEFI_MAP: EFI_MEMORY_DESCRIPTOR's fields, 64 bits each. */
struct uefi_record {
    uint64_t type, physical, virtual, pages, attributes, padding;
};
_Static_assert(sizeof(struct uefi_record) == 48, "published size");
_Static_assert(sizeof(struct memory_e820) == 32, "published size");
_Static_assert((LAYOUT_USABLE_LIST_SIZE) / sizeof(struct usable_record) >
               MEMORY_RANGES_MAX, "the list has room for all ranges");
_Static_assert(LAYOUT_COMMAND_LINE_SIZE >= OPTIONS_TEXT_SIZE,
               "the command line has room for all options");

struct sysinfo_bits sysinfo_address_bits(void)
{
    struct sysinfo_bits bits = {PHYSICAL_BITS_DEFAULT, VIRTUAL_BITS_DEFAULT};

    if (cpu_cpuid(CPUID_EXTENDED, 0).eax >= CPUID_ADDRESS_BITS) {
        uint32_t eax = cpu_cpuid(CPUID_ADDRESS_BITS, 0).eax;
        bits.physical = (uint8_t)eax;
        bits.virtual = (uint8_t)(eax >> 8);
    }
    return bits;
}

static void copy_command_line(const struct boot_info *boot)
{
    char *copy = (char *)LAYOUT_COMMAND_LINE;
    const char *text = (const char *)(uintptr_t)boot->command_line;

    if (!text || !*text)
        return;
    /* The end of the table is cleared: what follows is the final NUL. */
    for (unsigned i = 0; i + 1 < LAYOUT_COMMAND_LINE_SIZE && text[i]; i++)
        copy[i] = text[i];
    SYSINFO_EXTENSION->command_line = LAYOUT_COMMAND_LINE;
}

static void fill_screen(const struct boot_info *boot)
{
    SYSINFO_EXTENSION->video = (uint8_t)boot->video;
    if (boot->video != VIDEO_FRAME)
        return;
    SYSINFO->frame_buffer = boot->frame_buffer;
    SYSINFO->frame_width = (uint16_t)boot->frame_width;
    SYSINFO->frame_height = (uint16_t)boot->frame_height;
    SYSINFO->frame_pitch = (uint16_t)boot->frame_pitch;
    SYSINFO->frame_bits = 32;
    SYSINFO_EXTENSION->red_mask = boot->red_mask;
}

void sysinfo_init(const struct boot_info *boot)
{
    const struct sysinfo_bits bits = sysinfo_address_bits();

    memset((void *)LAYOUT_SYSINFO, 0, LAYOUT_SYSINFO_CLEARED);
    SYSINFO->physical_bits = bits.physical;
    SYSINFO->virtual_bits = bits.virtual;
    SYSINFO->cpuid_max = cpu_cpuid(0, 0).eax;
    SYSINFO->cpuid_extended_max = cpu_cpuid(CPUID_EXTENDED, 0).eax;
    SYSINFO->t0 = boot->t0;
    SYSINFO->way = (uint8_t)boot->way;
    SYSINFO->gib_pages = (uint8_t)paging_uses_gib_pages();
    SYSINFO_EXTENSION->magic = SYSINFO_EXTENSION_MAGIC;
    SYSINFO_EXTENSION->version = SYSINFO_EXTENSION_VERSION;
    SYSINFO_EXTENSION->size = sizeof(struct sysinfo_extension);
    SYSINFO_EXTENSION->boot_drive = (uint8_t)boot->boot_drive;
    SYSINFO_EXTENSION->options = boot->options;
    SYSINFO_EXTENSION->payload = LAYOUT_KERNEL;
    SYSINFO_EXTENSION->payload_size = boot->kernel_bytes;
    fill_screen(boot);
    copy_command_line(boot);
    console_copy_font();
}

static uint32_t records_that_fit(const struct memory_source *map,
                                 uint32_t record_size, uint32_t room)
{
    uint32_t count = map->bytes / map->record_bytes;
    uint32_t most = room / record_size - 1; /* the zero record */
    return count < most ? count : most;
}

uint32_t sysinfo_uefi_map_size(const struct memory_source *map)
{
    if (map->format != MEMORY_UEFI)
        return 0;
    return (records_that_fit(map, sizeof(struct uefi_record),
                             LAYOUT_UEFI_MAP_SIZE) + 1) *
        (uint32_t)sizeof(struct uefi_record);
}

static void copy_uefi_map(const struct memory_source *map)
{
    const char *from = map->records;
    struct uefi_record *to = (struct uefi_record *)LAYOUT_UEFI_MAP;
    uint32_t count =
        records_that_fit(map, sizeof *to, LAYOUT_UEFI_MAP_SIZE);

    for (uint32_t i = 0; i < count; i++, from += map->record_bytes) {
        struct memory_uefi record;
        memcpy(&record, from, sizeof record);
        to[i] = (struct uefi_record){record.type, record.physical,
                                     record.virtual, record.pages,
                                     record.attributes, 0};
    }
    memset(&to[count], 0, sizeof *to);
}

void sysinfo_copy_map(const struct memory_source *map)
{
    struct memory_e820 *to = (struct memory_e820 *)LAYOUT_E820;
    uint32_t count;

    if (map->format == MEMORY_UEFI) {
        copy_uefi_map(map);
        return;
    }
    /* The boot stage may have written it right there. */
    count = records_that_fit(map, sizeof *to, LAYOUT_E820_SIZE);
    memmove(to, map->records, count * sizeof *to);
    memset(&to[count], 0, sizeof *to);
}

void sysinfo_list_ram(const struct memory_ranges *free_ram, uint64_t total,
                      uint64_t frames)
{
    struct usable_record *usable = (struct usable_record *)LAYOUT_USABLE_LIST;

    memcpy((void *)LAYOUT_RAM_LIST, free_ram->range,
           free_ram->count * sizeof free_ram->range[0]);
    for (unsigned i = 0; i < free_ram->count; i++) {
        uint64_t mib = free_ram->range[i].size >> MIB_SHIFT;
        if (mib > 0)
            *usable++ = (struct usable_record){free_ram->range[i].base, mib};
    }
    *usable = (struct usable_record){0, 0};
    SYSINFO->ram_mib = (uint32_t)(frames * FRAME_MIB + 2);
    SYSINFO_EXTENSION->ram_list = LAYOUT_RAM_LIST;
    SYSINFO_EXTENSION->ram_ranges = free_ram->count;
    SYSINFO_EXTENSION->ram_lost = free_ram->lost;
    SYSINFO_EXTENSION->ram_total = total;
}
