/* time.h - time from the TSC.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* TSC ticks a second: 0 without any clock. First call refines what pure64
 * measured to 100 ppm, from readings at least 10 ms apart. Any CPU. */
uint64_t time_tsc_hz(void);

int time_ns(uint64_t *ns);
int time_delay_us(uint64_t us);

/* A limit for waits on hardware that never fails: */
struct time_limit {
    uint64_t tsc_end;
};

/* A limit `us` microseconds from now. Without a clock 4 GHz is assumed, so
 * the wait is longer than asked for, but ends. Does not refine the clock. */
struct time_limit time_limit_us(uint32_t us);

/* 1 once it has passed. Executes PAUSE. */
int time_limit_passed(struct time_limit limit);
