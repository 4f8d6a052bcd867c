/* commands_machine.c - the commands about the machine: what is in it, clocks,
 * its end.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "commands.h"
#include "devices.h"
#include "keyboard_layout.h"
#include "power.h"
#include "print.h"
#include <pure64/boot_info.h>
#include <pure64/sysinfo.h>

void command_cpus(struct shell *shell, int argc, char **argv)
{
    static const char *const states[] = { "idle", "working", "lost" };
    const struct baremetal *os = shell->os;
    struct baremetal_cpu info;

    (void)argc;
    (void)argv;
    print(os, " CPU   APIC id  package  core  thread  state\n");
    for (unsigned cpu = 0; !os->cpu_info(cpu, &info) && !output_stopped();
         cpu++)
        print(os, "%4u  %8u  %7u  %4u  %6u  %s\n", cpu, info.apic_id,
              info.package, info.core, info.thread, states[info.state]);
}

static void print_screen(const struct baremetal *os)
{
    struct baremetal_screen screen;

    os->screen(&screen);
    if (!screen.columns && !screen.frame_buffer)
        print(os, "screen: none\n");
    else if (!screen.columns)
        print(os, "screen: no text, %u x %u pixels\n", screen.width,
              screen.height);
    else if (!screen.frame_buffer)
        print(os, "screen: %u x %u characters\n", screen.columns,
              screen.rows);
    else
        print(os, "screen: %u x %u characters, %u x %u pixels\n",
              screen.columns, screen.rows, screen.width, screen.height);
}

void command_ver(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    uint64_t tsc_hz = SYSINFO_EXTENSION->tsc_hz;

    (void)argc;
    (void)argv;
    print(os, "%s %s, program interface %u\n", OS_NAME, OS_VERSION,
          os->version);
    print(os, "firmware: %s\n",
          SYSINFO->way == BOOT_WAY_UEFI ? "UEFI" : "BIOS");
    print(os, "processors: %u of %u CPUs\n", SYSINFO_EXTENSION->cpus_running,
          SYSINFO_EXTENSION->cpus_declared);
    if (tsc_hz)
        print(os, "clock: TSC %lu MHz\n", (tsc_hz + 500000) / 1000000);
    else
        print(os, "clock: none\n");
    print_screen(os);
}

void machine_print_device(const struct baremetal *os,
                          const struct baremetal_pci *info)
{
    devices_print_place(info);
    if (!(info->class & BAREMETAL_PCI_MMIO))
        print(os, "  %04x:%04x", info->vendor, info->device);
    print(os, "  %-22s %s\n", devices_class_text(info->class),
          info->driver[0] ? info->driver : "no driver");
}

void machine_print_disk(const struct baremetal *os,
                        const struct baremetal_disk *info)
{
    print(os, "%-8s disk, %lu MiB, sectors of %u bytes", info->name,
          info->sectors * info->sector_size >> 20, info->sector_size);
}

void machine_print_net(const struct baremetal *os,
                       const struct baremetal_net *info, const char *what)
{
    const uint8_t *mac = info->mac;

    print(os, "%-8s %s%02x:%02x:%02x:%02x:%02x:%02x, link %s\n", info->name,
          what, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
          info->link ? "up" : "down");
}

void command_devices(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    struct baremetal_pci info;
    struct baremetal_disk disk;
    struct baremetal_net net;
    unsigned i;

    (void)argc;
    (void)argv;
    for (i = 0; !os->pci_info(i, &info); i++)
        machine_print_device(os, &info);
    if (!i)
        print(os, SYSINFO->acpi_root
                      ? "no PCI bus, and no device that ACPI names\n"
                      : "no PCI bus, and no ACPI that names other devices\n");
    for (i = 0; !os->disk_info(i, &disk); i++) {
        machine_print_disk(os, &disk);
        print(os, "\n");
    }
    for (i = 0; !os->net_info(i, &net); i++)
        machine_print_net(os, &net, "network, ");
}

void command_date(struct shell *shell, int argc, char **argv)
{
    struct baremetal_date date;

    (void)argc;
    if (shell->os->date(&date))
        shell_complain("%s: this machine has no clock that keeps the date\n",
                       argv[0]);
    else
        print(shell->os, "%u-%02u-%02u %02u:%02u:%02u\n", date.year,
              date.month, date.day, date.hour, date.minute, date.second);
}

void command_net(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    struct baremetal_net net;
    unsigned i;

    (void)argc;
    (void)argv;
    for (i = 0; !os->net_info(i, &net); i++) {
        machine_print_net(os, &net, "");
        print(os, "         received %lu frames, %lu bytes; sent %lu frames, "
              "%lu bytes; errors %lu\n", net.received, net.received_bytes,
              net.sent, net.sent_bytes, net.errors);
    }
    if (!i)
        print(os, "no network interface\n");
}

/* Alone, the time of day; else how long the command takes. */
void command_time(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    struct baremetal_date date;
    uint64_t start, end;

    if (argc == 1 && !os->date(&date)) {
        print(os, "%02u:%02u:%02u\n", date.hour, date.minute, date.second);
        return;
    }
    if (argc == 1 || os->time_ns(&start)) {
        shell_complain("%s: this machine has no clock\n", argv[0]);
        return;
    }
    shell_run_words(shell, argc - 1, argv + 1);
    os->time_ns(&end);
    end = (end - start) / 1000;
    /* Words may be gone: a program was in memory. */
    shell_complain("time: %lu.%06lu s\n", end / 1000000, end % 1000000);
}

void command_keyboard(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = argc == 1 ? shell->os : &output_console;
    const char *name;

    if (argc == 1)
        print(os, "%s; there are", keyboard_layout_name());
    else if (keyboard_layout_set(argv[1]))
        print(os, "%s: %s: no such layout; there are", argv[0], argv[1]);
    else
        return;
    for (unsigned i = 0; (name = keyboard_layout_number(i)); i++)
        print(os, " %s", name);
    print(os, "\n");
}

void command_clear(struct shell *shell, int argc, char **argv)
{
    const char clear = BAREMETAL_CLEAR;

    (void)argc;
    (void)argv;
    shell->os->write(&clear, 1);
}

/* The machine must not end with something only in memory. */
static void flush_disks(const struct baremetal *os)
{
    struct baremetal_disk info;

    output_to_console();
    files_close_all(&files, FILES_SYSTEM);
    files_sync(&files);
    for (unsigned i = 0; !os->disk_info(i, &info); i++)
        os->disk_flush(i);
}

void command_reboot(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    flush_disks(shell->os);
    power_reboot();
    shell_complain("%s: this machine offers no way to restart it\n", argv[0]);
}

void command_shutdown(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    flush_disks(shell->os);
    power_shutdown();
    shell_complain("%s: this machine offers no way to switch it off\n",
                   argv[0]);
}
