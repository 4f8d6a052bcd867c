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
    PROGRAM_FAULTED = 1,  /* an exception; its report is on the console */
};

struct kernel_program {
    const char *name;     /* for the exception report */
    uint64_t entry;       /* virtual address */
    int argc;
    char **argv;          /* anywhere the program can read */
    int status;           /* out: what it returned */
};

struct kernel_memory_use {
    uint64_t total;       /* bytes of RAM in the machine */
    uint64_t program;     /* of them, what a program may have */
};

struct kernel_services {
    /* Runs a loaded program to its end on its own stack; see program_end.
     * Not re-entrant: one program at a time. */
    int (*program_run)(struct kernel_program *program);
    void (*memory_use)(struct kernel_memory_use *use);
    /* Restart or switch off; return only if the machine could not be. */
    void (*reboot)(void);
    void (*shutdown)(void);
};
