/* clock.c - a clock on the screen, driven by the timer's callback.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     clock [SECONDS]
 *
 * The timer calls once, after the time it was given: a callback that wants to
 * be called again says so. It runs between two instructions of the program,
 * so it only counts here; the program prints. Until something happens the CPU
 * is halted. A key ends it, or the seconds.
 */
#include <baremetal.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND 1000000000ull

static const struct baremetal *os;

/* Written by the callback, read by the program: volatile, so that the
 * compiler looks each time. */
static volatile unsigned seconds;

/* Each time is counted from the first one: delays do not add up. */
static uint64_t next;

static void tick(void *argument)
{
    uint64_t now;

    (void)argument;
    seconds++;
    next += SECOND;
    os->time_ns(&now);
    os->timer(next > now ? next - now : 0, tick, 0);
}

static void print_time(void)
{
    struct baremetal_date date;

    if (os->date(&date))
        printf("%c%u s", BAREMETAL_RETURN, seconds);
    else
        printf("%c%02u:%02u:%02u, %u s", BAREMETAL_RETURN, date.hour,
               date.minute, date.second, seconds);
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    unsigned limit = argc > 1 ? (unsigned)atoi(argv[1]) : 0, shown = 0;

    os = interface;
    if (os->time_ns(&next)) {
        puts("clock: this machine has no clock");
        return 1;
    }
    next += SECOND;
    os->timer(SECOND, tick, 0);
    print_time();
    while (!os->key() && (!limit || seconds < limit)) {
        if (shown != seconds) {
            shown = seconds;
            print_time();
        }
        /* Interrupts are off until HLT has begun: none slips between. */
        __asm__ volatile("cli");
        if (shown == seconds)
            __asm__ volatile("sti; hlt");
        else
            __asm__ volatile("sti");
    }
    print_time();
    puts("");
    return 0;
}
