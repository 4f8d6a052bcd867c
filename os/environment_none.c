/* environment_none.c - an empty environment, where nothing else provides one.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "system_calls.h"

const char *environment_get(unsigned number);

__attribute__((weak)) const char *environment_get(unsigned number)
{
    (void)number;
    return 0;
}

const char *system_environment(unsigned number)
{
    return environment_get(number);
}
