/* cpu.h - instructions that C has no word for, one wrapper each.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Names and bits are those of the Intel SDM and the AMD APM. All but
 * cpu_pause, cpu_tsc and cpu_cpuid are privileged (ring 0).
 */
#pragma once
#include <stdint.h>

#define CR0_PE (1u << 0)
#define CR0_MP (1u << 1)
#define CR0_ET (1u << 4)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_PG (1u << 31)
#define CR4_PAE (1u << 5)
#define CR4_MCE (1u << 6)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_OSXSAVE (1u << 18)

#define MSR_APIC_BASE 0x1B
#define MSR_APIC_BASE_BSP (1u << 8)
#define MSR_APIC_BASE_X2APIC (1u << 10)
#define MSR_APIC_BASE_ENABLE (1u << 11)
#define MSR_PAT 0x277
#define MSR_X2APIC 0x800 /* + register offset / 16 */
#define MSR_EFER 0xC0000080
#define MSR_FS_BASE 0xC0000100
#define MSR_GS_BASE 0xC0000101
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)

/* What SIDT, LIDT, SGDT and LGDT take. */
struct cpu_table_register {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct cpu_cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpu_cpuid cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpu_cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t cpu_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline void cpu_interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void cpu_interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/* Interrupts on and HLT, with no gap in which one could be missed. */
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

static inline void cpu_halt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

/* The address that cpu_mwait watches for a store. */
static inline void cpu_monitor(const volatile void *address)
{
    __asm__ volatile("monitor" : : "a"(address), "c"(0), "d"(0) : "memory");
}

/* Waits for a store there, an NMI or, if they are on, an interrupt; may end
 * without any of them. */
static inline void cpu_mwait(void)
{
    __asm__ volatile("mwait" : : "a"(0), "c"(0) : "memory");
}

/* RFLAGS; bit 9 is IF. */
#define RFLAGS_IF (1u << 9)
static inline uint64_t cpu_flags(void)
{
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
    return flags;
}

/* All of RFLAGS, the interrupt flag too. */
static inline void cpu_flags_restore(uint64_t flags)
{
    __asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

static inline uint64_t cpu_read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline void cpu_write_xcr0(uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(0), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

#define CPU_CONTROL_REGISTER(name)                                     \
    static inline uint64_t cpu_read_##name(void)                       \
    {                                                                  \
        uint64_t value;                                                \
        __asm__ volatile("movq %%" #name ", %0" : "=r"(value) : : "memory"); \
        return value;                                                  \
    }                                                                  \
    static inline void cpu_write_##name(uint64_t value)                \
    {                                                                  \
        __asm__ volatile("movq %0, %%" #name : : "r"(value) : "memory"); \
    }
CPU_CONTROL_REGISTER(cr0)
CPU_CONTROL_REGISTER(cr2)
CPU_CONTROL_REGISTER(cr3)
CPU_CONTROL_REGISTER(cr4)
CPU_CONTROL_REGISTER(dr0)
CPU_CONTROL_REGISTER(dr1)
CPU_CONTROL_REGISTER(dr2)
CPU_CONTROL_REGISTER(dr3)
CPU_CONTROL_REGISTER(dr6)
CPU_CONTROL_REGISTER(dr7)
#undef CPU_CONTROL_REGISTER

static inline void cpu_flush_page(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void cpu_load_gdt(const struct cpu_table_register *gdt)
{
    __asm__ volatile("lgdt %0" : : "m"(*gdt) : "memory");
}

static inline void cpu_load_idt(const struct cpu_table_register *idt)
{
    __asm__ volatile("lidt %0" : : "m"(*idt) : "memory");
}

static inline struct cpu_table_register cpu_store_gdt(void)
{
    struct cpu_table_register gdt;
    __asm__ volatile("sgdt %0" : "=m"(gdt) : : "memory");
    return gdt;
}

static inline struct cpu_table_register cpu_store_idt(void)
{
    struct cpu_table_register idt;
    __asm__ volatile("sidt %0" : "=m"(idt) : : "memory");
    return idt;
}

/* RDRAND: 1 if the CPU gave a random number; CPUID says if it has it. */
static inline int cpu_random(uint64_t *number)
{
    int given;
    __asm__ volatile("rdrand %0" : "=r"(*number), "=@ccc"(given));
    return given;
}

/* The x87 unit as after reset; FNINIT has no FWAIT before it. */
static inline void cpu_reset_x87(void)
{
    __asm__ volatile("fninit" : : : "memory");
}

static inline void cpu_load_task_register(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}
