/* cpu.c - the per-CPU block, and taking over the other CPUs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A block is two pages: the stacks, then struct cpu at the end, so that an
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

#define BLOCK_PAGES 2
#define STRUCT_BYTES 256
/* Stacks, from struct cpu down; what is left is CPU_IST_COMMON's. */
#define IDLE_BYTES 512
#define SMALL_BYTES 1536 /* NMI, double fault, machine check */

#define ANSWER_US 500000 /* for one CPU, on a busy virtual machine */

/* Intel SDM volume 3, "TSS Descriptor in 64-bit mode". */
#define DESCRIPTOR_TSS 0x0000890000000000u

_Static_assert(sizeof(struct cpu) <= STRUCT_BYTES, "its share of the block");

void cpu_idle(struct cpu *cpu) __attribute__((used, noreturn));

/* cpu.asm: loads the page tables and calls cpu_idle on the idle stack. */
void cpu_enter(struct cpu *cpu, uint64_t page_tables)
    __attribute__((noreturn));

static unsigned count;       /* CPUs that are the kernel's */
static struct cpu *boot_cpu; /* first of the list */
static struct cpu *asked;    /* the CPU that is to answer now */
static uint64_t page_tables; /* CR3 of every CPU of the kernel */

unsigned cpu_count(void)
{
    return count;
}

static struct cpu *block_create(uint32_t apic_id)
{
    uint64_t page = memory_take(BLOCK_PAGES);
    if (!page)
        return 0;
    struct cpu *cpu = memory_at(page + BLOCK_PAGES * PAGE_SIZE -
                                STRUCT_BYTES);
    uint64_t tss = (uint64_t)&cpu->tss;
    cpu->number = count;
    cpu->apic_id = apic_id;
    /* Null, code, data: the same, so the selectors may stay loaded. */
    memcpy(cpu->gdt, (void *)LAYOUT_GDT, CPU_TSS);
    cpu->gdt[CPU_TSS / 8] = DESCRIPTOR_TSS | (sizeof cpu->tss - 1) |
                            (tss & 0xFFFFFF) << 16 | (tss >> 24 & 0xFF) << 56;
    cpu->gdt[CPU_TSS / 8 + 1] = tss >> 32;
    cpu->tss.io_map = sizeof cpu->tss;
    uint64_t stack = (uint64_t)cpu - IDLE_BYTES;
    for (unsigned i = CPU_IST_MACHINE_CHECK; i >= CPU_IST_COMMON; i--) {
        cpu->tss.ist[i] = stack;
        stack -= SMALL_BYTES;
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

unsigned cpu_number(void)
{
    return cpu_this()->number;
}

void cpu_init(void)
{
    boot_cpu = block_create(SYSINFO->boot_apic_id);
    block_load(boot_cpu);
    page_tables = cpu_read_cr3();
    count = 1;
}

void cpu_answer(void)
{
    if (!asked || asked->apic_id != apic_id())
        return;
    apic_end_of_interrupt();
    cpu_enter(asked, page_tables);
}

/* Where another CPU stays from then on. */
void cpu_idle(struct cpu *cpu)
{
    block_load(cpu);
    interrupt_load();
    cpu->alive = 1;
    for (;;)
        cpu_wait_for_interrupt();
}

/* One after the other, so that numbers follow the order of the list and
 * have no gaps. */
void cpu_take_over(void)
{
    const uint32_t *ids = memory_at(SYSINFO_EXTENSION->cpu_apic_ids);
    struct cpu **link = &boot_cpu->next;
    for (unsigned i = 0; i < SYSINFO_EXTENSION->cpus_running; i++) {
        if (ids[i] == boot_cpu->apic_id)
            continue;
        struct cpu *cpu = block_create(ids[i]);
        if (!cpu)
            break;
        asked = cpu;
        apic_send(ids[i], INTERRUPT_TAKE_OVER);
        struct time_limit limit = time_limit_us(ANSWER_US);
        while (!cpu->alive && !time_limit_passed(limit))
            ;
        if (cpu->alive) {
            count++;
            *link = cpu;
            link = &cpu->next;
        }
    }
    asked = 0;
}
