/* services.h - what the kernel offers the os binary beyond baremetal.h, and
 * the os binary's head.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs never see these. All are called from the boot CPU.
 */
#pragma once
#include <baremetal.h>

#define OS_MAGIC 0x3430534F /* "OS04" */

struct kernel_services;

/* First bytes of the os binary, at LAYOUT_OS. */
struct os_head {
    uint32_t magic;       /* OS_MAGIC */
    uint32_t memory_size; /* bytes from LAYOUT_OS, zeroed data included; the
                             kernel zeroes what lies behind the file */
    /* Called once the machine is up, and again, on a fresh stack with its
     * data as it was, after an exception outside a program. Must not
     * return. */
    void (*entry)(const struct baremetal *os,
                  const struct kernel_services *kernel);
    uint64_t read_only_size; /* bytes from LAYOUT_OS to write-protect, a
                                multiple of 4096 */
};

enum program_end {
    PROGRAM_RETURNED = 0, /* returned, or called exit: status is valid */
    PROGRAM_FAULTED = 1,  /* an exception: kernel_services.faults[0] */
};

struct kernel_program {
    uint64_t entry;       /* virtual address */
    int argc;
    char **argv;          /* anywhere the program can read */
    int status;           /* out: what it returned */
};

/* An exception: what the interrupt left on the stack, lowest address first,
 * then what is needed to report it. */
struct kernel_fault {
    uint64_t registers[15]; /* RAX RBX RCX RDX RSI RDI RBP R8..R15 */
    uint64_t vector;
    uint64_t error;         /* what the CPU pushed, 0 if it pushes none */
    uint64_t rip, cs, rflags, rsp, ss;
    uint64_t cr2;           /* the address, if it is a page fault */
    uint32_t cpu;           /* number of the CPU it happened on */
    volatile uint32_t state; /* enum kernel_fault_state */
};

enum kernel_fault_state {
    KERNEL_FAULT_NONE = 0,  /* os sets that once it has reported it */
    KERNEL_FAULT_WRITING,
    KERNEL_FAULT_READY,
};

/* [0] is the boot CPU's: of the program that ended, or of os or the kernel,
 * and then os was entered again. [1] is another CPU's, which is parked; the
 * next one to fault waits until the record is free. An exception on the boot
 * CPU while [0] is not free stops the machine. */
#define KERNEL_FAULTS 2

struct kernel_services {
    /* Runs a loaded program to its end on its own stack; see program_end.
     * Not re-entrant: one program at a time. */
    int (*program_run)(struct kernel_program *program);
    struct kernel_fault *faults; /* KERNEL_FAULTS of them */
    /* Restart or switch off; return only if the machine could not be. */
    void (*reboot)(void);
    void (*shutdown)(void);
};
