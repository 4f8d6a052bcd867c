/* callbacks.c - timer callbacks in the middle of a program that uses its red
 * zone, flags and vector registers, and while it is in the system.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <baremetal.h>

#define ROUNDS 300
#define MS 1000000ull

static const struct baremetal *system;
static volatile unsigned calls;
static unsigned wanted;
static uint64_t last, early;
static uint64_t period;

static void say(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    system->write(text, length);
}

static uint64_t now(void)
{
    uint64_t ns = 0;

    system->time_ns(&ns);
    return ns;
}

/* Uses every vector register, the red zone below it, and calls. */
static void tick(void *argument)
{
    uint64_t ns = now();

    if (argument != &calls || ns - last < period)
        early++;
    last = ns;
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovaps %%xmm0, %%xmm7\n\t"
                     "movaps %%xmm0, %%xmm15\n\tfninit\n\tfldz\n\tstd\n\tcld\n\t"
                     ::: "xmm0", "xmm7", "xmm15", "memory");
    calls++;
    if (calls < wanted)
        system->timer(period, tick, argument);
}

static void start(unsigned count, uint64_t ns)
{
    calls = 0;
    wanted = count;
    period = ns;
    last = now();
    system->timer(ns, tick, (void *)&calls);
}

/* Until all calls have come: patterns in registers and in the red zone, which
 * must still be there. Returns how often they were not. */
static uint64_t compute(void)
{
    uint64_t wrong = 0;

    while (calls < wanted) {
        uint64_t bad;

        __asm__ volatile(
            "movq $0x1234567, %%rcx\n\t"
            "movq %%rcx, %%xmm0\n\tmovq %%rcx, %%xmm7\n\tmovq %%rcx, %%xmm15\n\t"
            "movq %%rcx, -8(%%rsp)\n\tmovq %%rcx, -128(%%rsp)\n\t"
            "movq %%rcx, %%r8\n\tmovq %%rcx, %%r11\n\t"
            "movl $2000, %%edx\n\t"
            "1: decl %%edx\n\tjnz 1b\n\t"
            "xorl %%eax, %%eax\n\t"
            "movq %%xmm0, %%rdx\n\tsubq %%rcx, %%rdx\n\torq %%rdx, %%rax\n\t"
            "movq %%xmm7, %%rdx\n\tsubq %%rcx, %%rdx\n\torq %%rdx, %%rax\n\t"
            "movq %%xmm15, %%rdx\n\tsubq %%rcx, %%rdx\n\torq %%rdx, %%rax\n\t"
            "movq -8(%%rsp), %%rdx\n\tsubq %%rcx, %%rdx\n\torq %%rdx, %%rax\n\t"
            "movq -128(%%rsp), %%rdx\n\tsubq %%rcx, %%rdx\n\t"
            "orq %%rdx, %%rax\n\t"
            "subq %%rcx, %%r8\n\torq %%r8, %%rax\n\t"
            "subq %%rcx, %%r11\n\torq %%r11, %%rax\n\t"
            : "=a"(bad)
            :
            : "rcx", "rdx", "r8", "r11", "xmm0", "xmm7", "xmm15", "memory",
              "cc");
        wrong += bad != 0;
    }
    return wrong;
}

static int check(const char *what, int good)
{
    say(what);
    say(good ? ": ok\n" : ": WRONG\n");
    return !good;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    static char line[] = ".";
    int failed = 0;
    uint64_t wrong;

    (void)argv;
    system = os;
    start(ROUNDS, MS / 5);
    wrong = compute();
    failed += check("registers and red zone", !wrong && calls == ROUNDS);

    start(5, MS);
    os->delay_us(300000); /* five take 5 ms, on a host that has the time */
    failed += check("while it delays", calls == 5);

    start(1, 200 * MS); /* the host may take some time between these two */
    os->timer(0, 0, 0);
    os->delay_us(250000);
    failed += check("taken back", calls == 0);

    /* While it writes, the system is at work most of the time. */
    start(20, MS / 5);
    while (calls < wanted)
        os->write(line, 1);
    failed += check("\nwhile it writes", calls == 20);

    failed += check("never early", early == 0);
    if (argc > 1) { /* what happens if it ends with one under way? */
        start(1, MS);
        return 0;
    }
    say(failed ? "callbacks: FAILED\n" : "callbacks: all is well\n");
    return failed;
}
