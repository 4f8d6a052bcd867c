/* null-jump.c - calls a null pointer: #PF at address 0, vector 14.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

int main(int argc, char **argv, const struct baremetal *os)
{
    void (*volatile function)(void) = 0;

    (void)argc;
    (void)argv;
    (void)os;
    function();
    return 0;
}
