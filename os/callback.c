/* callback.c - calling a program's functions from interrupts.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "callback.h"
#include "net_callback.h"
#include "file_calls.h"
#include "input.h"
#include "system.h"
#include "timer.h"
#include <pure64/cpu.h>

/* Retry after so long if the system was at work. */
#define RETRY_US 20

/* System V AMD64 ABI, "The Stack Frame": below RSP, the program's. */
#define RED_ZONE 128

#define FLAGS_INTERRUPTS (1u << 9)
#define CPUID_1_ECX_OSXSAVE (1u << 27)
#define CPUID_XSAVE 0xD
#define FXSAVE_BYTES 512

/* callback_entry.asm: XSAVE's area, or FXSAVE's 512 bytes. */
extern uint32_t callback_state_bytes;
uint32_t callback_state_bytes;
/* legacy_entry.asm, too: where the interrupted program's registers are, 0 while
 * no callback runs or the system called it from a wait. */
extern uint64_t callback_registers;
uint64_t callback_registers;
void callback_entry(void);
void callback_call(void);

static volatile int running;

void callback_start(void)
{
    callback_state_bytes = FXSAVE_BYTES;
    if (cpu_cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE)
        callback_state_bytes = cpu_cpuid(CPUID_XSAVE, 0).ebx;
}

void callback_reset(void)
{
    running = 0;
    callback_registers = 0;
    timer_reset();
    net_callback_reset();
    input_callback_reset();
    __atomic_fetch_and(os_system.kernel->attention, (uint8_t)~KERNEL_CALLBACK,
                       __ATOMIC_RELAXED);
}

void callback_raise(void)
{
    __atomic_fetch_or(os_system.kernel->attention, KERNEL_CALLBACK,
                      __ATOMIC_RELAXED);
}

void callback_run(void)
{
    volatile uint8_t *attention = os_system.kernel->attention;

    if (running)
        return;
    do {
        running = 1;
        while (__atomic_fetch_and(attention, (uint8_t)~KERNEL_CALLBACK,
                                  __ATOMIC_RELAXED) & KERNEL_CALLBACK) {
            timer_run_callback();
            net_callback_run();
            input_callback_run();
        }
        running = 0;
        /* An interrupt before that has left what it raised to us. */
    } while (*attention & KERNEL_CALLBACK);
}

/* callback_entry ends with IRET: what that takes goes on the stack. */
static void enter_from(struct interrupt_frame *frame)
{
    uint64_t *stack = (uint64_t *)((frame->rsp - RED_ZONE) & -16ull) - 6;

    stack[0] = frame->rip;
    stack[1] = frame->cs;
    stack[2] = frame->rflags;
    stack[3] = frame->rsp;
    stack[4] = frame->ss;
    frame->rip = (uint64_t)callback_entry;
    frame->rsp = (uint64_t)stack;
}

static int is_due(void)
{
    return *os_system.kernel->attention & KERNEL_CALLBACK && !running;
}

void callback_interrupted(struct interrupt_frame *frame)
{
    if (!is_due())
        return;
    if (frame->rip < LAYOUT_LOW_RAM)
        timer_retry(RETRY_US);
    else
        enter_from(frame);
}

int callback_is_running(void)
{
    return running;
}

void callback_later(void)
{
    if (is_due())
        timer_retry(RETRY_US);
}

void callback_check(void)
{
    if (is_due() && cpu_flags() & FLAGS_INTERRUPTS &&
        !os_system.kernel->block_held() && !file_calls_boot_held())
        callback_call();
}
