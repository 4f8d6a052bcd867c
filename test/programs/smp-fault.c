/* smp-fault.c - a page fault on the CPU of that number, 0 without one.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * smp-fault 3         the boot CPU spins meanwhile
 * smp-fault 3 wait    it waits for that CPU
 * smp-fault 3 lock    it waits for a lock, interrupts off
 * smp-fault 3 time    it calls the system again and again, interrupts off
 * smp-fault 3 end     it is in the system, interrupts off, then returns 7
 */
#include "../../programs/text.h"

#define STATUS 7
#define IN_THE_SYSTEM_US 50000

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

static void read_time(const struct baremetal *os)
{
    uint64_t ns;

    __asm__ volatile("cli");
    for (;;)
        os->time_ns(&ns);
}

static int end(const struct baremetal *os)
{
    __asm__ volatile("cli");
    os->delay_us(IN_THE_SYSTEM_US);
    return STATUS;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    unsigned cpu = argc > 1 ? (unsigned)text_to_number(argv[1]) : 0;
    char how = argc > 2 ? argv[2][0] : 's';
    void *nothing = (void *)0x123456789000;

    if (!cpu)
        fault(nothing);
    if (os->cpu_run(cpu, how == 'l' ? fault_later : fault, nothing))
        return 1;
    /* The fault ends this, wherever the boot CPU is. */
    if (how == 'l')
        lock_twice(os);
    if (how == 't')
        read_time(os);
    if (how == 'e')
        return end(os);
    if (how == 'w')
        os->cpu_wait(cpu);
    for (;;)
        __asm__ volatile("pause");
}
