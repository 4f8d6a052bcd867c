/* sysinfo.c - what the machine has: CPUs, memory, screen, disks, cards.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Each kind of thing has a number from 0 on, and a call that fills in a
 * structure; behind the last one it returns ENODEV.
 */
#include <baremetal.h>
#include <stdio.h>
#include <time.h>

#define MIB (1024.0 * 1024)

static const struct baremetal *os;

static void print_cpus(void)
{
    struct baremetal_cpu cpu;
    unsigned count = os->cpu_count();

    printf("CPUs:    %u, this is number %u\n", count, os->cpu_number());
    for (unsigned i = 0; !os->cpu_info(i, &cpu); i++)
        printf("  %3u    package %u, core %u, thread %u, APIC id %u\n", i,
               cpu.package, cpu.core, cpu.thread, cpu.apic_id);
}

static void print_memory(void)
{
    struct baremetal_memory memory;

    os->memory(&memory);
    printf("memory:  %.1f MiB, %.1f MiB for programs, %.1f MiB free\n",
           (double)memory.total / MIB, (double)memory.size / MIB,
           (double)os->memory_free() / MIB);
}

static void print_screen(void)
{
    struct baremetal_screen screen;

    os->screen(&screen);
    if (!screen.columns)
        puts("screen:  none");
    else if (!screen.frame_buffer)
        printf("screen:  text, %u x %u\n", screen.columns, screen.rows);
    else
        printf("screen:  %u x %u pixels of %u bits, text %u x %u\n",
               screen.width, screen.height, screen.bits, screen.columns,
               screen.rows);
}

static void print_disks(void)
{
    struct baremetal_disk disk;

    for (unsigned i = 0; !os->disk_info(i, &disk); i++)
        printf("disk %u:  %s, %.1f MiB, sectors of %u bytes\n", i, disk.name,
               (double)disk.sectors * disk.sector_size / MIB,
               disk.sector_size);
}

static void print_nets(void)
{
    struct baremetal_net net;

    for (unsigned i = 0; !os->net_info(i, &net); i++)
        printf("net %u:   %s, %02x:%02x:%02x:%02x:%02x:%02x, link %s\n", i,
               net.name, net.mac[0], net.mac[1], net.mac[2], net.mac[3],
               net.mac[4], net.mac[5], net.link ? "up" : "down");
}

static void print_time(void)
{
    time_t now = time(0);
    char text[40];

    if (now < 0)
        return;
    strftime(text, sizeof text, "%A, %e %B %Y, %H:%M:%S", gmtime(&now));
    printf("time:    %s\n", text);
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    (void)argc;
    (void)argv;
    os = interface;
    printf("system:  program interface %u, %u bytes\n", os->version,
           os->size);
    print_cpus();
    print_memory();
    print_screen();
    print_disks();
    print_nets();
    print_time();
    return 0;
}
