/* crash-call.c - goes wrong right after a call of the system.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

int main(int argc, char **argv, const struct baremetal *os)
{
    volatile int zero = 0;
    uint64_t number;

    (void)argv;
    number = os->pci_read(0, 0);
    return (int)number + argc / zero;
}
