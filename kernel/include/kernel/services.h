/* services.h - what the kernel offers the os binary beyond baremetal.h, and
 * the os binary's head.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs never see these. All are called from the boot CPU, unless they
 * say otherwise.
 */
#pragma once
#include <baremetal.h>

#define OS_MAGIC 0x3430534F /* "OS04" */

struct kernel_services;

/* What a CPU is to do: calls function(argument); function 0: nothing. */
struct os_work {
    baremetal_work *function;
    void *argument;
};

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

    /* The calls that os provides: the end of struct baremetal, which the
     * kernel copies behind its own calls before it enters os. */
    const void *calls;
    uint32_t calls_bytes;
    uint32_t reserved;
    /* What that CPU is to do now. It asks while a program runs, with
     * interrupts off, from its idle loop: when its work has returned and
     * whenever it has been woken, before it waits. A stop may come in the
     * midst of it; between the stop and work_reset it is not called. */
    struct os_work (*next_work)(unsigned cpu);
    /* That CPU's work has returned; by that CPU, interrupts off. */
    void (*work_done)(unsigned cpu);
    /* All other CPUs have been stopped: work they had or were to have is
     * dropped. */
    void (*work_reset)(void);
    /* Functions of b_system that the kernel does not know: RAX from function,
     * RAX and RDX. Any CPU, on the caller's stack. */
    uint64_t (*b_system)(uint64_t function, uint64_t rax, uint64_t rdx);
};

/* A CPU as os sees it: one cache line in the CPU's block, zero at first. */
struct kernel_cpu {
    uint32_t apic_id;
    volatile uint32_t lost; /* did not stop when asked to: not used */
    uint64_t work[7];       /* for os alone */
} __attribute__((aligned(64)));

/* Of a program's stack on each CPU; for each CPU but the boot CPU they are
 * neither in struct baremetal_memory's size nor of use to the system. */
#define KERNEL_STACK_BYTES (17 * 4096)

/* 0: it goes on. */
enum program_end {
    PROGRAM_RETURNED = 1, /* returned, or called exit: status is valid */
    PROGRAM_FAULTED = 2,  /* an exception: see kernel_services.faults */
    PROGRAM_STOPPED = 3,  /* by Ctrl-C */
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
 * and then os was entered again. [1] is another CPU's, which is idle now, and
 * the program, if one was running, was ended; the next CPU to fault waits,
 * unless it is stopped, until the record is free. An exception on the boot
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
    /* The CPUs by number, cpu_count() of them. Any CPU. */
    struct kernel_cpu *const *(*cpus)(void);
    /* Makes an idle CPU call next_work; what is stored before that call is
     * seen by it. Nothing happens to a CPU that is awake. Any CPU. */
    void (*cpu_wake)(unsigned cpu);
    /* For loops that wait inside os and hold no lock of it: if the program is
     * to be stopped, does not return on the boot CPU, and on another CPU not
     * before the program has ended. Any CPU. */
    void (*stop_check)(void);
    /* Not 0 when a program that runs is to be stopped: stop_check has
     * something to do. */
    const volatile uint8_t *stopping;
    /* Stops all other CPUs, calls work_reset, and lets them take work again.
     * Does nothing on another CPU. */
    void (*cpu_reset)(void);
};
