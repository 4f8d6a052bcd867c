/* debug.c - what programs call to see what they are at.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A breakpoint (INT3) of a program is reported, and the program goes on behind
 * it, unless GDB takes it.
 */
#include "debug.h"
#include "dump.h"
#include "fault_report.h"
#include "fault_words.h"
#include "gdb/gdb.h"
#include "output.h"
#include "print.h"
#include "system.h"
#include <pure64/string.h>

#define REGISTER_RBP 6
/* System V AMD64 ABI, "The Stack Frame": below RSP, the program's. */
#define RED_ZONE 128

/* debug_entry.asm */
void debug_break_entry(void);
void debug_show_break(struct interrupt_frame *frame);
void debug_show_registers(struct interrupt_frame *frame);
void debug_show_backtrace(struct interrupt_frame *frame);

static void show_frames(const struct baremetal *os,
                        const struct interrupt_frame *frame)
{
    struct frames_view view = fault_view(os_system.os->cpu_number());
    uint64_t rbp = frame->registers[REGISTER_RBP];
    struct frames frames;

    /* Who comes here has a frame: RSP tells nothing. */
    frames_walk(&view, frame->rip, rbp, rbp, &frames);
    fault_print_frames(os, frame->rip, &frames);
}

void debug_show_registers(struct interrupt_frame *frame)
{
    fault_print_registers(os_system.os, frame);
}

void debug_show_backtrace(struct interrupt_frame *frame)
{
    show_frames(os_system.os, frame);
}

/* What debug_break raises is the caller's. */
void debug_show_break(struct interrupt_frame *frame)
{
    struct interrupt_frame shown = *frame;

    if (frame->rip - 1 == (uint64_t)debug_break) {
        memcpy(&shown.rip, (const void *)frame->rsp, sizeof shown.rip);
        shown.rsp += sizeof shown.rip;
    }
    print(&output_console, "\nBreakpoint, CPU %u\n",
          os_system.os->cpu_number());
    fault_print_registers(&output_console, &shown);
    show_frames(&output_console, &shown);
}

static int can_write(const void *address)
{
    uint64_t physical;

    return os_system.kernel->memory_run(address, 1, MEMORY_WRITE,
                                        &physical) != 0;
}

/* Lets debug_break_entry run on the program's stack, which is larger than that
 * of the handler, with what IRET takes there; 0 if the kernel is to see to it. */
static int show_break(struct interrupt_frame *frame)
{
    uint64_t *stack = (uint64_t *)((frame->rsp - RED_ZONE) & -16ull) - 5;

    if (frame->rip - 1 != (uint64_t)debug_break && frame->rip < LAYOUT_LOW_RAM)
        return 0;
    if (!can_write(stack) || !can_write(stack + 4))
        return 0;
    memcpy(stack, &frame->rip, 5 * sizeof *stack);
    frame->rip = (uint64_t)debug_break_entry;
    frame->rsp = (uint64_t)stack;
    return 1;
}

int debug_exception(struct interrupt_frame *frame)
{
    if (gdb_exception(frame))
        return 1;
    return frame->vector == FAULT_BREAKPOINT && show_break(frame);
}

int debug_memory(const void *address, size_t bytes)
{
    struct frames_view view = fault_view(0);
    uint64_t next = (uint64_t)address;
    uint8_t line[DUMP_LINE];

    while (bytes) {
        unsigned count = bytes < DUMP_LINE ? (unsigned)bytes : DUMP_LINE;

        if (!view.read(&view, next, line, count))
            return BAREMETAL_EFAULT;
        dump_line(os_system.os, next, line, count);
        next += count;
        bytes -= count;
    }
    return 0;
}
