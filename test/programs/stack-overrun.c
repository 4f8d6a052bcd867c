/* stack-overrun.c - recurses until it meets the page below its stack.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The access to the guard page is a #PF, and the CPU has no stack to push
 * its frame on: only an interrupt stack of its own lets the report come.
 */
#include <baremetal.h>

static volatile int bottom;

static int sink(int depth)
{
    volatile char frame[256];

    frame[0] = (char)depth;
    if (bottom)
        return depth;
    return sink(depth + 1) + frame[0];
}

int main(int argc, char **argv, const struct baremetal *os)
{
    (void)argv;
    (void)os;
    return sink(argc);
}
