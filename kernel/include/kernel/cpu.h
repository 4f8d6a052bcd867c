/* cpu.h - the kernel's per-CPU block, and taking over the CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A block is two pages: the stacks, then struct cpu.
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
    struct cpu *next;     /* in order of number; 0 behind the last */
    uint32_t number;      /* 0 is the boot CPU */
    uint32_t apic_id;
    volatile uint32_t alive; /* set by itself once it is the kernel's */
    uint32_t reserved;
    uint64_t gdt[5];      /* null, code, data, TSS (two entries) */
    struct cpu_tss tss;
};

/* The block of the CPU that asks: the one its GDT is in. GS and FS are the
 * programs'. Any CPU of the kernel. */
struct cpu *cpu_this(void);

/* Number of the CPU that asks. */
unsigned cpu_number(void);

/* CPUs that are the kernel's. Any CPU. */
unsigned cpu_count(void);

/* The boot CPU's block, GDT and TSS. After memory_init. */
void cpu_init(void);

/* Takes over all other running CPUs; each idles (HLT) from then on. A CPU
 * that does not answer in time is not counted. Boot CPU, once, after
 * interrupt_init. */
void cpu_take_over(void);

/* What vector INTERRUPT_TAKE_OVER does: makes the CPU that is asked the
 * kernel's, and then does not return. Any CPU. */
void cpu_answer(void);
