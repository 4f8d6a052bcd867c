/* acpi.h - what the firmware's ACPI tables say about this machine.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, chapter 5 "ACPI Software Programming Model". All
 * table memory is reached through struct acpi_memory, so that the host tests
 * run the same code on byte buffers.
 */
#pragma once
#include <pure64/sysinfo.h>
#include <stddef.h>
#include <stdint.h>

/* More CPUs than this are not started, and not counted as declared. */
#define ACPI_CPUS_MAX 4096

/* How table memory is reached. */
struct acpi_memory {
    /* `size` bytes at a physical address, or 0 if they cannot be read. */
    const uint8_t *(*map)(void *context, uint64_t physical, size_t size);
    void *context;
};

/* Everything found; a field is 0 where the machine has no such thing. */
struct acpi {
    struct acpi_memory memory;
    uint64_t rsdp;              /* physical addresses of the tables */
    uint64_t root;              /* XSDT, or RSDT where there is no XSDT */
    uint64_t fadt;
    uint64_t madt;
    uint32_t madt_size;         /* bytes, checked */
    uint32_t cpu_entries;       /* enabled CPUs, repeated ids included */
    uint32_t apic_id_max;       /* highest id of an enabled CPU */
    uint16_t pm_timer;          /* I/O port */
    uint16_t hpet_minimum_tick;
    uint64_t hpet;              /* base address as the table tells it */
    uint64_t lapic;             /* local APIC address as the MADT tells it */
};

/* Finds and checks the tables and fills *acpi, and of the system information
 * table: acpi_root, iapc_boot_arch, ioapics, ioapic[], overrides, override[],
 * pcie_ranges, pcie[]. Those must be 0 before. rsdp 0, or one that is not
 * good: searched for in the EBDA (its physical address, 0 if there is none)
 * and the ROM area. Without ACPI, or with broken tables, *acpi is 0 but for
 * `memory` and the table describes a machine without ACPI. Never fails. */
void acpi_read(struct acpi *acpi, const struct acpi_memory *memory,
               uint64_t rsdp, uint64_t ebda,
               volatile struct sysinfo *sysinfo);

/* The same through the identity map, into the table at LAYOUT_SYSINFO, with
 * fadt and rsdp of its extension. `ebda` is the word at 0x40E times 16, read
 * before the IDT was built over it (BIOS), or 0 (UEFI). Boot CPU, once; needs
 * the final page tables and the cleared table; before clock_first. */
void acpi_init(struct acpi *acpi, uint64_t rsdp, uint64_t ebda);

/* APIC ids of all enabled CPUs, each once: boot_id first, whatever the tables
 * say, the others in MADT order. Writes at most `max` (>= 1) ids; returns how
 * many. acpi->cpu_entries + 1 always suffices. */
uint32_t acpi_list_cpus(const struct acpi *acpi, uint32_t boot_id,
                        uint32_t *ids, uint32_t max);
