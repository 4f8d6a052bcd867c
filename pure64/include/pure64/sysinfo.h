/* sysinfo.h - the system information table at 0x5000 and its extension.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Written by pure64, read by kernels and programs. The first part is what
 * other people's software relies on: no offset there may ever change. The
 * extension at 0x5800 is ours; it grows at its end only, and its size field
 * says how much of it there is.
 */
#pragma once
#include <pure64/layout.h>
#include <stddef.h>
#include <stdint.h>

struct sysinfo_pcie {
    uint64_t base;      /* ECAM window; the table ends with 16 bytes of 0xFF */
    uint16_t segment;
    uint8_t first_bus, last_bus;
    uint32_t zero;
};

struct sysinfo_ioapic {
    uint32_t id, address, first_gsi, zero;
};

struct sysinfo_override {
    uint8_t bus, source;
    uint8_t gsi[4];     /* little-endian u32, unaligned in the table */
    uint8_t flags[2];   /* MPS INTI flags: polarity 1:0, trigger 3:2 */
};

#define SYSINFO_APIC_IDS_MAX 192
#define SYSINFO_PCIE_MAX 31
#define SYSINFO_IOAPICS_MAX 16
#define SYSINFO_OVERRIDES_MAX 32

struct sysinfo {
    uint64_t acpi_root;           /* XSDT or RSDT, 0 without ACPI */
    uint32_t boot_apic_id;
    uint8_t reserved_0c[4];
    uint16_t cpu_mhz;
    uint16_t cpus_running;
    uint16_t cpus_declared;
    uint8_t physical_bits, virtual_bits;
    uint32_t cpuid_max, cpuid_extended_max;
    uint32_t ram_mib;             /* at 0xFFFF8..., plus 2, even */
    uint8_t reserved_24[0x0C];
    uint8_t ioapics, overrides;
    uint8_t reserved_32[0x0E];
    uint64_t hpet;                /* base or 0 */
    uint32_t hpet_hz;
    uint16_t hpet_minimum_tick;
    uint8_t hpet_timers;
    uint8_t reserved_4f;
    uint64_t t0, t1;              /* TSC: pure64 entered, kernel entered */
    uint64_t lapic;               /* local APIC base */
    uint8_t reserved_68[0x18];
    uint64_t frame_buffer;        /* 0 without one */
    uint16_t frame_width, frame_height, frame_pitch, frame_bits;
    uint16_t pcie_ranges;
    uint16_t iapc_boot_arch;
    uint8_t reserved_94[0x4C];
    uint8_t gib_pages, x2apic, way;
    uint8_t reserved_e3[0x1D];
    uint32_t apic_ids[SYSINFO_APIC_IDS_MAX];
    struct sysinfo_pcie pcie[SYSINFO_PCIE_MAX + 1];
    struct sysinfo_ioapic ioapic[SYSINFO_IOAPICS_MAX];
    struct sysinfo_override override[SYSINFO_OVERRIDES_MAX];
};

/* Usable RAM for our kernel: page granular, ascending, never touching. */
struct sysinfo_ram {
    uint64_t base, size; /* bytes, multiples of 4096 */
};

#define SYSINFO_RAM_MAX (LAYOUT_RAM_LIST_SIZE / 16)

/* The clock of the first reading, with which the kernel refines tsc_hz. */
enum sysinfo_clock {
    SYSINFO_CLOCK_NONE = 0,
    SYSINFO_CLOCK_PM_TIMER = 1, /* clock_address = I/O port, 24 bits used */
    SYSINFO_CLOCK_HPET = 2,     /* clock_address = HPET base, 32 bits used */
    SYSINFO_CLOCK_PIT = 3,      /* channel 2 counting down 16 bits, 65536 */
};

#define SYSINFO_EXTENSION_MAGIC 0x34365845 /* "EX64" */
#define SYSINFO_EXTENSION_VERSION 1

