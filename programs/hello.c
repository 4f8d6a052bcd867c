/* hello.c - the smallest program in C.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

int main(int argc, char **argv, const struct baremetal *os)
{
    static const char text[] = "Hello, world!\n";

    (void)argc;
    (void)argv;
    os->write(text, sizeof text - 1);
    return 0;
}
