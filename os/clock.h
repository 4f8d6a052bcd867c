/* clock.h - time from the TSC.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* TSC ticks a second: 0 without any clock. First call refines what pure64
 * measured to 100 ppm, from readings at least 10 ms apart. Any CPU. */
uint64_t clock_tsc_hz(void);

/* struct baremetal's time_ns and delay_us. */
int clock_ns(uint64_t *ns);
int clock_delay_us(uint64_t us);
