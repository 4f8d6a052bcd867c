/* fault_frames.h - who called whom, read off a stack.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * By frame pointers: System V AMD64 ABI, "The Stack Frame". Stack and
 * registers may hold anything: an address counts only if it stands behind a
 * call instruction, and every frame lies above the one before.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define FRAMES_MAX 16

enum frames_region { FRAMES_NOWHERE, FRAMES_SYSTEM, FRAMES_PROGRAM };

/* What the walk sees of the machine. */
struct frames_view {
    /* Where code at that address belongs to. */
    enum frames_region (*region)(const struct frames_view *view,
                                 uint64_t address);
    /* Copies from memory; 0 if not all of it can be read. */
    int (*read)(const struct frames_view *view, uint64_t address,
                void *buffer, size_t size);
    uint64_t stack_start, stack_end; /* of the CPU */
};

struct frames {
    unsigned count;
    uint64_t returns[FRAMES_MAX]; /* where each call returns to */
};

/* The calls that led to RIP, the innermost first. */
void frames_walk(const struct frames_view *view, uint64_t rip, uint64_t rsp,
                 uint64_t rbp, struct frames *frames);

/* A call from the program to the system. */
struct frames_call {
    uint64_t returns;         /* where in the program; 0: none was found */
    uint64_t slot;            /* the address or the offset it was called
                                 through */
    int is_address;
    int is_over;              /* it had returned before the fault */
};

/* The call the system was in at RIP or, if RIP is in the program, the last
 * one: its return address then stands below RSP still, unless something else
 * was written there. Of calls that are over, those that called nothing in the
 * system cannot be told from the program's own. */
void frames_last_call(const struct frames_view *view, uint64_t rip,
                      uint64_t rsp, struct frames_call *call);
