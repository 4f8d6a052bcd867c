/* bench-calls.c - what a call of the system costs that does next to nothing.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints for each call: "figure", its name, minimum, median, number of
 * samples: instructions, where the TSC counts them, from the CALL to the RET,
 * both included; without those that load arguments.
 */
#include <baremetal.h>
#include "measure.h"

#define TABLE(slot) (*(const uint64_t *)(0x100010 + 8 * (slot)))
enum { B_INPUT = 0, B_OUTPUT = 1, B_SYSTEM = 6, B_USER = 7 };
enum { TIMECOUNTER = 0x00, NUMCORES = 0x11, UNKNOWN = 0x7C, TSC = 0x1F };

static const struct baremetal *os;
static uint64_t overhead;

static void print(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    os->write(text, length);
}

static void print_number(uint64_t value)
{
    char text[24], *p = text + sizeof text;

    *--p = 0;
    do
        *--p = (char)('0' + value % 10);
    while (value /= 10);
    print(" ");
    print(p);
}

static void series_print(const char *name, struct series *series)
{
    series_sort(series);
    print("figure ");
    print(name);
    print_number(series->values[0] - overhead);
    print_number(series->values[series->count / 2] - overhead);
    print_number(series->count);
    print("\n");
}

/* Ticks between two readings of the clock with the call, or nothing, between
 * them. What it gets is the same for both kinds of calls: RCX is 0 or a
 * function's number, RDI and RSI point to what may be written. */
#define MEASURE(instruction, address, count)                              \
    ({                                                                    \
        uint64_t scratch[2], rax = (address), rcx = (count), rdx;         \
        void *rdi = scratch, *rsi = scratch;                              \
        __asm__ volatile("movq %%rax, %%rbx\n\t"                          \
                         "rdtsc\n\t"                                      \
                         "movl %%eax, %%r12d\n\t"                         \
                         instruction                                      \
                         "rdtsc\n\t"                                      \
                         "subl %%r12d, %%eax"                             \
                         : "+a"(rax), "+c"(rcx), "=d"(rdx), "+D"(rdi),    \
                           "+S"(rsi)                                      \
                         :                                                \
                         : "rbx", "r8", "r9", "r10", "r11", "r12",        \
                           "memory", "cc");                               \
        (uint64_t)(uint32_t)rax;                                          \
    })

static void measure_overhead_of_it(void)
{
    overhead = UINT64_MAX;
    for (unsigned i = 0; i < MEASURE_SAMPLES; i++) {
        uint64_t value = MEASURE("", 0, 0);

        if (value < overhead)
            overhead = value;
    }
}

static void measure(const char *name, uint64_t address, uint64_t number)
{
    static struct series series;

    series.count = 0;
    for (unsigned i = 0; i < MEASURE_SAMPLES; i++)
        series_add(&series, MEASURE("call *%%rbx\n\t", address, number));
    series_print(name, &series);
}

int main(int argc, char **argv, const struct baremetal *interface)
{
    (void)argc;
    (void)argv;
    os = interface;
    measure_overhead_of_it();
    measure("native.cpu_count", (uint64_t)os->cpu_count, 0);
    measure("native.queue_length", (uint64_t)os->queue_length, 0);
    measure("native.time_ns", (uint64_t)os->time_ns, 0);
    measure("native.key", (uint64_t)os->key, 0);
    measure("b.user", TABLE(B_USER), 0);
    measure("b.output", TABLE(B_OUTPUT), 0);
    measure("b.system.unknown", TABLE(B_SYSTEM), UNKNOWN);
    measure("b.system.cores", TABLE(B_SYSTEM), NUMCORES);
    measure("b.system.tsc", TABLE(B_SYSTEM), TSC);
    measure("b.system.time", TABLE(B_SYSTEM), TIMECOUNTER);
    measure("b.input", TABLE(B_INPUT), 0);
    return 0;
}
