/* interrupt.c - the IDT and its stubs.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Interrupt and Exception Handling".
 */
#include <kernel/interrupt.h>
#include <kernel/apic.h>
#include <kernel/cpu.h>
#include <kernel/exception.h>
#include <kernel/memory.h>
#include <kernel/program.h>
#include <pure64/cpu.h>

#define VECTORS 256
#define EXCEPTIONS 32
#define VECTOR_NMI 2
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_MACHINE_CHECK 18

/* Present, ring 0, interrupts go off; the IST in the lowest bits. */
#define GATE_INTERRUPT 0x8E00

/* Intel SDM volume 3, "64-Bit Mode IDT". */
struct gate {
    uint32_t selector_offset_0, offset_16_type, offset_32, reserved;
};

void interrupt_common(void);
void interrupt_dispatch(struct interrupt_frame *frame)
    __attribute__((used));

/* What a stub calls. In low memory, as its address has 32 bits there. */
static void (*const stub_target)(void) = interrupt_common;

/* Code, 8 bytes a vector in a page of their own, all alike: call [stub_target]
 * (FF /2 with an absolute address). The return address that leaves on the stack
 * tells the vector. */
#define STUB_CALL 0x2514FF
#define STUB_BYTES 8

void interrupt_load(void)
{
    struct cpu_table_register idt = {
        LAYOUT_IDT_SIZE - 1, LAYOUT_WINDOW + LAYOUT_IDT
    };
    cpu_load_idt(&idt);
}

void interrupt_init(void)
{
    struct gate *gates = memory_at(LAYOUT_IDT);
    uint64_t *stubs = memory_take(1);

    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uint64_t stub = (uint64_t)&stubs[vector];
        stubs[vector] = (uint64_t)&stub_target << 24 | STUB_CALL;
        gates[vector].selector_offset_0 = CPU_CODE << 16 | (uint16_t)stub;
        gates[vector].offset_16_type =
            ((uint32_t)stub & 0xFFFF0000) | GATE_INTERRUPT | CPU_IST_COMMON;
        gates[vector].offset_32 = stub >> 32;
    }
    gates[VECTOR_NMI].offset_16_type += CPU_IST_NMI - CPU_IST_COMMON;
    gates[VECTOR_DOUBLE_FAULT].offset_16_type +=
        CPU_IST_DOUBLE_FAULT - CPU_IST_COMMON;
    gates[VECTOR_MACHINE_CHECK].offset_16_type +=
        CPU_IST_MACHINE_CHECK - CPU_IST_COMMON;
    /* CPUs without a TSS answer to this one. */
    gates[INTERRUPT_TAKE_OVER].offset_16_type -= CPU_IST_COMMON;
    interrupt_load();
}

__attribute__((noinline)) void interrupt_leave(void)
{
    apic_end_of_interrupt();
    OS_HEAD->cpu_left();
}

/* Called by interrupt.asm. An interrupt nobody asked for is acknowledged and
 * forgotten. So is the spurious one, which needs no acknowledgement: as
 * handlers are not interrupted, there is no other that it could end. */
void interrupt_dispatch(struct interrupt_frame *frame)
{
    unsigned vector = (uint8_t)(frame->vector / STUB_BYTES);

    frame->vector = vector;
    if (vector == VECTOR_NMI && cpu_answer_nmi(frame)) {
        if (frame->rip < LAYOUT_LOW_RAM)
            return; /* the kernel may hold a lock */
    } else if (vector < EXCEPTIONS) {
        if (OS_HEAD->exception(frame))
            return;
        exception_handle(frame);
    } else {
        if (vector == INTERRUPT_TAKE_OVER)
            cpu_answer();
        if (vector - INTERRUPT_DEVICES <
            INTERRUPT_DEVICES_END - INTERRUPT_DEVICES)
            OS_HEAD->interrupt(frame);
        apic_end_of_interrupt();
        /* Another CPU may be where the boot CPU waits for it to go on. */
        if (cpu_number())
            return;
    }
    program_check();
}
