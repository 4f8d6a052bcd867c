/* register_trap.h - device registers whose every access the test sees.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * They stand in memory that may not be accessed: the fault of each access
 * makes it possible for one instruction, behind which a trap takes it back.
 * For x86-64 Linux. A test that includes it has these two functions
 * (and defines _GNU_SOURCE first, for REG_ERR):
 *
 *     register_read(offset): what a read of 32 bits is to find there
 *     register_written(offset, value): what a write has left there
 */
#pragma once
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>

#define FAULT_WRITE 2   /* in the page fault's error code */
#define TRAP_FLAG 0x100 /* in RFLAGS: one instruction, then SIGTRAP */

static uint32_t register_read(unsigned offset);
static void register_written(unsigned offset, uint32_t value);

static char *registers;
static size_t registers_bytes;
static unsigned trapped;
static int trapped_write;

static void on_fault(int number, siginfo_t *info, void *context)
{
    greg_t *cpu = ((ucontext_t *)context)->uc_mcontext.gregs;
    uintptr_t offset = (uintptr_t)info->si_addr - (uintptr_t)registers;

    if (offset >= registers_bytes) { /* a real one: again, to die of it */
        signal(number, SIG_DFL);
        return;
    }
    mprotect(registers, registers_bytes, PROT_READ | PROT_WRITE);
    trapped = (unsigned)offset;
    trapped_write = (cpu[REG_ERR] & FAULT_WRITE) != 0;
    if (!trapped_write)
        *(uint32_t *)(registers + offset) = register_read(trapped);
    cpu[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int number, siginfo_t *info, void *context)
{
    greg_t *cpu = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint32_t value = *(uint32_t *)(registers + trapped);

    (void)number;
    (void)info;
    cpu[REG_EFL] &= ~TRAP_FLAG;
    mprotect(registers, registers_bytes, PROT_NONE);
    if (trapped_write)
        register_written(trapped, value);
}

/* Once; whole pages. */
static void traps_set(size_t bytes)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};

    registers_bytes = bytes;
    registers = mmap(0, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    action.sa_sigaction = on_fault;
    sigaction(SIGSEGV, &action, 0);
    action.sa_sigaction = on_step;
    sigaction(SIGTRAP, &action, 0);
}
