/* time.c - limits for waits on hardware.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>

/* Used when the frequency is not known. */
#define TIME_HZ_HIGHEST 4000000000

#define US_PER_S 1000000

struct time_limit time_limit_us(uint32_t us)
{
    uint64_t hz = SYSINFO_EXTENSION->tsc_hz;
    struct time_limit limit;

    if (!hz)
        hz = TIME_HZ_HIGHEST;
    limit.tsc_end = cpu_tsc() + us * (hz / US_PER_S + 1);
    return limit;
}

int time_limit_passed(struct time_limit limit)
{
    cpu_pause();
    return (int64_t)(cpu_tsc() - limit.tsc_end) >= 0;
}
