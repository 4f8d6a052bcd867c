/* contract.c - test kernel: does the loader keep what it promises a kernel?
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Prints a line a check on COM1 and halts. What the test outside must compare,
 * because the kernel can't know it (how much RAM, how many CPUs), comes as
 * "value" lines.
 */
#include "contract.h"
#include <pure64/cpu.h>
#include <pure64/format.h>
#include <pure64/io.h>

#define WAIT_TICKS 20000000000ull

void contract_main(const struct entry_state *state);

static unsigned good, bad;

uint8_t read8(uint64_t address)
{
    return *(volatile uint8_t *)address;
}

uint16_t read16(uint64_t address)
{
    return *(volatile uint16_t *)address;
}

uint32_t read32(uint64_t address)
{
    return *(volatile uint32_t *)address;
}

uint64_t read64(uint64_t address)
{
    return *(volatile uint64_t *)address;
}

void write32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

void write64(uint64_t address, uint64_t value)
{
    *(volatile uint64_t *)address = value;
}

static void put(void *context, char c)
{
    (void)context;
    for (unsigned polls = 100000; polls && !(io_in8(0x3FD) & 0x20); polls--)
        ;
    io_out8(0x3F8, (uint8_t)c);
}

void check(const char *name, uint64_t got, uint64_t want)
{
    if (got == want) {
        good++;
        format(put, 0, "ok %s\n", name);
    } else {
        bad++;
        format(put, 0, "FAIL %s got 0x%lx want 0x%lx\n", name, got, want);
    }
}

void check_true(const char *name, int truth)
{
    check(name, truth != 0, 1);
}

void tell(const char *name, uint64_t value)
{
    format(put, 0, "value %s %lu\n", name, value);
}

int wait_count(const volatile uint32_t *counter, uint32_t least)
{
    uint64_t start = cpu_tsc();

    while (*counter < least) {
        if (cpu_tsc() - start > WAIT_TICKS)
            return 0;
        cpu_pause();
    }
    return 1;
}

static void check_registers(const struct entry_state *s)
{
    check("rax", s->rax, 0);
    check("rbx", s->rbx, 0);
    check("rcx", s->rcx, 0);
    check("rdx", s->rdx, 0);
    check("rsi", s->rsi, 0);
    check("rdi", s->rdi, 0);
    check("rbp", s->rbp, 0);
    check("r8-r15", s->r8 | s->r9 | s->r10 | s->r11 | s->r12 | s->r13 |
          s->r14 | s->r15, 0);
    check("interrupt and direction flag", s->rflags & 0x600, 0);
    check("cs", s->cs, 0x08);
    check("ds", s->ds, 0x10);
    check("es", s->es, 0x10);
    check("ss", s->ss, 0x10);
    check("fs", s->fs, 0x10);
    check("gs", s->gs, 0x10);
}

/* Which parts of the extended state the CPU has, of those a kernel may use. */
static uint64_t wanted_xcr0(void)
{
    uint32_t has = cpu_cpuid(13, 0).eax;
    uint64_t wanted = 3;

    if (has & 4)
        wanted |= 4;
    if ((has & 0xE4) == 0xE4)
        wanted |= 0xE0;
    return wanted;
}

static void check_control(void)
{
    struct cpu_cpuid features = cpu_cpuid(1, 0);
    uint64_t cr0 = cpu_read_cr0(), cr4 = cpu_read_cr4();
    const uint64_t value = 0x0123456789ABCDEF;

    /* PE, MP, NE and PG on; EM, TS, NW and CD off. */
    check("cr0", cr0 & 0xE000002F, 0x80000023);
    check("cr4 PAE, OSFXSR, OSXMMEXCPT", cr4 & 0x620, 0x620);
    /* LA57, PCIDE, SMEP, SMAP, PKE, CET, PKS. */
    check("cr4 nothing inherited", cr4 & 0x1F21000, 0);
    check("efer", cpu_read_msr(0xC0000080), 0x500);
    check("SSE works", contract_sse(value), value);
    check("cr4 OSXSAVE", cr4 >> 18 & 1, features.ecx >> 26 & 1);
    if (cr4 & 0x40000) {
        check("xcr0", contract_xcr0(), wanted_xcr0());
        if (features.ecx & 1 << 28)
            check("AVX works", contract_avx(value), value);
    }
    check("PAT entry 5", cpu_read_msr(0x277) >> 40 & 0xFF, 1);
}

/* Must come first: it looks at what lies behind the file. */
void check_entry(const struct entry_state *state)
{
    uint64_t end = (uint64_t)contract_end, at = end;

    check("the file is whole", read8(end - 1), 0x55);
    while (at < 0x110000 && read8(at) == 0)
        at++;
    check("zeros behind the file", at, 0x110000);
    check("byte at 0x410000", read8(0x410000), 0);
    check_registers(state);
    check_true("stack in RAM", is_firmware_ram(state->rsp - 256, 256));
    check_control();
}

void set_gate(unsigned vector, void (*handler)(void))
{
    uint64_t address = (uint64_t)handler;

    write64(vector * 16 + 8, address >> 32);
    write64(vector * 16, (address & 0xFFFF) | 0x8E0000080000 |
            (address >> 16 & 0xFFFF) << 48);
}

static int gate_is_good(unsigned vector)
{
    uint64_t low = read64(vector * 16), high = read64(vector * 16 + 8);
    unsigned type = low >> 40 & 0xFF;
    uint64_t handler = (low & 0xFFFF) | (low >> 32 & 0xFFFF0000) | high << 32;

    if ((low >> 16 & 0xFFFF) != 0x08 || (low >> 32 & 7) != 0)
        return 0;
    if (type != 0x8E && (vector < 32 || type != 0x8F))
        return 0;
    return is_identity(handler, 1) && is_firmware_ram(handler, 1) &&
        (handler < KERNEL_START || handler >= KERNEL_END) &&
        (handler < LOW_START || handler >= LOW_END);
}

void check_descriptors(void)
{
    struct cpu_table_register gdt = cpu_store_gdt(), idt = cpu_store_idt();
    unsigned gates = 0;

    check("gdt base", gdt.base, 0x1000);
    check_true("gdt holds selector 0x10", gdt.limit >= 0x17);
    /* Access byte without "accessed"; L, D and so on. */
    check("gdt code", read64(0x1008) >> 40 & 0x60FE, 0x209A);
    check("gdt data", read64(0x1010) >> 40 & 0xFE, 0x92);
    check("idt base", idt.base, 0);
    check("idt limit", idt.limit, 256 * 16 - 1);
    for (unsigned vector = 0; vector < 256; vector++)
        gates += gate_is_good(vector);
    check("idt gates", gates, 256);
}

void contract_main(const struct entry_state *state)
{
    check_entry(state);
    check_descriptors();
    check_devices();
    check_table();
    check_acpi();
    check_lists();
    check_identity_map();
    check_pci();
    check_high_map();
    check_kernel_memory();
    check_cpus();
    format(put, 0, "contract: %u ok, %u failed\n", good, bad);
}
