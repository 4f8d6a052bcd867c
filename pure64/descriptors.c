/* descriptors.c - GDT and IDT, and what answers until the kernel's do.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "descriptors.h"
#include "boot_memory.h"
#include "error.h"
#include "low_memory.h"
#include <pure64/cpu.h>
#include <pure64/layout.h>
#include <pure64/string.h>

/* Flat 64-bit code, flat data; "accessed" already set, so that the CPU never
 * writes there. The same selectors as entry.asm's: no register is reloaded. */
#define GDT_CODE 0x00AF9B000000FFFFull
#define GDT_DATA 0x00CF93000000FFFFull
#define SELECTOR_CODE 0x08
#define GATE_INTERRUPT 0x8E /* present, DPL 0 */

#define VECTORS 256
#define EXCEPTIONS 32

/* boot/resident.asm, to be copied to a page of its own. */
#define HIDDEN __attribute__((visibility("hidden")))
extern const char resident_start[] HIDDEN, resident_end[] HIDDEN;
extern const char resident_leave[] HIDDEN, resident_report[] HIDDEN;
extern const char entry[] HIDDEN; /* first byte of pure64, linked at 0 */
#define RESIDENT_STUB_SIZE 8 /* one stub a vector, at resident_start */

/* What the stubs leave on the stack. */
struct exception_frame {
    uint64_t vector;
    uint64_t word[7]; /* error code for some vectors, then what IRETQ takes */
};

struct idt_gate {
    uint64_t low, high;
};

static uint64_t resident;

/* Vectors for which the CPU pushes an error code (Intel SDM volume 3,
 * "Exceptions and Interrupts"). */
static int has_error_code(uint64_t vector)
{
    const uint32_t those = 1u << 8 | 0x1Fu << 10 | 1u << 17 | 1u << 21 |
                           3u << 29;
    return those >> vector & 1;
}

static _Noreturn void report(const struct exception_frame *frame)
{
    int error = has_error_code(frame->vector);

    error_stop(ERROR_EXCEPTION,
               "Exception %lu at 0x%lx (pure64 + 0x%lx), error 0x%lx, CR2 0x%lx",
               frame->vector, frame->word[error],
               frame->word[error] - (uintptr_t)entry,
               error ? frame->word[0] : 0, cpu_read_cr2());
}

static void *resident_at(const char *symbol)
{
    return (void *)(resident + (uint64_t)(symbol - resident_start));
}

static void resident_place(void)
{
    void (**slot)(const struct exception_frame *);

    resident = boot_memory_take_raw(1);
    if (!resident)
        error_stop(ERROR_NO_TABLES, "No memory for a page of handlers");
    memcpy((void *)resident, resident_start,
           (size_t)(resident_end - resident_start));
    slot = resident_at(resident_report);
    *slot = report;
}

static void gdt_write(void)
{
    uint64_t *gdt = (uint64_t *)LAYOUT_GDT;
    const struct cpu_table_register gdtr = {3 * 8 - 1, LAYOUT_GDT};

    gdt[0] = 0;
    gdt[1] = GDT_CODE;
    gdt[2] = GDT_DATA;
    cpu_load_gdt(&gdtr);
}

static struct idt_gate gate(uint64_t handler)
{
    return (struct idt_gate){
        (handler & 0xFFFF) | SELECTOR_CODE << 16 |
            (uint64_t)GATE_INTERRUPT << 40 | (handler >> 16 & 0xFFFF) << 48,
        handler >> 32};
}

static void idt_write(uint64_t ignore)
{
    struct idt_gate *idt = low_memory_at(LAYOUT_IDT);
    const struct idt_gate rest = gate(ignore);
    const struct cpu_table_register idtr = {LAYOUT_IDT_SIZE - 1, LAYOUT_IDT};
    unsigned i;

    for (i = 0; i < EXCEPTIONS; i++)
        idt[i] = gate(resident + i * RESIDENT_STUB_SIZE);
    for (; i < VECTORS; i++)
        idt[i] = rest;
    cpu_load_idt(&idtr);
}

void descriptors_init(uint64_t ignore)
{
    resident_place();
    gdt_write();
    idt_write(ignore);
}

void descriptors_leave(uint64_t kernel, uint64_t stack, uint64_t clear)
{
    void (*leave)(uint64_t, uint64_t, uint64_t) __attribute__((noreturn)) =
        resident_at(resident_leave);

    leave(kernel, stack, clear);
}
