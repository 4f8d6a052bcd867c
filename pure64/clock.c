/* clock.c - how fast the TSC runs, from two readings of some other clock.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Each clock is polled until 20 microseconds have passed on it, so the time
 * spent on something useful since the first reading is not waited for. The
 * kernel refines the result later from the same first reading.
 */
#include "clock.h"
#include "paging.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/options.h>

#define INTERVAL_US 20
/* And so many ticks of the clock, so that half a tick is less than 1 %. */
#define INTERVAL_TICKS 64
/* The interval is at least so many times the time a reading takes (a port of
 * a virtual machine takes microseconds), so that 2 % hold; up to 1 ms. */
#define INTERVAL_READINGS 48
#define INTERVAL_US_MAX 1000
/* Unchanged readings after which a clock is dead; the slowest one ticks every
 * 838 ns, and no reading takes less than some nanoseconds. */
#define STILL_READINGS 4000
/* And so many in all end the measurement of one that moves, but not on. */
#define READINGS_MAX 1000000
/* Whatever measures outside of this is no measurement. */
#define TSC_HZ_MIN 1000000ull
#define TSC_HZ_MAX 100000000000ull
/* What no CPU exceeds soon: for waits while the frequency is not known. */
#define TSC_MHZ_ASSUMED 4000

#define PM_TIMER_HZ 3579545
#define PM_TIMER_MASK 0xFFFFFF

#define HPET_REG_CAPABILITIES 0x000
#define HPET_REG_CONFIGURATION 0x010
#define HPET_REG_COUNTER 0x0F0
#define HPET_REG_TIMER_CONFIGURATION(n) (0x100 + 0x20 * (n))
#define HPET_CONFIGURATION_ENABLE 1u
#define HPET_CONFIGURATION_LEGACY 2u
#define HPET_TIMER_ENABLE 4u
#define HPET_SIZE 0x400
/* The specification's limit, 100 ns in femtoseconds; and nobody's is shorter
 * than 100 ps. */
#define HPET_PERIOD_MAX 100000000
#define HPET_PERIOD_MIN 100000
#define FEMTOSECONDS 1000000000000000ull

#define PIT_HZ 1193182
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_COMMAND_RATE 0xB4  /* channel 2, both bytes, mode 2, binary */
#define PIT_COMMAND_LATCH 0x80 /* channel 2 */
#define PIT_COMMAND_TICK 0x36  /* channel 0, both bytes, mode 3, binary */
#define PIT_TICK_FAST (PIT_HZ / 4000)
#define PIT_TICK_SLOW 0        /* 65536 */
#define PORT_B 0x61
#define PORT_B_GATE2 1u
#define PORT_B_SPEAKER 2u

#define CPUID_TSC 0x15
#define CPUID_HYPERVISOR 0x40000000
#define CPUID_HYPERVISOR_TSC 0x40000010
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_INTEL_EBX 0x756E6547  /* "Genu" */
#define CPUID_KVM_EBX 0x4B4D564B    /* "KVMK" */
#define CPUID_VMWARE_EBX 0x61774D56 /* "VMwa" */
/* A frequency told, not measured, must be one that is built. */
#define TOLD_HZ_MIN 100000000ull
#define TOLD_HZ_MAX 10000000000ull
#define CRYSTAL_HZ_MIN 10000000
#define CRYSTAL_HZ_MAX 100000000

struct clock_reading {
    uint64_t tsc;      /* in the middle of the reading */
    uint32_t count;
    uint64_t duration; /* of the reading, TSC ticks */
};

static uint32_t hpet_read(uint32_t reg)
{
    return *(volatile uint32_t *)(SYSINFO->hpet + reg);
}

static void hpet_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(SYSINFO->hpet + reg) = value;
}

/* HPET specification, "Register Definitions". */
static void hpet_init(const struct acpi *acpi)
{
    uint32_t capabilities, period, configuration;
    unsigned timers;

    if (!acpi->hpet || paging_map_device(acpi->hpet, HPET_SIZE) != 0)
        return;
    SYSINFO->hpet = acpi->hpet;
    capabilities = hpet_read(HPET_REG_CAPABILITIES);
    period = hpet_read(HPET_REG_CAPABILITIES + 4);
    if (period < HPET_PERIOD_MIN || period > HPET_PERIOD_MAX) {
        SYSINFO->hpet = 0; /* nothing there answers */
        return;
    }
    timers = (capabilities >> 8 & 31) + 1;
    for (unsigned i = 0; i < timers; i++) {
        uint32_t reg = HPET_REG_TIMER_CONFIGURATION(i);

        hpet_write(reg, hpet_read(reg) & ~HPET_TIMER_ENABLE);
    }
    configuration = hpet_read(HPET_REG_CONFIGURATION);
    configuration &= ~HPET_CONFIGURATION_LEGACY;
    hpet_write(HPET_REG_CONFIGURATION,
               configuration | HPET_CONFIGURATION_ENABLE);
    SYSINFO->hpet_hz = (uint32_t)(FEMTOSECONDS / period);
    SYSINFO->hpet_minimum_tick = acpi->hpet_minimum_tick;
    SYSINFO->hpet_timers = (uint8_t)timers;
}

