/* commands.c - the commands the shell has itself.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "devices.h"
#include "fs/error.h"
#include "power.h"
#include "print.h"
#include "shell.h"
#include "text.h"
#include <pure64/boot_info.h>
#include <pure64/sysinfo.h>

static void print_entry(const struct baremetal *os,
                        const struct fat_entry *entry)
{
    if (entry->attributes & FAT_ATTRIBUTE_FOLDER)
        print(os, "  <folder>  %s/\n", entry->name);
    else
        print(os, "%10u  %s\n", entry->size, entry->name);
}

/* The folders every folder has: itself and the one above. */
static int is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int list_folder(struct shell *shell, struct fat_volume *volume)
{
    struct fat_folder folder;
    unsigned count = 0;
    int found = fat_folder_open(volume, &shell->entry, &folder);

    if (found)
        return found;
    while ((found = fat_folder_next(&folder, &shell->entry)) > 0)
        if (!is_dots(shell->entry.name)) {
            print_entry(shell->os, &shell->entry);
            count++;
        }
    if (!count && !found)
        print(shell->os, "the folder is empty\n");
    return found;
}

static void command_ls(struct shell *shell, int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "/";
    struct fat_volume *volume = storage_volume(&shell->storage);
    int error;

    if (!volume) {
        storage_explain(&shell->storage);
        return;
    }
    error = fat_find(volume, path, &shell->entry);
    if (!error && shell->entry.attributes & FAT_ATTRIBUTE_FOLDER)
        error = list_folder(shell, volume);
    else if (!error)
        print_entry(shell->os, &shell->entry);
    if (error)
        print(shell->os, "%s: %s\n", path, fs_error_text(error));
}

static void command_mem(struct shell *shell, int argc, char **argv)
{
    struct baremetal_memory memory;

    (void)argc;
    (void)argv;
    shell->os->memory(&memory);
    /* A program's stacks on other CPUs are for programs, too. */
    memory.size += (shell->os->cpu_count() - 1ull) * KERNEL_STACK_BYTES;
    print(shell->os,
          "memory: %lu KiB RAM, %lu KiB system, %lu KiB for programs\n",
          memory.total / 1024, (memory.total - memory.size) / 1024,
          memory.size / 1024);
}

static void command_cpus(struct shell *shell, int argc, char **argv)
{
    static const char *const states[] = { "idle", "working", "lost" };
    const struct baremetal *os = shell->os;
    struct baremetal_cpu info;

    (void)argc;
    (void)argv;
    print(os, " CPU   APIC id  package  core  thread  state\n");
    for (unsigned cpu = 0; !os->cpu_info(cpu, &info); cpu++)
        print(os, "%4u  %8u  %7u  %4u  %6u  %s\n", cpu, info.apic_id,
              info.package, info.core, info.thread, states[info.state]);
}

static void print_screen(const struct baremetal *os)
{
    struct baremetal_screen screen;

    os->screen(&screen);
    if (!screen.columns)
        print(os, "screen: none\n");
    else if (!screen.frame_buffer)
        print(os, "screen: %u x %u characters\n", screen.columns,
              screen.rows);
    else
        print(os, "screen: %u x %u characters, %u x %u pixels\n",
              screen.columns, screen.rows, screen.width, screen.height);
}

static void command_ver(struct shell *shell, int argc, char **argv)
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

static void print_device(const struct baremetal *os,
                         const struct baremetal_pci *info)
{
    devices_print_place(info);
    if (!(info->class & BAREMETAL_PCI_MMIO))
        print(os, "  %04x:%04x", info->vendor, info->device);
    print(os, "  %-22s %s\n", devices_class_text(info->class),
          info->driver[0] ? info->driver : "no driver");
}

static void command_devices(struct shell *shell, int argc, char **argv)
{
    const struct baremetal *os = shell->os;
    struct baremetal_pci info;
    struct baremetal_disk disk;
    struct baremetal_net net;
    unsigned i;

    (void)argc;
    (void)argv;
    for (i = 0; !os->pci_info(i, &info); i++)
        print_device(os, &info);
    if (!i)
        print(os, SYSINFO->acpi_root
                      ? "no PCI bus, and no device that ACPI names\n"
                      : "no PCI bus, and no ACPI that names other devices\n");
    for (i = 0; !os->disk_info(i, &disk); i++)
        print(os, "%-8s disk, %lu MiB, sectors of %u bytes\n", disk.name,
              disk.sectors * disk.sector_size >> 20, disk.sector_size);
    for (i = 0; !os->net_info(i, &net); i++)
        print(os, "%-8s network, %02x:%02x:%02x:%02x:%02x:%02x, link %s\n",
              net.name, net.mac[0], net.mac[1], net.mac[2], net.mac[3],
              net.mac[4], net.mac[5], net.link ? "up" : "down");
}

static void command_date(struct shell *shell, int argc, char **argv)
{
    struct baremetal_date date;

    (void)argc;
    if (shell->os->date(&date))
        print(shell->os, "%s: this machine has no clock that keeps the date\n",
              argv[0]);
    else
        print(shell->os, "%u-%02u-%02u %02u:%02u:%02u\n", date.year,
              date.month, date.day, date.hour, date.minute, date.second);
}

static void command_clear(struct shell *shell, int argc, char **argv)
{
    const char clear = BAREMETAL_CLEAR;

    (void)argc;
    (void)argv;
    shell->os->write(&clear, 1);
}

static void command_reboot(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    storage_flush(&shell->storage);
    power_reboot();
    print(shell->os, "%s: this machine offers no way to restart it\n",
          argv[0]);
}

static void command_shutdown(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    storage_flush(&shell->storage);
    power_shutdown();
    print(shell->os, "%s: this machine offers no way to switch it off\n",
          argv[0]);
}

static void command_help(struct shell *shell, int argc, char **argv);

static const struct command commands[] = {
    { "help", "[COMMAND]", "lists the commands, or explains one", 1,
      command_help },
    { "ls", "[PATH]", "lists programs, files and folders", 1, command_ls },
    { "ver", "", "shows version and machine", 0, command_ver },
    { "cpus", "", "lists the CPUs", 0, command_cpus },
    { "devices", "", "lists the devices and what drives them", 0,
      command_devices },
    { "date", "", "shows date and time", 0, command_date },
    { "mem", "", "shows how memory is used", 0, command_mem },
    { "clear", "", "clears the screen", 0, command_clear },
    { "reboot", "", "restarts the machine", 0, command_reboot },
    { "shutdown", "", "switches the machine off", 0, command_shutdown },
};

#define COMMANDS (sizeof commands / sizeof commands[0])

const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (text_equal(name, commands[i].name))
            return &commands[i];
    return 0;
}

static void command_help(struct shell *shell, int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(argv[1]) : 0;

    if (argc > 1 && !command) {
        print(shell->os, "%s: no such command; help lists all of them\n",
              argv[1]);
        return;
    }
    for (unsigned i = 0; i < COMMANDS; i++)
        if (!command || command == &commands[i])
            print(shell->os, "%-8s %-10s %s\n", commands[i].name,
                  commands[i].usage, commands[i].summary);
    if (command)
        return;
    print(shell->os,
          "Anything else is a program: its file name, with or without .app,\n"
          "then its arguments. \"...\" keeps spaces in an argument.\n");
}
