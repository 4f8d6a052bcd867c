/* crash-wait.c - goes wrong when a key is typed.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

int main(int argc, char **argv, const struct baremetal *os)
{
    (void)argc;
    (void)argv;
    os->write("crash-wait: any key\n", 20);
    os->key_wait();
    *(volatile int *)0x123456789000 = 0;
    return 0;
}