/* Channel 2 counting down from 65536 for ever, the speaker off (8254 data
 * sheet, "Mode 2: Rate Generator"). */
static void pit_init(void)
{
    io_out8(PORT_B, (uint8_t)((io_in8(PORT_B) & ~PORT_B_SPEAKER) |
                              PORT_B_GATE2));
    io_out8(PIT_COMMAND, PIT_COMMAND_RATE);
    io_out8(PIT_CHANNEL2, 0);
    io_out8(PIT_CHANNEL2, 0);
}

static void set_tick(uint16_t period)
{
    io_out8(PIT_COMMAND, PIT_COMMAND_TICK);
    io_out8(PIT_CHANNEL0, (uint8_t)period);
    io_out8(PIT_CHANNEL0, (uint8_t)(period >> 8));
}

void clock_tick_fast(void)
{
    set_tick(PIT_TICK_FAST);
}

void clock_tick_slow(void)
{
    set_tick(PIT_TICK_SLOW);
}

static uint32_t pit_read(void)
{
    uint32_t low;

    io_out8(PIT_COMMAND, PIT_COMMAND_LATCH);
    low = io_in8(PIT_CHANNEL2);
    return low | (uint32_t)io_in8(PIT_CHANNEL2) << 8;
}

static uint32_t clock_count(void)
{
    switch (SYSINFO_EXTENSION->clock) {
    case SYSINFO_CLOCK_PM_TIMER:
        return io_in32((uint16_t)SYSINFO_EXTENSION->clock_address) &
               PM_TIMER_MASK;
    case SYSINFO_CLOCK_HPET:
        return hpet_read(HPET_REG_COUNTER);
    default:
        return pit_read();
    }
}

/* Ticks from one count to a later one. */
static uint32_t clock_elapsed(uint32_t from, uint32_t to)
{
    switch (SYSINFO_EXTENSION->clock) {
    case SYSINFO_CLOCK_PM_TIMER:
        return (to - from) & PM_TIMER_MASK;
    case SYSINFO_CLOCK_HPET:
        return to - from;
    default:
        return (from - to) & 0xFFFF;
    }
}

/* Of the clock in use. */
static struct clock_reading read_once(void)
{
    struct clock_reading reading;
    uint64_t before = cpu_tsc();

    reading.count = clock_count();
    reading.duration = cpu_tsc() - before;
    reading.tsc = before + reading.duration / 2;
    return reading;
}

/* Makes `clock`, or the first behind it that this machine has, the clock, and
 * takes the first reading: the second of two, for the first loads caches. */
static void use_clock(enum sysinfo_clock clock, uint16_t pm_timer)
{
    volatile struct sysinfo_extension *extension = SYSINFO_EXTENSION;
    struct clock_reading reading;

    extension->clock_address = 0;
    if (clock == SYSINFO_CLOCK_PM_TIMER && pm_timer) {
        extension->clock_hz = PM_TIMER_HZ;
        extension->clock_address = pm_timer;
    } else if (clock <= SYSINFO_CLOCK_HPET && SYSINFO->hpet) {
        clock = SYSINFO_CLOCK_HPET;
        extension->clock_hz = SYSINFO->hpet_hz;
        extension->clock_address = SYSINFO->hpet;
    } else {
        clock = SYSINFO_CLOCK_PIT;
        extension->clock_hz = PIT_HZ;
        pit_init();
    }
    extension->clock = (uint8_t)clock;
    read_once();
    reading = read_once();
    extension->clock_tsc = reading.tsc;
    extension->clock_count = reading.count;
}

