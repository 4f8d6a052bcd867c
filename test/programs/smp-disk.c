/* smp-disk.c - all other CPUs read the first disk, again and again.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints "smp-disk: reading", and goes on until it is stopped.
 */
#include "../../programs/text.h"

#define SECTORS 128
#define SECTOR_SIZE_MAX 4096

static const struct baremetal *system;

static void read_on(void *unused)
{
    void *buffer;

    (void)unused;
    if (system->memory_allocate(SECTORS * SECTOR_SIZE_MAX, 0, &buffer))
        return;
    while (!system->disk_read(0, 0, SECTORS, buffer))
        ;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct text line = { 0 };

    (void)argc;
    (void)argv;
    system = os;
    for (unsigned cpu = 1; cpu < os->cpu_count(); cpu++)
        if (os->cpu_run(cpu, read_on, 0))
            return 1;
    text_add(&line, "smp-disk: reading");
    text_print(&line, os);
    os->cpu_wait_all();
    return 1;
}
