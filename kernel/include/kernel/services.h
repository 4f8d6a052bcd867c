/* services.h - what the kernel offers the os binary beyond baremetal.h, and
 * the os binary's head.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs never see these. All are called from the boot CPU, unless they
 * say otherwise.
 */
#pragma once
#include <baremetal.h>
#include <kernel/interrupt.h>
#include <kernel/memory.h>
#include <kernel/time.h>

#define OS_MAGIC 0x3530534F /* "OS05" */

struct block_device;
struct kernel_services;
struct net_device;
struct lock;
struct net_device;
struct pci_driver;
struct pci_function;

/* What a CPU is to do: calls function(argument); function 0: nothing. */
struct os_work {
    baremetal_work *function;
    void *argument;
};

/* First bytes of the os binary, at LAYOUT_OS. */
struct os_head {
    uint32_t magic;       /* OS_MAGIC */
    uint32_t memory_size; /* bytes from LAYOUT_OS, zeroed data included, which
                             is not in the file: start clears it */
    /* Called once the machine is up, and again, on a fresh stack with its
     * data as it was, after an exception outside a program. Must not
     * return. */
    void (*entry)(void);
    uint64_t read_only_size; /* bytes from LAYOUT_OS to write-protect, a
                                multiple of 4096 */

    /* The interface of programs; os's, and some of its calls are the
     * kernel's. */
    const struct baremetal *calls;
    /* Called first of all of os, on the boot CPU: starts the console, finds
     * all devices and offers them to the drivers. memory_take works only
     * until it returns. */
    void (*start)(void);
    /* That CPU leaves what it was doing for good: an exception, or it was
     * stopped. What it holds in os is to be given up. By it, interrupts
     * off. */
    void (*cpu_left)(void);
    /* A program is about to be entered, and Ctrl-C asks for its end from now
     * on: 1 if it is not to be entered, for that was asked for before.
     * Interrupts off. */
    int (*stopped_early)(void);
    /* An interrupt of a device, on the boot CPU, interrupts off; the end of
     * interrupt is sent behind it. May change the frame. */
    void (*interrupt)(struct interrupt_frame *frame);
    /* An exception or a non-maskable interrupt that is not the kernel's, first
     * of all: 1 if what was interrupted goes on, as the frame says now. Any
     * CPU, in the handler, interrupts off. */
    int (*exception)(struct interrupt_frame *frame);
    /* From program_check on the boot CPU: callbacks are due. */
    void (*callbacks)(void);
    /* One exception after another: os is not entered again. Says so and stops
     * the machine. Boot CPU, in the exception's handler. */
    void (*panic)(uint64_t rip) __attribute__((noreturn));
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
    PROGRAM_FAULTED = 1,  /* an exception: see kernel_services.faults */
    PROGRAM_STOPPED = 2,  /* by Ctrl-C */
    PROGRAM_RETURNED = 4, /* returned, or called exit: status is valid */
};

#define KERNEL_CALLBACK 0x80

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

/* os is linked to the kernel that it comes with (kernel.ld: EXTERN), and
 * fills this in itself: its parts are tested with other ones. */
struct kernel_services {
    /* Runs a loaded program to its end on its own stack; see program_end.
     * Not re-entrant: one program at a time. */
    int (*program_run)(struct kernel_program *program);
    struct kernel_fault *faults; /* KERNEL_FAULTS of them */
    /* A key was typed: exceptions of os before it are forgiven. */
    void (*exception_forgive)(void);
    /* Asks that the running program end, as PROGRAM_STOPPED; 0 if none runs.
     * Any CPU, also in an interrupt handler. */
    int (*program_stop)(void);
    /* The CPUs by number, cpu_count() of them. Any CPU. */
    struct kernel_cpu *const *(*cpus)(void);
    /* Makes an idle CPU call next_work; what is stored before that call is
     * seen by it. Nothing happens to a CPU that is awake. Any CPU. */
    void (*cpu_wake)(unsigned cpu);
    /* For loops that wait inside os and hold no lock of it: does not return
     * on the boot CPU, and on another CPU not before the program has ended,
     * if it is to be stopped; runs callbacks. Any CPU. */
    void (*stop_check)(void);
    /* 0 unless stop_check has something to do. os sets and clears
     * KERNEL_CALLBACK in it: a callback is due. */
    volatile uint8_t *attention;

    /* For drivers in os: pci.h, memory.h, lock.h, block.h, net.h. */
    const struct pci_driver *const *pci_drivers; /* the kernel's */
    uint32_t (*pci_read)(const struct pci_function *function, unsigned offset);
    void (*pci_write)(const struct pci_function *function, unsigned offset,
                      uint32_t value);
    void *(*pci_registers)(const struct pci_function *function, unsigned bar,
                           uint32_t offset);
    unsigned (*pci_capability)(const struct pci_function *function,
                               uint8_t id, unsigned offset);
    void (*pci_enable)(const struct pci_function *function);
    uint64_t (*memory_take)(size_t pages);
    size_t (*memory_run)(const void *virtual, size_t size,
                         enum memory_access access, uint64_t *physical);
    int (*lock_try)(struct lock *lock);
    void (*lock_take)(struct lock *lock);
    void (*lock_release)(struct lock *lock);
    int (*lock_held)(const struct lock *lock);
    struct time_limit (*time_limit_us)(uint32_t us);
    int (*time_limit_passed)(struct time_limit limit);
    struct block_device *const *block_devices;
    int (*block_add)(struct block_device *device);
    void (*block_done)(struct block_device *device, unsigned tag, int error);
    void (*block_lock)(void);
    void (*block_release)(void);
    int (*block_held)(void);
    struct net_device *(*net_get)(unsigned net);
    /* Stops all other CPUs, calls work_reset, and lets them take work again.
     * Does nothing on another CPU. */
    void (*cpu_reset)(void);
};
