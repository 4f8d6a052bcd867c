/* interrupts.c - interrupts of devices: who handles them.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "interrupts.h"
#include "callback.h"
#include <baremetal.h>

#define VECTOR_ISA INTERRUPT_DEVICES /* ISA interrupt 0 */
#define ISA_INTERRUPTS 16
#define VECTOR_OWN (VECTOR_ISA + ISA_INTERRUPTS) /* the first to give away */
#define HANDLERS_MAX 32
_Static_assert(VECTOR_ISA % ISA_INTERRUPTS == 0, "see ioapic_route");
_Static_assert(VECTOR_OWN + HANDLERS_MAX <= INTERRUPT_DEVICES_END,
               "all of them are the kernel's to hand on");

/* In the order in which they were added; those of a line that is shared have
 * one vector. */
static struct handler {
    interrupt_handler *handler;
    void *context;
    uint64_t vector; /* 0: free, as is what follows */
} handlers[HANDLERS_MAX + 1];
static unsigned count;
static struct interrupt_frame *interrupted;

int interrupts_available(void)
{
    return ioapic_available();
}

/* Returns the vector, 0 if there is no room. */
static unsigned handler_add(unsigned vector, interrupt_handler *handler,
                            void *context)
{
    struct handler *entry = &handlers[count];

    if (count == HANDLERS_MAX)
        return 0;
    count++;
    entry->handler = handler;
    entry->context = context;
    /* Last: its interrupt may come at any time if it shares a line. */
    __atomic_store_n(&entry->vector, vector, __ATOMIC_RELEASE);
    return vector;
}

unsigned interrupts_vector(interrupt_handler *handler, void *context)
{
    return handler_add(VECTOR_OWN + count, handler, context);
}

int interrupts_isa(unsigned irq, interrupt_handler *handler, void *context)
{
    uint32_t entry = VECTOR_ISA + irq;

    if (!handler_add((uint8_t)entry, handler, context))
        return BAREMETAL_ENODEV;
    return ioapic_route(entry);
}

struct interrupt_frame *interrupts_frame(void)
{
    return interrupted;
}

void interrupts_dispatch(struct interrupt_frame *frame)
{
    interrupted = frame;
    for (const struct handler *i = handlers; i->vector; i++)
        if (i->vector == frame->vector)
            i->handler(i->context);
    callback_interrupted(frame);
}
