/* time.h - limits for waits on hardware, from the TSC.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* A limit for waits on hardware that never fails: */
struct time_limit {
    uint64_t tsc_end;
};

/* A limit `us` microseconds from now. Without a clock 4 GHz is assumed, so
 * the wait is longer than asked for, but ends. */
struct time_limit time_limit_us(uint32_t us);

/* 1 once it has passed. Executes PAUSE. */
int time_limit_passed(struct time_limit limit);
