/* contract.h - common parts of the test kernel.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel knows of the loader what anybody's kernel may know: published
 * addresses and values, all typed here and in its other files. None comes from
 * the loader's headers, or both could be wrong in the same way.
 */
#pragma once
#include <stdint.h>

/* contract.asm fills it in before anything else. */
struct entry_state {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rflags, cs, ds, es, ss, fs, gs;
};

/* Where the loader leaves RAM to a kernel. */
#define LOW_START 0xC000ull
#define LOW_END 0x10000ull
#define KERNEL_START 0x100000ull
#define KERNEL_END 0x400000ull
#define USABLE_LIST 0x200000ull
#define UEFI_LIST 0x220000ull

#define MIB 0x100000ull
#define FRAME 0x200000ull /* a 2 MiB page */
#define GIB 0x40000000ull

/* Physical memory, of any alignment. */
uint8_t read8(uint64_t address);
uint16_t read16(uint64_t address);
uint32_t read32(uint64_t address);
uint64_t read64(uint64_t address);
void write32(uint64_t address, uint32_t value);
void write64(uint64_t address, uint64_t value);

/* Prints "ok NAME", or "FAIL NAME got X want Y". */
void check(const char *name, uint64_t got, uint64_t want);
/* The same for values of which only being true matters. */
void check_true(const char *name, int truth);
/* Prints "value NAME X" in decimal, for the test outside. */
void tell(const char *name, uint64_t value);

/* Waits until the counter is at least `least`: 1, or 0 after some seconds. */
int wait_count(const volatile uint32_t *counter, uint32_t least);

/* Puts an interrupt gate into the IDT. */
void set_gate(unsigned vector, void (*handler)(void));

/* One address through the page tables in CR3. */
struct mapping {
    uint64_t physical;
    uint64_t size;     /* of the page */
    int writable;
    unsigned pat;      /* index into the PAT */
};
int translate(uint64_t virtual, struct mapping *mapping);
/* Whether a range is mapped at its own address, writable. */
int is_identity(uint64_t base, uint64_t size);
/* Whether the firmware calls all of a range RAM that may be used. */
int is_firmware_ram(uint64_t base, uint64_t size);

/* Local APIC, in the mode the CPU is in. */
uint32_t apic_register(uint32_t offset);
void apic_set_register(uint32_t offset, uint32_t value);
void apic_send(uint32_t id, uint32_t command);

/* Address of an ACPI table, 0 without. */
uint64_t acpi_table(const char *signature);

/* contract.asm */
extern volatile uint32_t contract_taken, contract_recorded;
extern volatile uint32_t contract_irq0_count, contract_irq8_count;
void contract_take(void);
void contract_irq0(void);
void contract_irq8(void);
uint64_t contract_xcr0(void);
uint64_t contract_sse(uint64_t value);
uint64_t contract_avx(uint64_t value);
/* contract.ld: behind the last byte of the file. */
extern char contract_end[];

/* The parts, in this order. */
void check_entry(const struct entry_state *state);
void check_descriptors(void);
void check_devices(void);
void check_table(void);
void check_acpi(void);
void check_lists(void);
void check_identity_map(void);
void check_pci(void);
void check_high_map(void);
void check_kernel_memory(void);
void check_cpus(void);
