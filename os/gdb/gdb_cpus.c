/* gdb_cpus.c - stopping all CPUs for the debugger, and letting them go on.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The CPU that has an exception, or whose interrupt GDB's first byte is, talks
 * to GDB; it brings the others in by non-maskable interrupts, and each waits
 * in its handler. GDB may let only some of them go on.
 */
#include "gdb_internal.h"
#include "../console.h"
#include "../interrupts.h"
#include "../print.h"
#include "../system.h"
#include <kernel/apic.h>
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>

#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define RFLAGS_TF (1u << 8)
#define INT3 0xCC

#define INTERRUPT_CHARACTER 3 /* GDB's Ctrl-C */

/* A CPU that does not come in this time is sent another NMI: the first may
 * have been one with the kernel's own. */
#define STOP_US 200000
#define STOP_TRIES 10

#define PAGE_BYTES 4096

static struct stopped {
    struct interrupt_frame *frame; /* 0: it is not here */
    volatile uint32_t go;          /* enum gdb_go; it takes it back */
    volatile uint32_t held;        /* stays while others go on */
    uint32_t plan;                 /* its next go */
    volatile uint32_t asked;       /* NMIs that are on their way */
} *cpus;

static uint32_t owner;             /* number + 1 of the CPU that talks; 0 */
static volatile uint8_t connected;
static volatile uint8_t stopping;  /* the owner counts who is here */

unsigned gdb_cpu_count(void)
{
    return os_system.os->cpu_count();
}

struct interrupt_frame *gdb_cpu_frame(unsigned cpu)
{
    return cpu < gdb_cpu_count() && !cpus[cpu].go
               ? __atomic_load_n(&cpus[cpu].frame, __ATOMIC_ACQUIRE)
               : 0;
}

void gdb_cpu_go(unsigned cpu, enum gdb_go go)
{
    if (gdb_cpu_frame(cpu) && !cpus[cpu].plan)
        cpus[cpu].plan = go;
}

/* Those that are here go on or are held; who comes now has come too late, and
 * sees that by `stopping`. */
