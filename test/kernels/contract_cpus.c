/* contract_cpus.c - test kernel: takes over every other CPU.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "contract.h"
#include <pure64/cpu.h>

#define CPUS_MAX 256

/* What a CPU finds itself in. */
struct cpu_record {
    uint32_t id;
    uint64_t stack, cr0, cr3, cr4, efer, xcr0, pat;
    uint64_t gdt, idt;
    uint32_t spurious, priority;
};

static struct cpu_record records[CPUS_MAX];

void contract_cpu(uint32_t index, uint64_t waiting_stack);

static void record_cpu(struct cpu_record *record)
{
    uint32_t id = apic_register(0x20);

    record->id = cpu_read_msr(0x1B) >> 10 & 1 ? id : id >> 24;
    record->cr0 = cpu_read_cr0();
    record->cr3 = cpu_read_cr3();
    record->cr4 = cpu_read_cr4();
    record->efer = cpu_read_msr(0xC0000080);
    record->xcr0 = record->cr4 & 0x40000 ? contract_xcr0() : 0;
    record->pat = cpu_read_msr(0x277);
    record->gdt = cpu_store_gdt().base;
    record->idt = cpu_store_idt().base;
    record->spurious = apic_register(0xF0) & 0x1FF;
    record->priority = apic_register(0x80);
}

/* On each other CPU, once. */
void contract_cpu(uint32_t index, uint64_t waiting_stack)
{
    if (index >= CPUS_MAX)
        return;
    record_cpu(&records[index]);
    records[index].stack = waiting_stack;
    apic_set_register(0xB0, 0); /* end of interrupt */
}

static int state_is_equal(const struct cpu_record *a,
                          const struct cpu_record *b)
{
    return a->cr0 == b->cr0 && a->cr3 == b->cr3 && a->cr4 == b->cr4 &&
        a->efer == b->efer && a->xcr0 == b->xcr0 && a->pat == b->pat &&
        a->gdt == b->gdt && a->idt == b->idt;
}

/* In real RAM, not in the kernel's, not in that given away. */
static int stack_is_good(uint64_t stack)
{
    uint64_t frame = stack & -FRAME;

    if (!is_firmware_ram(stack - 64, 64) ||
        (stack > LOW_START && stack <= LOW_END) ||
        (stack > KERNEL_START && stack <= KERNEL_END))
        return 0;
    for (uint64_t at = 0x20000; read64(at) != 0; at += 8)
        if ((read64(at) & -FRAME) == frame)
            return 0;
    return 1;
}

static void check_records(unsigned count)
{
    struct cpu_record own;
    unsigned unequal = 0, stacks = 0, doubles = 0, masked = 0, unlisted = 0;

    record_cpu(&own);
    for (unsigned i = 0; i < count; i++) {
        unsigned place = 1;

        unequal += !state_is_equal(&records[i], &own);
        stacks += !stack_is_good(records[i].stack);
        masked += records[i].spurious != 0x1FF || records[i].priority >= 0x80;
        while (place <= count && read32(0x5100 + place * 4) != records[i].id)
            place++;
        unlisted += place > count;
        for (unsigned j = 0; j < i; j++)
            doubles += records[i].id == records[j].id ||
                records[i].stack - records[j].stack + 255 < 511;
    }
    check("CPUs in another state", unequal, 0);
    check("CPUs with a bad stack", stacks, 0);
    check("CPUs with a shared stack or id", doubles, 0);
    check("CPUs with a bad local APIC", masked, 0);
    check("CPUs not at the front of the list", unlisted, 0);
}

void check_cpus(void)
{
    unsigned others = read16(0x5012) - 1u;

    check_true("not too many CPUs to test", others < 192);
    if (others >= 192)
        return;
    set_gate(0x81, contract_take);
    for (unsigned i = 1; i <= others; i++)
        apic_send(read32(0x5100 + i * 4), 0x4081);
    wait_count(&contract_recorded, others);
    check("CPUs taken over", contract_recorded, others);
    check("CPUs that came", contract_taken, others);
    tell("taken", contract_taken);
    check_records(contract_recorded);
}
