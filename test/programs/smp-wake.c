/* smp-wake.c - does an item of the queue run while there are idle CPUs?
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In each round CPU 1, just woken for an item, is given other work, or asked
 * to help with a loop, which goes on until the item has run. Prints
 * "smp-wake: all is well", or how many rounds it did not.
 */
#include "../../programs/text.h"

#define ROUNDS 200
#define IDLE_US 500         /* for all CPUs to halt */
#define PATIENCE_NS 1000000000

static const struct baremetal *system;
static volatile uint32_t done, late;

static void run_item(void *unused)
{
    (void)unused;
    done = 1;
}

static void wait_for_item(void *unused)
{
    uint64_t start, now;

    (void)unused;
    system->time_ns(&start);
    while (!done && !system->time_ns(&now) && now - start < PATIENCE_NS)
        __asm__ volatile("pause");
    if (!done)
        __atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
}

static void wait_in_loop(uint64_t begin, uint64_t end, void *unused)
{
    (void)begin;
    (void)end;
    wait_for_item(unused);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct text line = { 0 };

    (void)argc;
    (void)argv;
    system = os;
    for (unsigned round = 0; round < ROUNDS; round++) {
        os->cpu_wait_all();
        done = 0;
        os->delay_us(IDLE_US);
        if (os->queue_add(run_item, 0))
            return 1;
        if (round % 2) {
            os->parallel_for(0, 2, 1, wait_in_loop, 0);
            continue;
        }
        if (!os->cpu_run(1, wait_for_item, 0))
            os->cpu_wait(1);
    }
    text_add(&line, "smp-wake: ");
    if (late)
        text_number(&line, late, 0);
    text_add(&line, late ? " rounds too late" : "all is well");
    text_print(&line, os);
    return late != 0;
}
