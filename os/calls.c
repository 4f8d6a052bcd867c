/* calls.c - the two tables of calls: what programs may call, and what os calls
 * of the kernel.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "calls.h"
#include "clock.h"
#include "console.h"
#include "console_calls.h"
#include "debug.h"
#include "devices.h"
#include "disk.h"
#include "environment.h"
#include "file_calls.h"
#include "input.h"
#include "net_callback.h"
#include "output.h"
#include "parallel.h"
#include "pci_scan.h"
#include "program_memory.h"
#include "rtc.h"
#include "serial_calls.h"
#include "speaker.h"
#include "sync.h"
#include "system_calls.h"
#include "timer.h"
#include "topology.h"
#include "work.h"
#include "work_queue.h"
#include <kernel/block.h>
#include <kernel/cpu.h>
#include <kernel/exception.h>
#include <kernel/memory.h>
#include <kernel/net.h>
#include <kernel/pci.h>
#include <kernel/program.h>
#include <pure64/sysinfo.h>

static enum baremetal_cpu_state state_of(unsigned cpu)
{
    if (work_system.cpus[cpu]->lost)
        return BAREMETAL_CPU_LOST;
    /* The boot CPU always runs something. */
    return !cpu || work_is_busy(cpu) ? BAREMETAL_CPU_WORKING
                                     : BAREMETAL_CPU_IDLE;
}

static int cpu_info(unsigned cpu, struct baremetal_cpu *info)
{
    struct topology topology;

    if (cpu >= work_system.count)
        return BAREMETAL_ENODEV;
    topology = topology_read(cpu_cpuid);
    info->apic_id = work_system.cpus[cpu]->apic_id;
    info->state = state_of(cpu);
    topology_place(&topology, info);
    return 0;
}

static void memory(struct baremetal_memory *program)
{
    program->base = (void *)LAYOUT_HIGH_RAM;
    program->size = memory_program_size();
    program->total = SYSINFO_EXTENSION->ram_total;
}

_Static_assert(BAREMETAL_INTERFACE == LAYOUT_OS + OS_INTERFACE_OFFSET,
               "its address is published");

__attribute__((used, section(".interface")))
const struct baremetal os_calls = {
    .magic = BAREMETAL_MAGIC,
    .version = BAREMETAL_VERSION,
    .size = sizeof(struct baremetal),
    .exit = file_calls_exit,
    .memory = memory,
    .cpu_count = cpu_count,
    .cpu_number = cpu_number,
    .cpu_policy = cpu_policy,
    .disk_submit = block_submit,
    .disk_poll = block_poll,
    .net_send = net_send,
    .net_sending = net_sending,
    .net_receive = net_receive,
    .write = output_write,
    .key = output_key,
    .key_wait = output_key_wait,
    .screen = console_screen,
    .time_ns = clock_ns,
    .delay_us = clock_delay_us,
    .disk_info = disk_info,
    .disk_read = disk_read,
    .disk_write = disk_write,
    .disk_flush = disk_flush,
    .cpu_info = cpu_info,
    .cpu_run = work_run,
    .cpu_wait = work_wait,
    .cpu_wait_all = work_wait_all,
    .queue_add = work_queue_add,
    .queue_run = work_queue_run,
    .queue_length = work_queue_length,
    .parallel_for = parallel_for,
    .barrier_wait = sync_barrier_wait,
    .lock = sync_lock,
    .unlock = sync_unlock,
    .memory_allocate = program_memory_allocate,
    .memory_allocate_pages = program_memory_allocate_pages,
    .memory_release = program_memory_release,
    .memory_free = program_memory_free,
    .net_info = net_info,
    .net_callback = net_callback,
    .timer = timer_set,
    .date = rtc_date,
    .pci_info = devices_info,
    .file_open = file_open,
    .file_close = file_close,
    .file_read = file_read,
    .file_write = file_write,
    .file_seek = file_seek,
    .file_tell = file_tell,
    .file_truncate = file_truncate,
    .file_flush = file_flush,
    .file_sync = file_sync,
    .file_info = file_info,
    .file_rename = file_rename,
    .file_remove = file_remove,
    .folder_make = folder_make,
    .folder_read = folder_read,
    .folder_current = folder_current,
    .folder_change = folder_change,
    .error_text = files_number_text,
    .text_colour = console_calls_colour,
    .cursor_move = console_calls_move,
    .cursor_show = console_calls_show,
    .screen_clear = console_calls_clear,
    .status_line = console_calls_status,
    .line_read = console_calls_line,
    .key_callback = input_callback,
    .timer_periodic = timer_set_periodic,
    .time_unix = system_time_unix,
    .serial_send = serial_calls_send,
    .serial_receive = serial_calls_receive,
    .serial_speed = serial_calls_speed,
    .speaker = speaker_tone,
    .beep = speaker_beep,
    .pci_read = system_pci_read,
    .pci_write = system_pci_write,
    .system_info = system_info,
    .environment = environment_get,
    .random = system_random,
    .cpu_reset = system_cpu_reset,
    .reboot = system_reboot,
    .shutdown = system_shutdown,
    .debug_registers = debug_registers,
    .debug_memory = debug_memory,
    .debug_backtrace = debug_backtrace,
    .debug_break = debug_break,
};

static struct kernel_cpu *const *cpus(void)
{
    return (struct kernel_cpu *const *)cpu_table();
}

static uint64_t take_memory(size_t pages)
{
    void *memory_taken = memory_take(pages);

    return memory_taken ? memory_physical(memory_taken) : 0;
}

/* Not in the midst of a change to a disk. */
static int program_stop(void)
{
    return file_calls_put_off_stop() || program_ask(PROGRAM_STOPPED);
}

const struct kernel_services os_kernel = {
    .program_run = program_run,
    .faults = exception_faults,
    .exception_forgive = exception_forgive,
    .program_stop = program_stop,
    .cpus = cpus,
    .cpu_wake = cpu_wake,
    .stop_check = program_check,
    .attention = &program_attention,
    .pci_drivers = pci_drivers,
    .pci_read = pci_read,
    .pci_write = pci_write,
    .pci_registers = pci_registers,
    .pci_capability = pci_capability,
    .pci_enable = pci_enable,
    .memory_take = take_memory,
    .memory_run = memory_run,
    .lock_try = lock_try,
    .lock_take = lock_take,
    .lock_release = lock_release,
    .lock_held = lock_held,
    .time_limit_us = time_limit_us,
    .time_limit_passed = time_limit_passed,
    .block_devices = block_devices,
    .block_add = block_add,
    .block_done = block_done,
    .block_lock = block_lock,
    .block_release = block_release,
    .block_held = block_held,
    .net_get = net_get,
    .cpu_reset = program_reset_cpus,
};
