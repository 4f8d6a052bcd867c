/* interrupt.h - the IDT.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Every vector has a stack of its own (IST), so the red zone of the code it
 * interrupts stays whole; handlers run with interrupts off.
 */
#pragma once
#include <stdint.h>

/* What a handler's stub leaves on the stack, lowest address first. */
struct interrupt_frame {
    uint64_t registers[15]; /* RAX RBX RCX RDX RSI RDI RBP R8..R15 */
    uint64_t vector;
    uint64_t error;         /* what the CPU pushed, 0 if it pushes none */
    uint64_t rip, cs, rflags, rsp, ss;
};

#define INTERRUPT_RDI 5

/* Fills the IDT and loads it on the boot CPU, after cpu_init. */
void interrupt_init(void);

/* Loads the IDT; every CPU, once, when its TSS is loaded. */
void interrupt_load(void);

/* What a CPU that still waits in pure64 answers to. */
#define INTERRUPT_TAKE_OVER 0x81
/* Ends HLT; the boot CPU looks at program_check. */
#define INTERRUPT_WAKE 0x82

/* What the kernel hands on to os: struct os_head's interrupt. */
#define INTERRUPT_DEVICES 0x30
#define INTERRUPT_DEVICES_END 0x80

/* Gives up what a handler on this CPU may hold that will not return to what
 * it interrupted: an interrupt in service, and what it holds in os. */
void interrupt_leave(void);
