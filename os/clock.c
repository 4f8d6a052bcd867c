/* clock.c - time from the TSC.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * pure64 knows the frequency well enough for time limits, and left a reading
 * of TSC and clock together. The first question for the time adds a second
 * one. Clocks: ACPI Specification 6.4, "Power Management Timer"; IA-PC HPET
 * Specification 1.0a, "Main Counter Value Register"; Intel 8254 data sheet,
 * "Counter Latch Command".
 */
#include "clock.h"
#include "system.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/sysinfo.h>

#define PM_TIMER_MASK 0xFFFFFF
#define HPET_MASK 0xFFFFFFFF
#define HPET_MAIN_COUNTER 0xF0
#define PIT_MASK 0xFFFF
#define PIT_COUNTER_2 0x42
#define PIT_CONTROL 0x43
#define PIT_LATCH_COUNTER_2 0x80

/* Readings are this part of a second apart, or more: 10 ms, and 5 % for what
 * is not yet known of the TSC. */
#define TIME_APART 95
/* Of this many readings the one taken fastest is used: an interrupt, or a
 * host that runs something else, may come between TSC and clock. */
#define TIME_READINGS 8
#define NS_PER_S 1000000000
#define US_PER_S 1000000

/* Set once, then constant; 0 until then. */
static uint64_t clock_hz;

struct time_reading {
    uint64_t tsc;
    uint32_t count; /* counts up, modulo the mask + 1 */
};

/* The bits of the clock that count. */
static uint32_t time_clock_mask(void)
{
    unsigned clock = SYSINFO_EXTENSION->clock;

    return clock == SYSINFO_CLOCK_PM_TIMER ? PM_TIMER_MASK
           : clock == SYSINFO_CLOCK_HPET   ? HPET_MASK
                                           : PIT_MASK;
}

/* Two CPUs at once would mix up the PIT's two bytes; machines that have no
 * better clock have one CPU. */
static uint32_t time_clock_count(void)
{
    uint64_t address = SYSINFO_EXTENSION->clock_address;
    uint32_t low;

    switch (SYSINFO_EXTENSION->clock) {
    case SYSINFO_CLOCK_PM_TIMER:
        return io_in32((uint16_t)address);
    case SYSINFO_CLOCK_HPET:
        return *(volatile uint32_t *)system_memory_at(address + HPET_MAIN_COUNTER);
    default:
        io_out8(PIT_CONTROL, PIT_LATCH_COUNTER_2);
        low = io_in8(PIT_COUNTER_2);
        return -(low | (uint32_t)io_in8(PIT_COUNTER_2) << 8);
    }
}

static struct time_reading time_read(void)
{
    struct time_reading best = {0, 0};
    uint64_t fastest = UINT64_MAX;

    for (int i = 0; i < TIME_READINGS; i++) {
        uint64_t before = cpu_tsc();
        uint32_t count = time_clock_count();
        uint64_t took = cpu_tsc() - before;

        if (took < fastest) {
            fastest = took;
            best.tsc = before + took / 2;
            best.count = count;
        }
    }
    return best;
}

/* pure64's reading, or a new one if the clock may have wrapped since. */
static struct time_reading time_first_reading(uint64_t hz)
{
    struct time_reading first = {
        SYSINFO_EXTENSION->clock_tsc,
        (uint32_t)SYSINFO_EXTENSION->clock_count,
    };
    uint64_t ticks_per_count = hz / SYSINFO_EXTENSION->clock_hz + 1;

    if (SYSINFO_EXTENSION->clock == SYSINFO_CLOCK_PIT)
        first.count = -first.count;
    /* Half of its range leaves room for all rounding, and for the wait. */
    if ((cpu_tsc() - first.tsc) / ticks_per_count > time_clock_mask() / 2)
        return time_read();
    return first;
}

/* value * to / from, whose product may take more than 64 bits. */
static uint64_t time_scale(uint64_t value, uint64_t to, uint64_t from)
{
    return value / from * to + value % from * to / from;
}

/* Frequency from readings 10 ms or more apart; hz is near it. */
static uint64_t time_measure(uint64_t hz)
{
    struct time_reading first = time_first_reading(hz), second;
    uint64_t elapsed, count;

    while (cpu_tsc() - first.tsc < hz / TIME_APART)
        cpu_pause();
    second = time_read();
    elapsed = second.tsc - first.tsc;
    count = (second.count - first.count) & time_clock_mask();
    if (count == 0) /* the clock has stopped */
        return hz;
    return time_scale(elapsed, SYSINFO_EXTENSION->clock_hz, count);
}

uint64_t clock_tsc_hz(void)
{
    uint64_t hz = __atomic_load_n(&clock_hz, __ATOMIC_RELAXED);
    uint64_t unknown = 0;

    if (hz)
        return hz;
    hz = SYSINFO_EXTENSION->tsc_hz;
    if (hz && !SYSINFO_EXTENSION->tsc_exact && SYSINFO_EXTENSION->clock_hz)
        hz = time_measure(hz);
    /* Time must never run backwards: whoever was first decides. */
    if (!__atomic_compare_exchange_n(&clock_hz, &unknown, hz, 0,
                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        hz = unknown;
    return hz;
}

int clock_ns(uint64_t *ns)
{
    uint64_t hz = clock_tsc_hz();
    uint64_t tsc = cpu_tsc();

    if (!hz)
        return BAREMETAL_ENOCLOCK;
    *ns = time_scale(tsc, NS_PER_S, hz);
    return 0;
}

int clock_delay_us(uint64_t us)
{
    uint64_t start = cpu_tsc();
    uint64_t hz = clock_tsc_hz();
    uint64_t ticks;

    if (!hz)
        return BAREMETAL_ENOCLOCK;
    /* What does not fit is longer than any machine runs. */
    if (__builtin_mul_overflow(us, hz / US_PER_S + 1, &ticks))
        ticks = UINT64_MAX;
    while (cpu_tsc() - start < ticks) {
        cpu_pause();
        if (*os_system.kernel->attention)
            os_system.kernel->stop_check();
    }
    return 0;
}
