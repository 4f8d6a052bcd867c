/* smp-fault.c - a page fault on the CPU of that number, 0 without one.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * smp-fault 3         the boot CPU spins meanwhile
 * smp-fault 3 wait    it waits for that CPU
 * smp-fault 3 lock    it waits for a lock, interrupts off
 */
#include "../../programs/text.h"

static struct baremetal_lock lock;

static void fault(void *argument)
{
    *(volatile char *)argument = 0;
}

/* Not before the boot CPU waits for the lock. */
static void fault_later(void *argument)
{
    while (lock.next < 2)
        __asm__ volatile("pause");
    fault(argument);
}

static void lock_twice(const struct baremetal *os)
{
    __asm__ volatile("cli");
    os->lock(&lock);
    os->lock(&lock);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    unsigned cpu = argc > 1 ? (unsigned)text_to_number(argv[1]) : 0;
    int locked = argc > 2 && argv[2][0] == 'l';
    void *nothing = (void *)0x123456789000;

    if (!cpu)
        fault(nothing);
    if (os->cpu_run(cpu, locked ? fault_later : fault, nothing))
        return 1;
    /* The fault ends this, wherever the boot CPU is. */
    if (locked)
        lock_twice(os);
    if (argc > 2)
        os->cpu_wait(cpu);
    for (;;)
        __asm__ volatile("pause");
}
