/* wild-load.c - loads from an address where nothing is: #PF, vector 14.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

/* In the lower half, beyond all physical memory a machine could have. */
#define WILD 0x123456789000

int main(int argc, char **argv, const struct baremetal *os)
{
    volatile int *volatile wild = (volatile int *)WILD;

    (void)argc;
    (void)argv;
    (void)os;
    return *wild;
}