/* TSC ticks a second by the clock in use, 0 if that clock stands still. */
static uint64_t measure(void)
{
    uint32_t hz = SYSINFO_EXTENSION->clock_hz;
    uint64_t first_tsc = SYSINFO_EXTENSION->clock_tsc;
    uint32_t first = (uint32_t)SYSINFO_EXTENSION->clock_count;
    uint32_t least = (uint32_t)((uint64_t)hz * INTERVAL_US / 1000000) + 1;
    uint32_t enough = (uint32_t)((uint64_t)hz * INTERVAL_US_MAX / 1000000);
    uint32_t previous = clock_count(), still = 0;

    if (least < INTERVAL_TICKS)
        least = INTERVAL_TICKS;
    for (unsigned i = 0; i < READINGS_MAX && still < STILL_READINGS; i++) {
        struct clock_reading now = read_once();
        uint32_t elapsed = clock_elapsed(first, now.count);
        uint64_t ticks = now.tsc - first_tsc;

        still++;
        if (now.count != previous) {
            still = 0;
            /* This is right behind a tick, the first reading was anywhere
             * between two: on average half a tick less has passed. */
            if (elapsed >= enough ||
                (elapsed >= least &&
                 ticks >= now.duration * INTERVAL_READINGS))
                return ticks * 2 * hz / (2 * (uint64_t)elapsed - 1);
        }
        previous = now.count;
        cpu_pause();
    }
    return 0;
}

/* Of tsc_mhz=; 0 without it, or if no TSC is so fast. */
static uint64_t option_mhz(const char *options)
{
    uint64_t mhz;

    if (!options_number(options, "tsc_mhz", 0, &mhz))
        return 0;
    return mhz <= TSC_HZ_MAX / 1000000 ? mhz : 0;
}

/* What the hypervisor tells (kHz; a convention of VMware's that KVM follows).
 * Others use the leaf differently. */
static uint64_t hypervisor_hz(void)
{
    struct cpu_cpuid leaf = cpu_cpuid(CPUID_HYPERVISOR, 0);

    if ((leaf.ebx != CPUID_KVM_EBX && leaf.ebx != CPUID_VMWARE_EBX) ||
        leaf.eax < CPUID_HYPERVISOR_TSC || leaf.eax > CPUID_HYPERVISOR + 0xFFFF)
        return 0;
    return (uint64_t)cpu_cpuid(CPUID_HYPERVISOR_TSC, 0).eax * 1000;
}

/* What the CPU tells (SDM volume 3, "Time-Stamp Counter": crystal times
 * ratio). Only Intel's own CPUs fill in all three; emulators invent them. */
static uint64_t cpuid_hz(void)
{
    struct cpu_cpuid leaf = cpu_cpuid(0, 0);

    if (leaf.eax < CPUID_TSC || leaf.ebx != CPUID_INTEL_EBX)
        return 0;
    leaf = cpu_cpuid(CPUID_TSC, 0);
    if (!leaf.eax || leaf.ecx < CRYSTAL_HZ_MIN || leaf.ecx > CRYSTAL_HZ_MAX)
        return 0;
    return (uint64_t)leaf.ecx * leaf.ebx / leaf.eax;
}

static void set_frequency(uint64_t hz, uint8_t exact)
{
    uint64_t mhz = (hz + 500000) / 1000000;

    SYSINFO_EXTENSION->tsc_hz = hz;
    SYSINFO_EXTENSION->tsc_exact = exact;
    SYSINFO->cpu_mhz = (uint16_t)(mhz < 0xFFFF ? mhz : 0xFFFF);
}

void clock_first(const struct acpi *acpi, const char *options)
{
    uint64_t told = option_mhz(options) * 1000000;

    hpet_init(acpi);
    use_clock(SYSINFO_CLOCK_PM_TIMER, acpi->pm_timer);
    if (!told) {
        told = cpu_cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR ? hypervisor_hz()
                                                            : cpuid_hz();
        if (told < TOLD_HZ_MIN || told > TOLD_HZ_MAX)
            told = 0;
    }
    if (told)
        set_frequency(told, 1);
}

void clock_second(void)
{
    volatile struct sysinfo_extension *extension = SYSINFO_EXTENSION;
    uint64_t hz;

    if (extension->tsc_exact)
        return;
    /* The PIT is back at its start after 55 ms: its first reading may be too
     * old to tell. */
    if (extension->clock == SYSINFO_CLOCK_PIT)
        use_clock(SYSINFO_CLOCK_PIT, 0);
    for (;;) {
        hz = measure();
        if (hz >= TSC_HZ_MIN && hz <= TSC_HZ_MAX) {
            set_frequency(hz, 0);
            return;
        }
        if (extension->clock == SYSINFO_CLOCK_PIT)
            break;
        use_clock((enum sysinfo_clock)(extension->clock + 1), 0);
    }
    extension->clock = SYSINFO_CLOCK_NONE;
    extension->clock_hz = 0;
    extension->clock_tsc = 0;
    extension->clock_count = 0;
}

uint64_t clock_tsc_ticks(uint32_t us)
{
    uint64_t hz = SYSINFO_EXTENSION->tsc_hz;

    return hz ? hz / 1000 * us / 1000 : (uint64_t)us * TSC_MHZ_ASSUMED;
}
