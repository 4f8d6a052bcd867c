/* native.c - the program interface's table, and the services for os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/native.h>
#include <kernel/block.h>
#include <kernel/console.h>
#include <kernel/cpu.h>
#include <kernel/exception.h>
#include <kernel/memory.h>
#include <kernel/power.h>
#include <kernel/program.h>
#include <kernel/time.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* The kernel's own part of struct baremetal; the rest is os's. */
#define NATIVE_BYTES offsetof(struct baremetal, cpu_info)

static int native_key_wait(void)
{
    int key = console_key_wait();
    exception_forgive();
    return key;
}

static void native_memory(struct baremetal_memory *memory)
{
    memory->base = (void *)LAYOUT_HIGH_RAM;
    memory->size = memory_program_size();
    memory->total = SYSINFO_EXTENSION->ram_total;
}

static int native_disk_info(unsigned disk, struct baremetal_disk *info)
{
    const struct block_device *device = block_get(disk);
    if (!device)
        return BAREMETAL_ENODEV;
    *info = device->info;
    return 0;
}

static int native_disk_read(unsigned disk, uint64_t sector, size_t count,
                            void *buffer)
{
    return block_transfer(disk, 0, sector, count, buffer);
}

static int native_disk_write(unsigned disk, uint64_t sector, size_t count,
                             const void *buffer)
{
    return block_transfer(disk, 1, sector, count, (void *)buffer);
}

__attribute__((used, section(".interface"), aligned(8)))
const struct baremetal baremetal = {
    .magic = BAREMETAL_MAGIC,
    .version = BAREMETAL_VERSION,
    .size = NATIVE_BYTES,
    .write = console_write,
    .key = console_key,
    .key_wait = native_key_wait,
    .screen = console_screen,
    .exit = program_exit,
    .time_ns = time_ns,
    .delay_us = time_delay_us,
    .memory = native_memory,
    .cpu_count = cpu_count,
    .cpu_number = cpu_number,
    .disk_info = native_disk_info,
    .disk_read = native_disk_read,
    .disk_write = native_disk_write,
    .disk_flush = block_flush,
    .cpu_policy = cpu_policy,
};

void native_init(void)
{
    const struct os_head *os = OS_HEAD;
    /* Where it can be written: the image itself is read-only. */
    struct baremetal *table = memory_at(BAREMETAL_INTERFACE);

    if (os->magic != OS_MAGIC ||
        os->calls_bytes > sizeof *table - NATIVE_BYTES)
        return;
    memcpy((char *)table + NATIVE_BYTES, os->calls, os->calls_bytes);
    table->size += os->calls_bytes;
}

static struct kernel_cpu *const *native_cpus(void)
{
    return (struct kernel_cpu *const *)cpu_table();
}

const struct kernel_services kernel_services = {
    .program_run = program_run,
    .faults = exception_faults,
    .reboot = power_reboot,
    .shutdown = power_shutdown,
    .cpus = native_cpus,
    .cpu_wake = cpu_wake,
    .stop_check = program_check,
    .stopping = &program_ending,
    .cpu_reset = program_reset_cpus,
};
