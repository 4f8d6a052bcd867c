/* div0.c - divides by zero: #DE, vector 0.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

int main(int argc, char **argv, const struct baremetal *os)
{
    volatile int zero = 0;

    (void)argv;
    (void)os;
    return argc / zero;
}
