/* system_calls.c - struct baremetal's calls about machine and system.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Random numbers: Intel SDM volume 1, "RDRAND".
 */
#include "system_calls.h"
#include "clock.h"
#include "console_calls.h"
#include "output.h"
#include "power.h"
#include "program_memory.h"
#include "rtc.h"
#include "serial_calls.h"
#include "shell.h"
#include "speaker.h"
#include "system.h"
#include <kernel/pci.h>
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define PCI_CONFIGURATION_BYTES 4096
#define CPUID_1_ECX_RDRAND (1u << 30)
#define RANDOM_TRIES 10 /* Intel: more mean that the CPU is broken */

static const char *program_name; /* 0: none runs */

void system_program_begin(const char *name)
{
    program_name = name;
}

void system_program_end(void)
{
    program_name = 0;
    console_calls_reset();
    serial_calls_reset();
    speaker_reset();
}

void system_info(struct baremetal_system *info, size_t size)
{
    const struct sysinfo_extension *known = SYSINFO_EXTENSION;
    struct baremetal_system all = {
        .name = OS_NAME,
        .version = OS_VERSION,
        .command_line = known->command_line ? (char *)known->command_line : "",
        .program = program_name ? program_name : "",
        .tsc_hz = clock_tsc_hz(),
        .ram = known->ram_total,
        .started = SYSINFO->t0,
        .cpus_declared = known->cpus_declared,
        .cpus_running = known->cpus_running,
        .interface = BAREMETAL_VERSION,
        .firmware = SYSINFO->way,
        .to_file = !!(output_redirected() & OUTPUT_TO_FILE),
        .from_file = !!(output_redirected() & OUTPUT_FROM_FILE),
    };

    if (size > sizeof all) {
        memset((uint8_t *)info + sizeof all, 0, size - sizeof all);
        size = sizeof all;
    }
    memcpy(info, &all, size);
}

static int random_number(uint64_t *number)
{
    for (int i = 0; i < RANDOM_TRIES; i++)
        if (cpu_random(number))
            return 1;
    return 0;
}

int system_random(void *memory, size_t bytes)
{
    uint8_t *next = memory;

    if (!(cpu_cpuid(1, 0).ecx & CPUID_1_ECX_RDRAND))
        return BAREMETAL_ENODEV;
    while (bytes) {
        uint64_t number;
        size_t part = bytes < sizeof number ? bytes : sizeof number;

        if (!random_number(&number))
            return BAREMETAL_EIO;
        memcpy(next, &number, part);
        next += part;
        bytes -= part;
    }
    return 0;
}

int system_time_unix(uint64_t *seconds)
{
    struct baremetal_date date;
    int error = rtc_date(&date);

    if (!error)
        *seconds = rtc_seconds(&date);
    return error;
}

static int is_register(unsigned offset)
{
    return offset < PCI_CONFIGURATION_BYTES && offset % 4 == 0;
}

/* An access by ports takes two steps, between which no other CPU's may come:
 * see pci.h. */
uint32_t system_pci_read(uint32_t address, unsigned offset)
{
    struct pci_function function = {.address = address};
    uint32_t value = UINT32_MAX;

    if (!is_register(offset))
        return value;
    os_system.kernel->block_lock();
    value = os_system.kernel->pci_read(&function, offset);
    os_system.kernel->block_release();
    return value;
}

void system_pci_write(uint32_t address, unsigned offset, uint32_t value)
{
    struct pci_function function = {.address = address};

    if (!is_register(offset))
        return;
    os_system.kernel->block_lock();
    os_system.kernel->pci_write(&function, offset, value);
    os_system.kernel->block_release();
}

/* No CPU is stopped while it holds the allocator's lock, for nobody could tell
 * how far it got. */
int system_cpu_reset(void)
{
    uint64_t flags = cpu_flags();

    if (os_system.os->cpu_number())
        return BAREMETAL_EINVAL;
    /* No callback comes in between, which may want memory. */
    cpu_interrupts_off();
    program_memory_lock();
    os_system.kernel->cpu_reset();
    program_memory_unlock();
    cpu_flags_restore(flags);
    os_system.kernel->stop_check(); /* callbacks that are due */
    return 0;
}

void system_reboot(void)
{
    os_system.os->file_sync();
    power_reboot();
}

int system_shutdown(void)
{
    os_system.os->file_sync();
    power_shutdown();
    return BAREMETAL_EIO;
}
