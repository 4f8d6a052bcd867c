/* legacy_callback.c - callbacks of flat programs of the original system.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "legacy_callback.h"
#include "legacy_calls.h"
#include "system.h"

#define PERIOD_NS 1000000    /* unless the program sets another one */
#define PERIOD_MIN_NS 1000   /* struct baremetal's timer_periodic */

static struct {
    uint64_t callback;  /* address or 0 */
    uint64_t period_ns; /* 0: stopped */
} timer;

void legacy_callback_reset(void)
{
    timer.callback = 0;
    timer.period_ns = PERIOD_NS;
}

/* How the native calls get a flat program's function. */
static baremetal_callback *entry(uint64_t address)
{
    return address ? legacy_callback : 0;
}

static void start_timer(void)
{
    baremetal_callback *callback = timer.period_ns ? entry(timer.callback) : 0;

    os_system.os->timer_periodic(timer.period_ns, callback,
                                 (void *)timer.callback);
}

void legacy_callback_timer(uint64_t address)
{
    timer.callback = address;
    start_timer();
}

void legacy_timer_set(uint64_t period_ns)
{
    if (period_ns && period_ns < PERIOD_MIN_NS)
        period_ns = PERIOD_MIN_NS;
    timer.period_ns = period_ns;
    start_timer();
}

void legacy_callback_network(uint64_t address)
{
    struct baremetal_net info;

    for (unsigned net = 0; !os_system.os->net_info(net, &info); net++)
        os_system.os->net_callback(net, entry(address), (void *)address);
}

void legacy_callback_keyboard(uint64_t address)
{
    os_system.os->key_callback(entry(address), (void *)address);
}