struct sysinfo_extension {
    uint32_t magic;
    uint16_t version, size;
    uint64_t tsc_hz;          /* 0: unknown, no clock */
    uint8_t tsc_exact;        /* 1: CPUID, hypervisor or tsc_mhz= said it */
    uint8_t clock;            /* enum sysinfo_clock */
    uint8_t video;            /* enum video_kind */
    uint8_t boot_drive;       /* BIOS drive number, 0 under UEFI */
    uint32_t clock_hz;
    uint64_t clock_address;
    uint64_t clock_tsc;       /* first reading: TSC ... */
    uint64_t clock_count;     /* ... and the clock at that moment */
    uint32_t cpus_declared, cpus_running;
    uint64_t cpu_apic_ids;    /* u32 each, running first, all of them */
    uint64_t ram_list;        /* struct sysinfo_ram: RAM the kernel may use,
                                 without anything pure64 left in use */
    uint32_t ram_ranges;
    uint32_t ram_lost;        /* ranges dropped because the list was full */
    uint64_t ram_total;       /* bytes of RAM the firmware calls usable */
    uint64_t payload;         /* = LAYOUT_KERNEL */
    uint64_t payload_size;    /* bytes of kernel, os and what follows */
    uint64_t command_line;    /* NUL-terminated text, 0 if none */
    uint64_t font;            /* 8x16 glyphs, one byte a line, bit 7 left */
    uint8_t font_first;       /* character of the first glyph */
    uint8_t font_count;
    uint16_t screen_column, screen_row; /* cell behind pure64's last text */
    uint16_t reserved;
    uint32_t red_mask;        /* in a pixel of the frame buffer, 0 unknown */
    uint64_t fadt;            /* ACPI FADT, 0 without */
    uint64_t rsdp;            /* ACPI RSDP, 0 without */
    uint64_t t_prompt;        /* written by os: TSC at the first prompt */
    uint64_t disk_wait;       /* written by the kernel: TSC ticks spent
                                 waiting for disks until then */
    uint32_t options;         /* enum options_state (options.h) */
};

#define SYSINFO ((struct sysinfo *)LAYOUT_SYSINFO)
#define SYSINFO_EXTENSION \
    ((struct sysinfo_extension *)LAYOUT_SYSINFO_EXTENSION)

#ifndef __cplusplus
#define SYSINFO_AT(field, address)                                    \
    _Static_assert(offsetof(struct sysinfo, field) == (address)-0x5000, \
                   #field " is published at " #address)
SYSINFO_AT(acpi_root, 0x5000);
SYSINFO_AT(boot_apic_id, 0x5008);
SYSINFO_AT(cpu_mhz, 0x5010);
SYSINFO_AT(cpus_running, 0x5012);
SYSINFO_AT(cpus_declared, 0x5014);
SYSINFO_AT(physical_bits, 0x5016);
SYSINFO_AT(virtual_bits, 0x5017);
SYSINFO_AT(cpuid_max, 0x5018);
SYSINFO_AT(cpuid_extended_max, 0x501C);
SYSINFO_AT(ram_mib, 0x5020);
SYSINFO_AT(ioapics, 0x5030);
SYSINFO_AT(overrides, 0x5031);
SYSINFO_AT(hpet, 0x5040);
SYSINFO_AT(hpet_hz, 0x5048);
SYSINFO_AT(hpet_minimum_tick, 0x504C);
SYSINFO_AT(hpet_timers, 0x504E);
SYSINFO_AT(t0, 0x5050);
SYSINFO_AT(t1, 0x5058);
SYSINFO_AT(lapic, 0x5060);
SYSINFO_AT(frame_buffer, 0x5080);
SYSINFO_AT(frame_width, 0x5088);
SYSINFO_AT(frame_height, 0x508A);
SYSINFO_AT(frame_pitch, 0x508C);
SYSINFO_AT(frame_bits, 0x508E);
SYSINFO_AT(pcie_ranges, 0x5090);
SYSINFO_AT(iapc_boot_arch, 0x5092);
SYSINFO_AT(gib_pages, 0x50E0);
SYSINFO_AT(x2apic, 0x50E1);
SYSINFO_AT(way, 0x50E2);
SYSINFO_AT(apic_ids, 0x5100);
SYSINFO_AT(pcie, 0x5400);
SYSINFO_AT(ioapic, 0x5600);
SYSINFO_AT(override, 0x5700);
#undef SYSINFO_AT
_Static_assert(sizeof(struct sysinfo) == 0x800, "0x5000-0x57FF");
_Static_assert(sizeof(struct sysinfo_override) == 8, "8 bytes each");
_Static_assert(sizeof(struct sysinfo_extension) <= 0x400, "0x5800-0x5BFF");
#endif
