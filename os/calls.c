/* calls.c - the calls of struct baremetal that os provides.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "calls.h"
#include "parallel.h"
#include "program_memory.h"
#include "sync.h"
#include "topology.h"
#include "work.h"
#include "work_queue.h"

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

const struct baremetal os_calls = {
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
};
