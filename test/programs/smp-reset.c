/* smp-reset.c - takes CPUs back by b_system's RESET, wherever they are.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints "smp-reset: all is well", or hangs at a lock that nobody frees, or
 * returns what was wrong.
 */
#include "../../programs/text.h"

/* The call, and its functions. */
#define B_SYSTEM "0x100040"
#define SMP_LOCK 0x14
#define SMP_UNLOCK 0x15
#define RESET 0x7D

#define ROUNDS 10
#define WORK_US 2000 /* that CPUs have before a reset */
#define BYTES 100

static const struct baremetal *system;
static volatile uint32_t locked, answers;

static void b_system(uint64_t function)
{
    uint64_t rax = 0;

    __asm__ volatile("call *" B_SYSTEM
                     : "+a"(rax) : "c"(function), "d"(0) : "memory", "cc");
}

/* The lock of the address 0 is the system's own. */
static void keep_lock(void *unused)
{
    (void)unused;
    b_system(SMP_LOCK);
    locked = 1;
    for (;;)
        __asm__ volatile("pause");
}

static void allocate(void *unused)
{
    void *memory;

    (void)unused;
    for (;;)
        if (!system->memory_allocate(BYTES, 0, &memory))
            system->memory_release(memory);
}

static void answer(void *unused)
{
    (void)unused;
    __atomic_fetch_add(&answers, 1, __ATOMIC_RELAXED);
}

/* 0 if each takes it. */
static int start_others(baremetal_work *work)
{
    for (unsigned cpu = 1; cpu < system->cpu_count(); cpu++)
        if (system->cpu_run(cpu, work, 0))
            return 1;
    return 0;
}

/* Every time the books of the allocator must be whole, and its lock free. */
static int check_allocator(void)
{
    void *memory;

    for (unsigned round = 0; round < ROUNDS; round++) {
        if (start_others(allocate))
            return 2;
        system->delay_us(WORK_US);
        b_system(RESET);
        if (system->memory_allocate(BYTES, 0, &memory) ||
            system->memory_release(memory))
            return 3;
    }
    return 0;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct text line = { 0 };
    int wrong;

    (void)argc;
    (void)argv;
    system = os;
    if (os->cpu_run(1, keep_lock, 0))
        return 1;
    while (!locked)
        __asm__ volatile("pause");
    b_system(RESET);
    b_system(SMP_LOCK);
    b_system(SMP_UNLOCK);
    wrong = check_allocator();
    if (wrong)
        return wrong;
    if (start_others(answer))
        return 4;
    os->cpu_wait_all();
    if (answers != os->cpu_count() - 1)
        return 5;
    text_add(&line, "smp-reset: all is well");
    text_print(&line, os);
    return 0;
}
