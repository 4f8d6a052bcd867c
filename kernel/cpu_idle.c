/* cpu_idle.c - how CPUs wait for work, are woken, and start it.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * No wake-up is lost. A waker stores the work, then exchanges `sleep` for
 * CPU_WAKE; an idle CPU exchanges it for CPU_AWAKE, then looks for work. Both
 * are full barriers, and one of the exchanges is the first:
 * - The idle CPU's is the second: it sees the work when it looks.
 * - The waker's is the second: it finds CPU_HALTED and sends an interrupt,
 *   which waits until the HLT if it comes before it, as interrupts are off
 *   up to there; or it finds CPU_AWAKE, so the idle CPU does not get from
 *   there to CPU_HALTED and looks again.
 */
#include <kernel/cpu.h>
#include <kernel/apic.h>
#include <kernel/memory.h>
#include <kernel/program.h>
#include <kernel/time.h>
#include <pure64/cpu.h>

#define SPIN_DEFAULT_US 1000

#define CPUID_1_ECX_MONITOR (1u << 3)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)

/* cpu.asm */
void cpu_call(void *argument, baremetal_work *work, uint64_t stack)
    __attribute__((noreturn));

/* Called by cpu.asm on the idle stack, interrupts off: work returned. */
void cpu_work_end(struct cpu *cpu) __attribute__((used, noreturn));

/* While CPUs take work: which program's it is, counted from 1; else 0. */
static volatile uint32_t program;
static uint32_t programs;

/* How long a CPU without work stays awake, and whether in MWAIT. */
static volatile uint32_t spin_us;
static volatile uint8_t use_mwait;

void cpu_release(void)
{
    /* A CPU may have been stopped between announcing an interrupt to this one
     * and sending it. One that was sent came long ago. */
    cpu_this()->asked = 0;
    program = ++programs;
}

void cpu_close(void)
{
    /* A full barrier, between this and a look at any CPU's `sleep`; its
     * counterpart is the exchange before a CPU looks at `program`. */
    __atomic_exchange_n(&program, 0, __ATOMIC_SEQ_CST);
    spin_us = 0;
}

int cpu_is_closed(void)
{
    return !program;
}

int cpu_policy(enum baremetal_policy policy, uint32_t us)
{
    uint32_t ecx = cpu_cpuid(1, 0).ecx;

    if ((unsigned)policy > BAREMETAL_LATENCY_MWAIT)
        return BAREMETAL_EINVAL;
    use_mwait = ecx & CPUID_1_ECX_MONITOR &&
                (policy == BAREMETAL_LATENCY_MWAIT ||
                 !(ecx & CPUID_1_ECX_HYPERVISOR));
    spin_us = policy == BAREMETAL_POWER ? 0 : us ? us : SPIN_DEFAULT_US;
    return 0;
}

void cpu_wake(unsigned number)
{
    struct cpu *cpu = cpu_table()[number];

    if (__atomic_exchange_n(&cpu->sleep, CPU_WAKE, __ATOMIC_SEQ_CST) ==
        CPU_HALTED)
        apic_send(cpu->os.apic_id, INTERRUPT_WAKE);
}

/* Starts work if there is some, and then does not return. */
static void work_start(struct cpu *cpu)
{
    uint32_t now = program;

    if (!now)
        return;
    struct os_work work = OS_HEAD->next_work(cpu->number);
    if (!work.function)
        return;
    if (cpu->program != now) { /* nothing is left of the program before */
        cpu->program = now;
        cpu_reset_bases();
    }
    cpu_call(work.argument, work.function, memory_stack(cpu->number));
}

void cpu_work_end(struct cpu *cpu)
{
    OS_HEAD->work_done(cpu->number);
    cpu_idle(cpu);
}

/* Stays awake as long as the policy says, or until woken. MWAIT with ECX 0
 * and interrupts off ends by the store of the waker or an NMI: Intel SDM
 * volume 2, "MWAIT". */
static void spin(const struct cpu *cpu)
{
    struct time_limit limit = time_limit_us(spin_us);

    while (cpu->sleep == CPU_AWAKE && !time_limit_passed(limit)) {
        if (!use_mwait)
            continue;
        cpu_monitor(&cpu->sleep);
        if (cpu->sleep == CPU_AWAKE)
            cpu_mwait();
    }
}

void cpu_idle(struct cpu *cpu)
{
    for (;;) {
        uint32_t awake = CPU_AWAKE;

        __atomic_exchange_n(&cpu->sleep, CPU_AWAKE, __ATOMIC_SEQ_CST);
        work_start(cpu);
        if (spin_us)
            spin(cpu);
        if (__atomic_compare_exchange_n(&cpu->sleep, &awake, CPU_HALTED, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
            cpu_wait_for_interrupt();
        cpu_interrupts_off();
    }
}
