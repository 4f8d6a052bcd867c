/* callback-calls.c - callbacks that make the call they have interrupted.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     callback-calls registers   a call keeps them when a callback comes in it
 *     callback-calls disk        both read at odd addresses
 *     callback-calls memory      RESET in main, allocation in the callback
 *     callback-calls network     asked for with interrupts off
 */
#include <baremetal.h>

#define PERIOD_NS 300000
#define B_SYSTEM "*0x100040"
#define RESET 0x7D

static const struct baremetal *system;
static volatile unsigned calls, frames;
static char buffer[4096 + 1], other[512 * 8 + 1];

static void say(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    system->write(text, length);
}

static void change_registers(void *argument)
{
    (void)argument;
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovaps %%xmm0, %%xmm7"
                     ::: "xmm0", "xmm7");
    calls++;
}

/* Returns 0 if xmm0 and xmm7 are after the call what they were before. */
static uint64_t check_registers(void)
{
    int (*delay)(uint64_t) = system->delay_us;
    uint64_t changed;

    system->timer(PERIOD_NS, change_registers, 0);
    __asm__ volatile("movl $0x1234567, %%ecx\n\t"
                     "movq %%rcx, %%xmm0\n\tmovq %%rcx, %%xmm7\n\t"
                     "movq %%rsp, %%rbx\n\tsubq $256, %%rsp\n\t"
                     "andq $-16, %%rsp\n\tmovl $300000, %%edi\n\t"
                     "call *%1\n\tmovq %%rbx, %%rsp\n\t"
                     "movq %%xmm0, %%rax\n\tsubq $0x1234567, %%rax\n\t"
                     "movq %%xmm7, %%rcx\n\tsubq $0x1234567, %%rcx\n\t"
                     "orq %%rcx, %%rax"
                     : "=a"(changed) : "r"(delay)
                     : "rcx", "rdx", "rbx", "rsi", "rdi", "r8", "r9", "r10",
                       "r11", "xmm0", "xmm7", "memory", "cc");
    return changed;
}

static void read_disk(void *argument)
{
    calls++;
    system->disk_read(0, 1, 1, other + 1);
    system->timer(PERIOD_NS, read_disk, argument);
}

static int check_disk(void)
{
    int error = 0;

    system->timer(PERIOD_NS, read_disk, 0);
    for (unsigned i = 0; i < 2000; i++)
        error |= system->disk_read(0, 0, 1, buffer + 1);
    return error;
}

static void use_memory(void *argument)
{
    void *memory;

    calls++;
    if (!system->memory_allocate(100, 0, &memory))
        system->memory_release(memory);
    system->timer(PERIOD_NS, use_memory, argument);
}

static int check_memory(void)
{
    system->timer(PERIOD_NS, use_memory, 0);
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t rax = 0;

        __asm__ volatile("call " B_SYSTEM : "+a"(rax)
                         : "c"((uint64_t)RESET), "d"(0ull) : "memory", "cc");
    }
    return 0;
}

static void take_frames(void *argument)
{
    void *frame;

    (void)argument;
    calls++;
    while (system->net_receive(0, &frame) > 0)
        frames++;
}

static int check_network(void)
{
    __asm__ volatile("cli");
    int error = system->net_callback(0, take_frames, 0);

    say("ready\n");
    __asm__ volatile("sti");
    for (unsigned i = 0; !error && i < 100 && !frames; i++)
        system->delay_us(100000);
    return error || !frames;
}

int main(int argc, char **argv, const struct baremetal *os)
{
    int wrong = 1;

    system = os;
    if (argc > 1)
        switch (argv[1][0]) {
        case 'r':
            wrong = check_registers() != 0;
            break;
        case 'd':
            wrong = check_disk();
            break;
        case 'm':
            wrong = check_memory();
            break;
        case 'n':
            wrong = check_network();
            break;
        }
    os->timer(0, 0, 0);
    say(wrong ? "callback-calls: WRONG\n"
        : calls ? "callback-calls: all is well\n"
                : "callback-calls: none came\n");
    return wrong;
}
