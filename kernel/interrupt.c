/* interrupt.c - the IDT, its stubs, and who handles what.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Interrupt and Exception Handling".
 */
#include <kernel/interrupt.h>
#include <kernel/apic.h>
#include <kernel/console.h>
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
#define VECTOR_ISA 0x30 /* ISA interrupt 0; 0x20-0x2F are the masked PIC's */
#define ISA_INTERRUPTS 16

#define GATE_INTERRUPT 0x8E /* present, ring 0, interrupts go off */

struct gate {
    uint16_t offset_0, selector;
    uint8_t ist, type;
    uint16_t offset_16;
    uint32_t offset_32, reserved;
};

void interrupt_common(void);
void interrupt_dispatch(struct interrupt_frame *frame)
    __attribute__((used));

/* Code, 8 bytes a vector: push imm8 (6A), jmp rel32 (E9). In low memory, as
 * a near jump has to reach interrupt_common from here. */
static uint64_t stubs[VECTORS];

static void (*isa_handlers[ISA_INTERRUPTS])(void);

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

    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uint32_t stub = (uint32_t)(uint64_t)&stubs[vector];
        /* Relative to the end of the jump, 7 bytes into the stub. */
        uint32_t distance = (uint32_t)(uint64_t)interrupt_common - stub - 7;
        stubs[vector] = (uint64_t)distance << 24 | 0xE9u << 16 |
                        vector << 8 | 0x6A;
        gates[vector] = (struct gate){
            .offset_0 = stub,
            .selector = CPU_CODE,
            .ist = CPU_IST_COMMON,
            .type = GATE_INTERRUPT,
            .offset_16 = stub >> 16,
        };
    }
    gates[VECTOR_NMI].ist = CPU_IST_NMI;
    gates[VECTOR_DOUBLE_FAULT].ist = CPU_IST_DOUBLE_FAULT;
    gates[VECTOR_MACHINE_CHECK].ist = CPU_IST_MACHINE_CHECK;
    /* CPUs without a TSS answer to this one. */
    gates[INTERRUPT_TAKE_OVER].ist = 0;
    interrupt_load();
}

int interrupt_available(void)
{
    return apic_io_available();
}

void interrupt_isa_enable(unsigned irq, void (*handler)(void))
{
    isa_handlers[irq] = handler;
    apic_io_route(irq, VECTOR_ISA + irq);
}

__attribute__((noinline)) void interrupt_leave(void)
{
    apic_end_of_interrupt();
    console_unlock_for_panic();
}

/* Called by interrupt.asm. An interrupt nobody asked for is acknowledged and
 * forgotten. So is the spurious one, which needs no acknowledgement: as
 * handlers are not interrupted, there is no other that it could end. */
void interrupt_dispatch(struct interrupt_frame *frame)
{
    unsigned vector = (uint8_t)frame->vector; /* the push extended its sign */
    if (vector == VECTOR_NMI && cpu_answer_nmi(frame)) {
        if (frame->rip < LAYOUT_LOW_RAM)
            return; /* the kernel may hold a lock */
    } else if (vector < EXCEPTIONS) {
        exception_handle(frame);
    } else {
        if (vector == INTERRUPT_TAKE_OVER)
            cpu_answer();
        unsigned irq = vector - VECTOR_ISA;
        if (irq < ISA_INTERRUPTS && isa_handlers[irq])
            isa_handlers[irq]();
        apic_end_of_interrupt();
        /* Another CPU may be where the boot CPU waits for it to go on. */
        if (cpu_number())
            return;
    }
    program_check();
}
