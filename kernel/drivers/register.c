/* register.c - waiting for a device.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "register.h"
#include <baremetal.h>
#include <kernel/time.h>

int register_wait(const volatile uint32_t *where, uint32_t mask,
                  uint32_t value, uint32_t us)
{
    struct time_limit limit = time_limit_us(us);
    int passed;

    /* The clock is read before the device: whoever stops this CPU for long
     * does not turn an answer that came meanwhile into an error. */
    do {
        uint32_t now;

        passed = time_limit_passed(limit);
        now = *where;
        if ((now & mask) == value)
            return 0;
        passed |= !~now; /* all ones: the device is gone */
    } while (!passed);
    return BAREMETAL_ETIME;
}
