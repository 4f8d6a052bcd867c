/* clock.h - how fast the TSC runs, from two readings of some other clock.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ACPI Specification 6.4, "Power Management Timer"; IA-PC HPET Specification
 * 1.0a; 8254 data sheet.
 */
#pragma once
#include "acpi.h"
#include <stdint.h>

/* Starts the HPET's main counter (fills sysinfo hpet, hpet_hz,
 * hpet_minimum_tick, hpet_timers), then takes the first reading of the first
 * clock that seems to run: PM timer, HPET, PIT. The frequency is known at
 * once from `tsc_mhz=N` in the boot options (text or 0), CPUID 0x15 or the
 * hypervisor. Fills tsc_hz, tsc_exact and clock* of the extension and
 * cpu_mhz as far as known. Boot CPU, once, as early as possible after
 * acpi_init. */
void clock_first(const struct acpi *acpi, const char *options);

/* Takes the second reading, at least 20 us after the first, and fills tsc_hz
 * and cpu_mhz; returns at once if the frequency is known. A clock that does
 * not move is given up for the next one; with none left tsc_hz stays 0 and
 * clock is SYSINFO_CLOCK_NONE. Boot CPU, once. */
void clock_second(void);

/* TSC ticks in that many microseconds; 4 GHz is assumed while the frequency
 * is not known, so a wait is longer than asked for, but ends. */
uint64_t clock_tsc_ticks(uint32_t us);

/* Have PIT channel 0, whose interrupt is masked, tick every 250 us; and again
 * 18.2 times a second, as a BIOS leaves it. Only for the time in which CPUs
 * are started in a virtual machine: see cpus.c. Boot CPU. */
void clock_tick_fast(void);
void clock_tick_slow(void);
