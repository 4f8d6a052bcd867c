/* debug-calls.c - the calls for looking for mistakes, and that they keep every
 * register and flag.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * debug-calls           on the boot CPU
 * debug-calls 1         on CPU 1
 */
#include "../../programs/text.h"

/* Not static: such functions are neither copied nor given other names. */
#define NOINLINE __attribute__((noinline))
NOINLINE void inner(void);
NOINLINE void outer(void *argument);
#define REGISTERS 15 /* RAX RBX RCX RDX RSI RDI RBP R8..R15 */

static const struct baremetal *system_calls;
static volatile unsigned wrong;

extern uint64_t probe_in[REGISTERS], probe_out[REGISTERS + 1];
extern void (*probe_target)(void);
__attribute__((used)) uint64_t probe_in[REGISTERS];
__attribute__((used)) uint64_t probe_out[REGISTERS + 1];
__attribute__((used)) void (*probe_target)(void);
NOINLINE void probe(void);

#define LOAD(n, reg) "movq probe_in+8*" #n ", %%" #reg "\n"
#define STORE(n, reg) "movq %%" #reg ", probe_out+8*" #n "\n"
#define EACH(do) \
    do(0, rax) do(1, rbx) do(2, rcx) do(3, rdx) do(4, rsi) do(5, rdi) \
    do(6, rbp) do(7, r8) do(8, r9) do(9, r10) do(10, r11) do(11, r12) \
    do(12, r13) do(13, r14) do(14, r15)

/* Calls probe_target with the registers of probe_in and carry set. */
void probe(void)
{
    __asm__ volatile("pushq %%rbp\n"
                     "pushq %%rbp\n" /* a multiple of 16 again */
                     EACH(LOAD)
                     "stc\n"
                     "call *probe_target\n"
                     EACH(STORE)
                     "pushfq\n"
                     "popq probe_out+8*15\n"
                     "popq %%rbp\n"
                     "popq %%rbp\n"
                     : : : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8",
                       "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc",
                       "memory");
}

static void check(void (*call)(void))
{
    for (unsigned i = 0; i < REGISTERS; i++)
        probe_in[i] = 0x1111111111111111u * (i + 1);
    probe_target = call;
    probe();
    for (unsigned i = 0; i < REGISTERS; i++)
        wrong += probe_out[i] != probe_in[i];
    wrong += (probe_out[REGISTERS] & 1) != 1;
}

void inner(void)
{
    system_calls->debug_backtrace();
    __asm__ volatile("int3"); /* the line after the backtrace's */
    system_calls->debug_break();
    __asm__ volatile("");
}

void outer(void *argument)
{
    (void)argument;
    inner();
    check(system_calls->debug_registers);
    check(system_calls->debug_break);
    check(system_calls->debug_backtrace);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    static const char text[] = "0123456789abcdefXYZ";

    (void)argv;
    system_calls = os;
    if (argc > 1) {
        os->cpu_run(1, outer, 0);
        os->cpu_wait(1);
    } else {
        outer(0);
    }
    if (os->debug_memory(text, sizeof text - 1) ||
        os->debug_memory((void *)0x123456789000, 8) != BAREMETAL_EFAULT ||
        os->debug_memory((void *)~0ull, 8) != BAREMETAL_EFAULT)
        return 2;
    if (wrong)
        return 1;
    os->write("debug-calls: all is well\n", 25);
    return 0;
}
