/* commands_log.c - the command log: what happened since the start.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the loader found stands in the system information table; the rest is
 * log.h's.
 */
#include "commands.h"
#include "log.h"
#include "print.h"
#include <pure64/boot_info.h>
#include <pure64/sysinfo.h>

/* Milliseconds; without a clock thousands of ticks. */
static void print_time(const struct baremetal *os, const char *form,
                       uint64_t ticks)
{
    uint64_t khz = SYSINFO_EXTENSION->tsc_hz / 1000;

    if (!khz)
        khz = 1000000;
    print(os, form, ticks / khz, ticks % khz * 1000 / khz);
}

static void start_line(const struct baremetal *os, uint64_t ticks)
{
    print_time(os, "%6lu.%03lu  ", ticks);
}

static void print_start(const struct baremetal *os)
{
    const char *words = (const char *)SYSINFO_EXTENSION->command_line;

    print(os, SYSINFO_EXTENSION->tsc_hz
                  ? "Milliseconds since the loader began:\n"
                  : "Million ticks of the TSC since the loader began:\n");
    start_line(os, 0);
    if (SYSINFO->way == BOOT_WAY_UEFI)
        print(os, "started by UEFI");
    else
        print(os, "started by the BIOS from drive %x",
              SYSINFO_EXTENSION->boot_drive);
    print(os, "; boot options: %s\n", words && *words ? words : "none");
}

static void print_pure64(const struct baremetal *os, uint64_t ticks)
{
    uint64_t mhz = SYSINFO_EXTENSION->tsc_hz / 1000000;

    start_line(os, ticks);
    print(os, "Pure64: %u of %u CPUs, %lu MiB, ",
          SYSINFO_EXTENSION->cpus_running, SYSINFO_EXTENSION->cpus_declared,
          SYSINFO_EXTENSION->ram_total >> 20);
    if (mhz)
        print(os, "TSC %lu MHz\n", mhz);
    else
        print(os, "no clock\n");
}

static void print_acpi(const struct baremetal *os, uint64_t ticks)
{
    start_line(os, ticks);
    if (!SYSINFO->acpi_root) {
        print(os, "ACPI: none\n");
        return;
    }
    print(os, "ACPI: tables at %lx; I/O APICs %u, overrides %u, PCIe ranges "
          "%u\n", SYSINFO->acpi_root, SYSINFO->ioapics, SYSINFO->overrides,
          SYSINFO->pcie_ranges);
    start_line(os, ticks);
    print(os, "ACPI: %s%s, HPET ", SYSINFO_EXTENSION->fadt ? "" : "no ",
          "FADT");
    if (SYSINFO->hpet)
        print(os, "%u Hz\n", SYSINFO->hpet_hz);
    else
        print(os, "none\n");
}

static void print_screen(const struct baremetal *os, uint64_t ticks)
{
    start_line(os, ticks);
    if (SYSINFO_EXTENSION->video == VIDEO_FRAME)
        print(os, "screen: %u x %u pixels at %lx\n", SYSINFO->frame_width,
              SYSINFO->frame_height, SYSINFO->frame_buffer);
    else
        print(os, "screen: %s\n",
              SYSINFO_EXTENSION->video == VIDEO_TEXT ? "text mode" : "none");
}

static void print_disk(const struct baremetal *os,
                       const struct log_entry *entry)
{
    struct baremetal_disk info;

    if (os->disk_info(entry->number, &info))
        return;
    machine_print_disk(os, &info);
    print_time(os, "; took %lu.%03lu\n", entry->duration);
}

static void print_entry(const struct baremetal *os,
                        const struct log_entry *entry)
{
    struct baremetal_pci device;
    struct baremetal_net net;

    start_line(os, entry->ticks);
    if (entry->kind == LOG_TEXT)
        print(os, "%s\n", entry->text);
    else if (entry->kind == LOG_DISK)
        print_disk(os, entry);
    else if (entry->kind == LOG_DEVICE && !os->pci_info(entry->number, &device))
        machine_print_device(os, &device);
    else if (entry->kind == LOG_NET && !os->net_info(entry->number, &net))
        machine_print_net(os, &net, "network, ");
}

void command_log(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    uint64_t loader = SYSINFO->t1 - SYSINFO->t0;
    struct log_entry entry;
    uint32_t cursor = 0;

    (void)argc;
    (void)argv;
    print_start(os);
    print_pure64(os, loader);
    print_acpi(os, loader);
    print_screen(os, loader);
    if (log_lost())
        print(os, "%u older or further lines were not kept\n", log_lost());
    while (!output_stopped() && log_read(&cursor, &entry))
        print_entry(os, &entry);
    start_line(os, SYSINFO_EXTENSION->t_prompt - SYSINFO->t0);
    print(os, "first prompt\n");
}
