/* cpu.h - the kernel's per-CPU block, and taking over the CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A block is two pages: the stacks, then struct cpu, to which GS points.
 */
#pragma once
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

struct cpu {
    struct cpu *self;     /* at GS:0 */
    struct cpu *next;     /* in order of number; 0 behind the last */
    uint32_t number;      /* 0 is the boot CPU */
    uint32_t apic_id;
    volatile uint32_t alive; /* set by itself once it is the kernel's */
    uint32_t reserved;
    uint64_t gdt[5];      /* null, code, data, TSS (two entries) */
    struct cpu_tss tss;
};

/* The block of the CPU that asks. Any CPU; not while a program may have
 * changed GS, for that see cpu_bases_reset. */
static inline struct cpu *cpu_this(void)
{
    struct cpu *cpu;
    __asm__ volatile("movq %%gs:0, %0" : "=r"(cpu) : : "memory");
    return cpu;
}

static inline unsigned cpu_number(void)
{
    return cpu_this()->number;
}

/* CPUs that are the kernel's. Any CPU. */
unsigned cpu_count(void);

/* Points GS to this CPU's block again, whatever a program did to it, and FS
 * to 0. Any CPU. */
void cpu_bases_reset(void);

/* The boot CPU's block, GDT, TSS and GS. After memory_init. */
void cpu_init(void);

/* Takes over all other running CPUs; each idles (HLT) from then on. A CPU
 * that does not answer in time is not counted. Boot CPU, once, after
 * interrupt_init. */
void cpu_take_over(void);

/* What vector INTERRUPT_TAKE_OVER does: makes the CPU that is asked the
 * kernel's, and then does not return. Any CPU. */
void cpu_answer(void);
