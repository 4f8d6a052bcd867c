/* timer.c - callbacks after a time, once or again and again, by the boot CPU's local APIC timer.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "APIC Timer": TSC-deadline mode where the CPU has it,
 * else one-shot mode, whose frequency is measured once against the TSC.
 * Nothing ticks: the timer is armed only for a callback that was asked for.
 */
#include "timer.h"
#include "callback.h"
#include "clock.h"
#include "interrupts.h"
#include "system.h"
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>

#define NS_PER_S 1000000000
#define US_PER_S 1000000
#define PERIOD_MIN_NS 1000

#define APIC_LVT_TIMER 0x320
#define APIC_LVT_MASKED 0x10000
#define APIC_LVT_TSC_DEADLINE 0x40000
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE 0x3E0
#define APIC_TIMER_DIVIDE_16 3

#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)
#define MSR_TSC_DEADLINE 0x6E0

#define MEASURE_US 2000

static struct {
    baremetal_callback *callback;
    void *argument;
    uint64_t deadline;     /* of the callback: TSC */
    uint64_t period;       /* TSC ticks to the next one, 0: none */
    uint8_t set;           /* not yet called */
    uint8_t changed;       /* by the program, since the callback was called */
    uint8_t vector;
    uint8_t tsc_deadline;
    uint64_t tsc_hz;
    uint64_t apic_hz;      /* of the counter, behind the divider */
} timer;

static uint32_t apic_read(unsigned reg)
{
    if (SYSINFO->x2apic)
        return (uint32_t)cpu_read_msr(MSR_X2APIC + reg / 16);
    return *(volatile uint32_t *)system_memory_at(SYSINFO->lapic + reg);
}

static void apic_write(unsigned reg, uint32_t value)
{
    if (SYSINFO->x2apic)
        cpu_write_msr(MSR_X2APIC + reg / 16, value);
    else
        *(volatile uint32_t *)system_memory_at(SYSINFO->lapic + reg) = value;
}

/* value * to / from, whose product may take more than 64 bits; no overflow
 * for what fits. */
static uint64_t scale(uint64_t value, uint64_t to, uint64_t from)
{
    uint64_t whole;

    if (__builtin_mul_overflow(value / from, to, &whole) || whole >> 63)
        return INT64_MAX;
    return whole + value % from * to / from;
}

/* Interrupts at `deadline`, or earlier if the counter does not reach as far;
 * then the handler arms it again. */
static void arm(uint64_t deadline)
{
    uint64_t now = cpu_tsc(), count = 1;

    if (timer.tsc_deadline) {
        cpu_write_msr(MSR_TSC_DEADLINE, deadline ? deadline : 1);
        return;
    }
    if ((int64_t)(deadline - now) > 0)
        count = scale(deadline - now, timer.apic_hz, timer.tsc_hz) + 1;
    apic_write(APIC_TIMER_INITIAL,
               count < UINT32_MAX ? (uint32_t)count : UINT32_MAX);
}

static void timer_interrupt(void *context)
{
    (void)context;
    if (timer.set && (int64_t)(cpu_tsc() - timer.deadline) < 0)
        arm(timer.deadline);
    /* Also for timer_retry, which may have come first. */
    else if (timer.set)
        callback_raise();
}

static void measure(void)
{
    uint64_t ticks = scale(MEASURE_US, timer.tsc_hz, US_PER_S);
    uint64_t start;

    apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | timer.vector);
    apic_write(APIC_TIMER_DIVIDE, APIC_TIMER_DIVIDE_16);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    start = cpu_tsc();
    while (cpu_tsc() - start < ticks)
        cpu_pause();
    timer.apic_hz = scale(UINT32_MAX - apic_read(APIC_TIMER_CURRENT),
                          timer.tsc_hz, cpu_tsc() - start);
    apic_write(APIC_TIMER_INITIAL, 0);
}

/* Once; 0 if the timer works. */
static int prepare(void)
{
    if (timer.vector)
        return 0;
    timer.tsc_hz = clock_tsc_hz();
    if (!timer.tsc_hz)
        return BAREMETAL_ENOCLOCK;
    timer.vector = (uint8_t)interrupts_vector(timer_interrupt,
                                                               0);
    if (!timer.vector)
        return BAREMETAL_ENODEV;
    timer.tsc_deadline = (cpu_cpuid(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE) != 0;
    if (timer.tsc_deadline) {
        apic_write(APIC_LVT_TIMER, APIC_LVT_TSC_DEADLINE | timer.vector);
        /* The mode is set before the first deadline is ("TSC-Deadline
         * Mode"). */
        __asm__ volatile("mfence" ::: "memory");
        return 0;
    }
    measure();
    apic_write(APIC_LVT_TIMER, timer.vector);
    return 0;
}

static int start(uint64_t ns, int is_periodic, baremetal_callback *callback,
                 void *argument)
{
    uint64_t flags = cpu_flags(), ticks;
    int error;

    cpu_interrupts_off();
    error = prepare();
    if (error) {
        cpu_flags_restore(flags);
        return error;
    }
    timer.callback = callback;
    timer.argument = argument;
    ticks = scale(ns, timer.tsc_hz, NS_PER_S);
    timer.deadline = cpu_tsc() + ticks;
    timer.period = is_periodic ? ticks : 0;
    timer.set = callback != 0;
    timer.changed = 1;
    if (callback)
        arm(timer.deadline);
    cpu_flags_restore(flags);
    return 0;
}

int timer_set(uint64_t ns, baremetal_callback *callback, void *argument)
{
    return start(ns, 0, callback, argument);
}

int timer_set_periodic(uint64_t ns, baremetal_callback *callback,
                       void *argument)
{
    if (callback && ns < PERIOD_MIN_NS)
        return BAREMETAL_EINVAL;
    return start(ns, 1, callback, argument);
}

void timer_retry(uint32_t us)
{
    uint64_t soon = cpu_tsc() + scale(us, timer.tsc_hz, US_PER_S);

    if (!prepare())
        arm(timer.set && (int64_t)(timer.deadline - soon) < 0 &&
                    (int64_t)(timer.deadline - cpu_tsc()) > 0
                ? timer.deadline
                : soon);
}

/* At the next multiple of the period that is still to come: the program gets
 * on, however long its callback takes. */
static void repeat(void)
{
    uint64_t flags = cpu_flags(), now;

    cpu_interrupts_off();
    now = cpu_tsc();
    timer.deadline =
        now + timer.period - (now - timer.deadline) % timer.period;
    timer.set = 1;
    arm(timer.deadline);
    cpu_flags_restore(flags);
}

void timer_run_callback(void)
{
    if (!timer.set || (int64_t)(cpu_tsc() - timer.deadline) < 0)
        return;
    timer.set = timer.changed = 0;
    timer.callback(timer.argument);
    if (timer.period && !timer.changed)
        repeat();
}

void timer_reset(void)
{
    timer.set = 0;
}
