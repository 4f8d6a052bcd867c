/* cpu.h - the kernel's per-CPU block; taking over, running and stopping CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A block is a page, the boot CPU's two: the stacks, then struct cpu.
 */
#pragma once
#include <kernel/interrupt.h>
#include <kernel/services.h>
#include <stdint.h>

#define CPU_CODE 0x08 /* selectors, the same as pure64's */
#define CPU_DATA 0x10
#define CPU_TSS 0x18

/* Interrupt stacks: Intel SDM volume 3, "Interrupt Stack Table". */
enum cpu_ist {
    CPU_IST_COMMON = 1,
    CPU_IST_NMI,
    CPU_IST_DOUBLE_FAULT,
    CPU_IST_MACHINE_CHECK,
};

struct cpu_tss {
    uint32_t reserved_0;
    uint64_t rsp[3];
    uint64_t ist[8];      /* ist[0] is reserved */
    uint64_t reserved_92;
    uint16_t reserved_100, io_map;
} __attribute__((packed));

enum cpu_sleep {
    CPU_AWAKE,            /* at work, or looking for some */
    CPU_WAKE,             /* to look (again): somebody stored work for it */
    CPU_HALTED,           /* uses nothing of program and os, until woken */
};

struct cpu {
    struct kernel_cpu os; /* what os sees; first, for os has the same table */
    volatile uint32_t sleep; /* enum cpu_sleep; what MONITOR watches */
    volatile uint32_t asked; /* 1: sent an interrupt that it did not answer */
    uint32_t program;     /* for which FS and GS were last reset */
    uint32_t number;      /* 0 is the boot CPU */
    uint64_t gdt[5];      /* null, code, data, TSS (two entries) */
    struct cpu_tss tss;
};

/* The block of the CPU that asks: the one its GDT is in. GS and FS are the
 * programs'. Any CPU of the kernel. */
struct cpu *cpu_this(void);

/* Number of the CPU that asks. */
unsigned cpu_number(void);

/* CPUs that are the kernel's, and their blocks by number. Any CPU. */
unsigned cpu_count(void);
struct cpu *const *cpu_table(void); /* 0 behind the last */

/* FS and GS bases 0, as a program finds them. Any CPU. */
void cpu_reset_bases(void);

/* The boot CPU's block, GDT and TSS. After memory_init. */
void cpu_init(void);

/* Takes over all other running CPUs; each idles from then on. A CPU that
 * does not answer in time, or for whose stack there is no memory, is not
 * counted. Boot CPU, once, after interrupt_init. */
void cpu_take_over(void);

/* What vector INTERRUPT_TAKE_OVER does: makes the CPU that is asked the
 * kernel's, and then does not return. Any CPU. */
void cpu_answer(void);

/* cpu_idle.c, cpu.asm. */

/* Where a CPU without work stays: looks for work, runs it, waits. On its
 * idle stack, interrupts off. */
void cpu_idle(struct cpu *cpu) __attribute__((noreturn));

/* Lets the CPUs look for work; until then, and from cpu_stop on, they touch
 * nothing of program and os. Boot CPU. */
void cpu_release(void);

/* Undoes cpu_release and cpu_policy. CPUs may be at work for the program
 * until they halt or are stopped. Boot CPU. */
void cpu_close(void);

/* 1 from cpu_close to cpu_release. Any CPU. */
int cpu_is_closed(void);

/* See struct baremetal and struct kernel_services. */
int cpu_policy(enum baremetal_policy policy, uint32_t spin_us);
void cpu_wake(unsigned number);

/* cpu_stop.c */

/* Brings every other CPU back to cpu_idle, whatever it does; one that takes
 * longer than five seconds is lost, until the first stop after it came. Work
 * that was given is dropped. Boot CPU. */
void cpu_stop(void);

/* Makes the boot CPU look at program_check soon. Other CPUs, interrupts on or
 * off. */
void cpu_tell_boot(void);

/* Makes the interrupted CPU, not the boot CPU, go to cpu_idle when the handler
 * returns; it has given up what it held. That CPU. */
void cpu_abandon(struct interrupt_frame *frame);

/* A non-maskable interrupt: returns 0 if it is none of ours. Any CPU. */
int cpu_answer_nmi(struct interrupt_frame *frame);
