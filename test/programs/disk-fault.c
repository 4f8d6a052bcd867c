/* disk-fault.c - another CPU submits a request that is nowhere.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

static void submit(void *os)
{
    ((const struct baremetal *)os)->disk_submit(0, (void *)8, 1);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    (void)argc;
    (void)argv;
    os->cpu_run(1, submit, (void *)os);
    os->delay_us(30000000);
    return 0;
}
