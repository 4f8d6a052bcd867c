/* system-write.c - writes into the system's code: #PF, vector 14.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

int main(int argc, char **argv, const struct baremetal *os)
{
    (void)argc;
    (void)argv;
    *(volatile uint32_t *)(uintptr_t)os->write = 0;
    return 0;
}
