/* crash-deep.c - goes wrong some calls deep, in one way or another.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * crash-deep         a wild store, on the boot CPU
 * crash-deep work    the same as work of CPU 1
 * crash-deep system  a call of the system with a pointer that cannot be
 * crash-deep disk    the same, while the system has the lock of all disks
 * crash-deep file    the same in a file call, which refuses it: no crash
 * crash-deep frames  after it has written over its frame pointer
 * crash-deep recurse more often than there is stack
 */
#include <baremetal.h>

/* Not static: such functions are neither copied nor given other names. */
#define NOINLINE __attribute__((noinline))
NOINLINE void store(volatile int *where, int value);
NOINLINE int middle(const char *how);
NOINLINE int recurse(volatile int *last);
NOINLINE void outer(void *how);

static const struct baremetal *system_calls;

void store(volatile int *where, int value)
{
    *where = value;
}

int middle(const char *how)
{
    if (how[0] == 's')
        system_calls->write((const char *)0x123456789000, 10);
    if (how[0] == 'd')
        system_calls->disk_submit(0, (void *)8, 1);
    if (how[0] == 'f')
        return system_calls->file_open((const char *)0x123456789000, 1);
    if (how[0] == 'f' + 1)
        __asm__ volatile("mov $0xFFFFC00000000000, %%rbp"
                         : : : "memory");
    store((volatile int *)0x123456789000, 1);
    return 1;
}

int recurse(volatile int *last)
{
    volatile int here = last ? *last + 1 : 0;

    return here < 0 ? here : recurse(&here) + here;
}

void outer(void *how)
{
    system_calls->write("down\n", 5);
    middle(how);
    system_calls->write("up\n", 3);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    const char *how = argc > 1 ? argv[1] : "";

    system_calls = os;
    if (how[0] == 'r')
        return recurse(0);
    if (how[0] == 'f' && how[1] == 'r')
        how = "g";
    if (how[0] != 'w') {
        outer((void *)how);
        return 0;
    }
    os->cpu_run(1, outer, (void *)how);
    os->cpu_wait(1);
    return 0;
}
