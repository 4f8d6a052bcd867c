/* cpu.c - the per-CPU block, and taking over the other CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In a block the stacks come first, struct cpu stands at the end, so that an
 * idle CPU's stack runs down from its struct cpu.
 */
#include <kernel/cpu.h>
#include <kernel/apic.h>
#include <kernel/interrupt.h>
#include <kernel/memory.h>
#include <kernel/time.h>
#include <pure64/cpu.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define STRUCT_BYTES 256
/* Stacks, from struct cpu down; what is left is CPU_IST_COMMON's. */
#define IDLE_BYTES 896
#define SMALL_BYTES 640 /* a page: NMI, double fault, machine check */
/* The boot CPU's handlers also collect keys and write to the screen. */
#define BOOT_PAGES 2

#define ANSWER_US 500000 /* for one CPU, on a busy virtual machine */

/* Intel SDM volume 3, "TSS Descriptor in 64-bit mode". */
#define DESCRIPTOR_TSS 0x0000890000000000u

_Static_assert(sizeof(struct cpu) <= STRUCT_BYTES, "its share of the block");

void cpu_start(struct cpu *cpu) __attribute__((used, noreturn));

/* cpu.asm: loads the page tables and calls cpu_start on the idle stack. */
void cpu_enter(struct cpu *cpu, uint64_t page_tables)
    __attribute__((noreturn));

static struct cpu **cpus;    /* by number, 0 behind the last */
static unsigned count;       /* of those that are the kernel's */
/* The CPU that is to answer now: whoever sets its `asked` to 0 decides, it
 * that it comes, or take_over that it must not any more. */
static struct cpu *asked;
static uint64_t page_tables; /* CR3 of every CPU of the kernel */

unsigned cpu_count(void)
{
    return count;
}

struct cpu *const *cpu_table(void)
{
    return cpus;
}

static struct cpu *block_create(uint32_t apic_id, unsigned pages)
{
    uint64_t page = memory_take(pages);
    if (!page)
        return 0;
    struct cpu *cpu = memory_at(page + pages * PAGE_SIZE - STRUCT_BYTES);
    uint64_t tss = (uint64_t)&cpu->tss;
    cpu->number = count;
    cpu->os.apic_id = apic_id;
    /* Null, code, data: the same, so the selectors may stay loaded. */
    memcpy(cpu->gdt, (void *)LAYOUT_GDT, CPU_TSS);
    cpu->gdt[CPU_TSS / 8] = DESCRIPTOR_TSS | (sizeof cpu->tss - 1) |
                            (tss & 0xFFFFFF) << 16 | (tss >> 24 & 0xFF) << 56;
    cpu->gdt[CPU_TSS / 8 + 1] = tss >> 32;
    cpu->tss.io_map = sizeof cpu->tss;
    uint64_t stack = (uint64_t)cpu - IDLE_BYTES;
    for (unsigned i = CPU_IST_MACHINE_CHECK; i >= CPU_IST_COMMON; i--) {
        cpu->tss.ist[i] = stack;
        stack -= SMALL_BYTES * pages;
    }
    return cpu;
}

/* Makes the block this CPU's. */
static void block_load(struct cpu *cpu)
{
    struct cpu_table_register gdt = { sizeof cpu->gdt - 1,
                                      (uint64_t)cpu->gdt };
    cpu_load_gdt(&gdt);
    cpu_load_task_register(CPU_TSS);
    cpu_write_cr0(cpu_read_cr0() | CR0_WP);
    apic_init();
}

struct cpu *cpu_this(void)
{
    return (struct cpu *)(cpu_store_gdt().base - offsetof(struct cpu, gdt));
}

__attribute__((noinline)) void cpu_reset_bases(void)
{
    cpu_write_msr(MSR_FS_BASE, 0);
    cpu_write_msr(MSR_GS_BASE, 0);
}

unsigned cpu_number(void)
{
    return cpu_this()->number;
}

/* What FXRSTOR takes: Intel SDM volume 1, "Layout of the 64-Bit-Mode FXSAVE
 * Map". One instruction for x87 and SSE, and one that software emulations of
 * KVM know, unlike LDMXCSR. */
struct {
    uint16_t control;
    uint8_t between[22];
    uint32_t mxcsr;
    uint8_t rest[484];
} cpu_fpu_default __attribute__((used, aligned(16)));

_Static_assert(sizeof cpu_fpu_default == 512, "FXSAVE area");

void cpu_init(void)
{
    cpu_fpu_default.control = 0x37F; /* all masked, 64-bit precision */
    cpu_fpu_default.mxcsr = 0x1F80;  /* all masked */

    unsigned most = SYSINFO_EXTENSION->cpus_running;
    struct cpu *boot = block_create(SYSINFO->boot_apic_id, BOOT_PAGES);

    block_load(boot);
    cpus = memory_at(memory_take(most * sizeof *cpus / PAGE_SIZE + 1));
    cpus[0] = boot;
    count = 1;
    memory_stack_map(0);
    page_tables = cpu_read_cr3();
}

void cpu_answer(void)
{
    struct cpu *cpu = __atomic_load_n(&asked, __ATOMIC_ACQUIRE);

    if (!cpu || cpu->os.apic_id != apic_id() ||
        !__atomic_exchange_n(&cpu->asked, 0, __ATOMIC_SEQ_CST))
        return;
    apic_end_of_interrupt();
    cpu_enter(cpu, page_tables);
}

void cpu_start(struct cpu *cpu)
{
    block_load(cpu);
    interrupt_load();
    cpu_idle(cpu);
}

static void take_over(uint32_t apic_id)
{
    struct cpu *cpu = block_create(apic_id, 1);

    if (!cpu)
        return;
    cpu->asked = 1;
    __atomic_store_n(&asked, cpu, __ATOMIC_SEQ_CST);
    apic_send(apic_id, INTERRUPT_TAKE_OVER);
    struct time_limit limit = time_limit_us(ANSWER_US);
    while (cpu->asked && !time_limit_passed(limit))
        ;
    if (__atomic_exchange_n(&cpu->asked, 0, __ATOMIC_SEQ_CST))
        return;
    while (cpu->sleep != CPU_HALTED) /* it is on its way */
        cpu_pause();
    memory_stack_map(count);
    cpus[count++] = cpu;
}

/* One after the other, so that numbers follow the order of the list and
 * have no gaps. Half of the memory at least is left to programs. */
void cpu_take_over(void)
{
    const uint32_t *ids = memory_at(SYSINFO_EXTENSION->cpu_apic_ids);
    uint64_t most = SYSINFO_EXTENSION->ram_total / 2 /
                    (PAGE_SIZE + KERNEL_STACK_BYTES);

    for (unsigned i = 0; i < SYSINFO_EXTENSION->cpus_running; i++)
        if (ids[i] != cpus[0]->os.apic_id && count < most)
            take_over(ids[i]);
    asked = 0;
}