static void release_all(void)
{
    for (unsigned i = 0; i < gdb_cpu_count(); i++) {
        struct stopped *cpu = &cpus[i];
        uint32_t go = cpu->plan;

        if (!gdb_cpu_frame(i))
            continue;
        cpu->plan = GDB_STAY;
        cpu->held = !go;
        __atomic_store_n(&cpu->go, go, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&stopping, 0, __ATOMIC_SEQ_CST);
}

/* This CPU is here until it may go on; 0 if it came too late to be seen. */
static int wait(struct stopped *cpu, struct interrupt_frame *frame)
{
    uint32_t go;

    __atomic_store_n(&cpu->frame, frame, __ATOMIC_SEQ_CST);
    while (!(go = __atomic_load_n(&cpu->go, __ATOMIC_ACQUIRE))) {
        int over = !__atomic_load_n(&stopping, __ATOMIC_SEQ_CST);

        if (over && !cpu->held && !cpu->go)
            break;
        cpu_pause();
    }
    if (go) {
        frame->rflags &= ~(uint64_t)RFLAGS_TF;
        if (go == GDB_STEP)
            frame->rflags |= RFLAGS_TF;
        gdb_break_load();
    }
    __atomic_store_n(&cpu->frame, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&cpu->go, GDB_STAY, __ATOMIC_RELEASE);
    return go != GDB_STAY;
}

/* 1 if every CPU but those that are lost has stopped; asks those that have
 * not. */
static int all_here(unsigned me, int ask)
{
    struct kernel_cpu *const *table = os_system.kernel->cpus();
    int here = 1;

    for (unsigned i = 0; i < gdb_cpu_count(); i++) {
        if (i == me || gdb_cpu_frame(i) || table[i]->lost)
            continue;
        here = 0;
        if (ask) {
            __atomic_fetch_add(&cpus[i].asked, 1, __ATOMIC_SEQ_CST);
            apic_send(table[i]->apic_id, APIC_NMI);
        }
    }
    return here;
}

static void stop_others(unsigned me)
{
    stopping = 1;
    for (unsigned i = 0; i < STOP_TRIES && !all_here(me, 1); i++) {
        struct time_limit limit = os_system.kernel->time_limit_us(STOP_US);

        while (!all_here(me, 0) && !os_system.kernel->time_limit_passed(limit))
            cpu_pause();
    }
}

static int take_owner(unsigned me)
{
    uint32_t nobody = 0;

    return __atomic_compare_exchange_n(&owner, &nobody, me + 1, 0,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* GDB took the breakpoint out between the exception and its handler, where
 * this CPU may have been stopped. */
static int is_stale(const struct interrupt_frame *frame)
{
    uint8_t code = INT3;

    if (frame->vector == VECTOR_DEBUG)
        return !connected;
    if (frame->vector != VECTOR_BREAKPOINT)
        return 0;
    gdb_memory_read(frame->rip - 1, &code, 1);
    return code != INT3;
}

/* This CPU stopped. It talks to GDB, unless another one does: then it is here,
 * too, and a breakpoint comes again, unless GDB has taken it out meanwhile. 0 if
 * there is nothing to talk about any more. */
static int stop(struct interrupt_frame *frame, unsigned signal, int tell)
{
    unsigned me = os_system.os->cpu_number();
    int again = frame->vector == VECTOR_BREAKPOINT;

    while (!take_owner(me)) {
        frame->rip -= again;
        if ((stopping && wait(&cpus[me], frame)) || again)
            return 1;
        cpu_pause();
    }
    if (connected && !is_stale(frame)) {
        cpus[me].frame = frame;
        stop_others(me);
        connected = (uint8_t)gdb_talk(me, signal, tell);
        release_all();
        __atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
        return wait(&cpus[me], frame);
    }
    __atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
    return 0;
}

/* A non-maskable interrupt: 1 if it was one of ours. */
static int answer(struct interrupt_frame *frame)
{
    struct stopped *cpu = &cpus[os_system.os->cpu_number()];

    if (!cpu->asked)
        return 0;
    __atomic_fetch_sub(&cpu->asked, 1, __ATOMIC_SEQ_CST);
    if (stopping && !cpu->frame)
        wait(cpu, frame);
    return 1;
}

/* The signals that GDB knows for exceptions. */
static unsigned signal_of(uint64_t vector)
{
    switch (vector) {
    case VECTOR_DEBUG:
    case VECTOR_BREAKPOINT:
        return GDB_SIGTRAP;
    case 6:
        return 4;  /* SIGILL */
    case 0:
    case 16:
    case 19:
        return 8;  /* SIGFPE */
    default:
        return 11; /* SIGSEGV */
    }
}

int gdb_exception(struct interrupt_frame *frame)
{
    if (!cpus)
        return 0;
    if (frame->vector == VECTOR_NMI)
        return answer(frame);
    if (owner == os_system.os->cpu_number() + 1)
        return 0;
    if (connected && stop(frame, signal_of(frame->vector), 1))
        return 1;
    if (!is_stale(frame))
        return 0;
    frame->rip -= frame->vector == VECTOR_BREAKPOINT;
    frame->rflags &= ~(uint64_t)RFLAGS_TF;
    return 1;
}

/* GDB sent something while the machine runs. */
static void received(void *context)
{
    int byte;

    (void)context;
    while ((byte = gdb_serial_poll()) >= 0) {
        if (byte != INTERRUPT_CHARACTER && byte != '$')
            continue;
        /* Of a packet the first one is lost with its "$": GDB repeats it. */
        if (byte == '$')
            gdb_serial_put('-');
        connected = 1;
        stop(interrupts_frame(), GDB_SIGINT, byte == INTERRUPT_CHARACTER);
    }
}

void gdb_start(void)
{
    int irq = gdb_serial_open();
    uint64_t bytes = SYSINFO_EXTENSION->cpus_running * sizeof *cpus;
    uint64_t pages;

    if (!irq && (gdb_has_port(0) || gdb_has_port(1)))
        print(os_system.os, "gdb: there is no such serial line\n");
    if (!irq)
        return;
    pages = os_system.kernel->memory_take((bytes + PAGE_BYTES - 1) /
                                          PAGE_BYTES);
    if (!pages || interrupts_isa((unsigned)irq, received, 0)) {
        print(os_system.os, "gdb: no memory, or no interrupt for its line\n");
        return;
    }
    cpus = system_memory_at(pages);
    print(os_system.os, "gdb: listening on COM%u, 115200 8N1\n",
          irq == 4 ? 1 : 2);
}
