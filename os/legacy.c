/* legacy.c - b_system, as flat programs of the original system call it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "legacy.h"
#include "legacy_callback.h"
#include "legacy_calls.h"
#include "legacy_net.h"
#include "print.h"
#include "system.h"
#include "work.h"
#include <pure64/cpu.h>
#include <pure64/sysinfo.h>

enum legacy_function {
    TIMECOUNTER = 0x00, /* ns */
    FREE_MEMORY = 0x01, /* MiB */
    WALLCLOCK = 0x02,   /* s since 1970 */
    SMP_ID = 0x10,
    SMP_NUMCORES,
    SMP_SET,
    SMP_GET,
    SMP_LOCK,
    SMP_UNLOCK,
    SMP_BUSY,
    TSC = 0x1F,
    SCREEN_LFB = 0x20,  /* all of these are 0 without one */
    SCREEN_X,
    SCREEN_Y,
    SCREEN_PPSL,
    SCREEN_BPP,
    NET_STATUS = 0x30,
    NET_CONFIG,         /* frames are received where they stay */
    BUS_READ = 0x50,
    BUS_WRITE,
    STDOUT_SET,
    STDOUT_GET,
    CALLBACK_TIMER = 0x60,
    CALLBACK_NETWORK,
    CALLBACK_KEYBOARD,
    TIMER_SET = 0x68,   /* ns */
    DUMP_MEM = 0x70,
    DUMP_RAX,
    DELAY = 0x72,       /* us */
    SLEEP = 0x73,       /* ns */
    RESET = 0x7D,       /* the other CPUs */
    REBOOT = 0x7E,
    SHUTDOWN = 0x7F,
};

#define NS_PER_US 1000
#define DUMP_LINE 16

/* What SMP_GET adds to the address. */
#define ENTRY_PRESENT 1
#define ENTRY_RUNNING 2

#define LOCK_TAKEN 1 /* bit 0 of a lock's word */

static uint64_t boot_entry; /* what the boot CPU runs */
static uint16_t own_lock;   /* the lock that programs name by the address 0 */

void legacy_reset(uint64_t entry)
{
    boot_entry = entry;
    own_lock = 0;
    legacy_callback_reset();
    *legacy_output_slot() = legacy_table[LEGACY_OUTPUT];
}

/* Programs try every id there may be: what cannot be done is ignored. */
static void smp_set(uint64_t apic_id, uint64_t code)
{
    for (unsigned cpu = 1; cpu < work_system.count; cpu++)
        if (work_system.cpus[cpu]->apic_id == apic_id)
            work_run(cpu, (baremetal_work *)code, 0);
}

static uint64_t smp_get(unsigned self)
{
    struct mailbox *box = work_mailbox(self);
    uint64_t entry = boot_entry;

    if (self)
        entry = box->state == WORK_GIVEN ? (uint64_t)box->function : 0;
    return entry | ENTRY_RUNNING | ENTRY_PRESENT;
}

static void smp_lock(uint16_t *word)
{
    /* Acquire: what the last holder did is seen. */
    while (__atomic_fetch_or(word, LOCK_TAKEN, __ATOMIC_ACQUIRE) & LOCK_TAKEN)
        while (__atomic_load_n(word, __ATOMIC_RELAXED) & LOCK_TAKEN)
            work_pause();
}

/* The boot CPU always runs something. */
static int smp_busy(unsigned self)
{
    for (unsigned cpu = 1; cpu < work_system.count; cpu++)
        if (cpu != self && work_is_busy(cpu) && !work_system.cpus[cpu]->lost)
            return 1;
    return self != 0;
}

static uint64_t legacy_smp(enum legacy_function function, uint64_t rax,
                           uint64_t rdx)
{
    unsigned self = work_system.os->cpu_number();
    uint16_t *word = rax ? (uint16_t *)rax : &own_lock;

    switch (function) {
    case SMP_ID:
        return work_system.cpus[self]->apic_id;
    case SMP_NUMCORES:
        return work_system.count;
    case SMP_SET:
        smp_set(rdx, rax);
        break;
    case SMP_GET:
        return smp_get(self);
    case SMP_LOCK:
        smp_lock(word);
        break;
    case SMP_UNLOCK:
        __atomic_fetch_and(word, (uint16_t)~LOCK_TAKEN, __ATOMIC_RELEASE);
        break;
    default: /* SMP_BUSY */
        return (uint64_t)smp_busy(self);
    }
    return rax;
}

static uint64_t legacy_screen(enum legacy_function function)
{
    uint64_t frame_buffer = SYSINFO->frame_buffer;

    switch (function) {
    case SCREEN_LFB:
        return frame_buffer ? LAYOUT_WINDOW + frame_buffer : 0;
    case SCREEN_X:
        return SYSINFO->frame_width;
    case SCREEN_Y:
        return SYSINFO->frame_height;
    case SCREEN_PPSL:
        return SYSINFO->frame_pitch;
    default: /* SCREEN_BPP */
        return SYSINFO->frame_bits;
    }
}

static uint64_t free_memory(void)
{
    struct baremetal_memory memory;

    work_system.os->memory(&memory);
    return memory.size >> 20;
}

/* Programs' locks are theirs, but for the one here. */
static void reset_cpus(void)
{
    if (!work_system.os->cpu_reset())
        own_lock = 0;
}

/* Address: segment(47:32) bus(31:24) device and function(23:16) number of
 * the 32-bit register(15:0). What is not there reads as all ones. */
static uint32_t bus_read(uint64_t address)
{
    return address >> 48 ? UINT32_MAX
                         : os_system.os->pci_read((uint32_t)(address >> 16),
                                                  (uint16_t)address * 4);
}

static void bus_write(uint64_t address, uint32_t value)
{
    if (!(address >> 48))
        os_system.os->pci_write((uint32_t)(address >> 16),
                                (uint16_t)address * 4, value);
}

/* Callbacks run on the boot CPU, and only it may ask for them. */
static void set_callback(enum legacy_function function, uint64_t rax)
{
    if (work_system.os->cpu_number())
        return;
    switch (function) {
    case CALLBACK_TIMER:
        legacy_callback_timer(rax);
        break;
    case CALLBACK_NETWORK:
        legacy_callback_network(rax);
        break;
    case CALLBACK_KEYBOARD:
        legacy_callback_keyboard(rax);
        break;
    case TIMER_SET:
        legacy_timer_set(rax);
        break;
    default:
        break;
    }
}

static void dump_memory(const uint8_t *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (i % DUMP_LINE == 0)
            print(os_system.os, "%s%016lx:", i ? "\n" : "",
                  (unsigned long)(bytes + i));
        print(os_system.os, " %02x", bytes[i]);
    }
    if (count)
        print(os_system.os, "\n");
}

/* Bits of the functions that there are; TSC is legacy_entry.asm's. */
#define BIT(function) (1ull << (function) % 64)
const uint64_t legacy_functions[2] = {
    BIT(TIMECOUNTER) | BIT(FREE_MEMORY) | BIT(WALLCLOCK) | BIT(SMP_ID) |
        BIT(SMP_NUMCORES) | BIT(SMP_SET) | BIT(SMP_GET) | BIT(SMP_LOCK) |
        BIT(SMP_UNLOCK) | BIT(SMP_BUSY) | BIT(TSC) | BIT(SCREEN_LFB) |
        BIT(SCREEN_X) | BIT(SCREEN_Y) | BIT(SCREEN_PPSL) | BIT(SCREEN_BPP) |
        BIT(NET_STATUS),
    BIT(BUS_READ) | BIT(BUS_WRITE) | BIT(STDOUT_SET) | BIT(STDOUT_GET) |
        BIT(CALLBACK_TIMER) | BIT(CALLBACK_NETWORK) | BIT(CALLBACK_KEYBOARD) |
        BIT(TIMER_SET) | BIT(DUMP_MEM) | BIT(DUMP_RAX) | BIT(DELAY) |
        BIT(SLEEP) | BIT(RESET) | BIT(REBOOT) | BIT(SHUTDOWN),
};

static uint64_t call(enum legacy_function function, uint64_t rax, uint64_t rdx)
{
    uint64_t number = 0;

    switch (function) {
    case TIMECOUNTER:
        work_system.os->time_ns(&number);
        return number;
    case FREE_MEMORY:
        return free_memory();
    case WALLCLOCK:
        work_system.os->time_unix(&number);
        return number;
    case SMP_ID ... SMP_BUSY:
        return legacy_smp(function, rax, rdx);
    case SCREEN_LFB ... SCREEN_BPP:
        return legacy_screen(function);
    case NET_STATUS:
        return legacy_net_status(rdx);
    case BUS_READ:
        return bus_read(rdx);
    case BUS_WRITE:
        bus_write(rdx, (uint32_t)rax);
        break;
    case STDOUT_SET:
        *legacy_output_slot() = rax;
        break;
    case STDOUT_GET:
        return *legacy_output_slot();
    case DUMP_MEM:
        dump_memory((const uint8_t *)rax, rdx);
        break;
    case DUMP_RAX:
        print(os_system.os, "%016lx", (unsigned long)rax);
        break;
    case DELAY:
        work_system.os->delay_us(rax);
        break;
    case SLEEP:
        work_system.os->delay_us(rax / NS_PER_US + 1);
        break;
    case RESET:
        reset_cpus();
        break;
    case REBOOT:
        os_system.os->reboot();
        break;
    case SHUTDOWN:
        os_system.os->shutdown();
        break;
    case CALLBACK_TIMER ... TIMER_SET:
        set_callback(function, rax);
        break;
    default:
        break;
    }
    return rax;
}

__attribute__((used)) uint64_t legacy_system(uint32_t function, uint64_t rax,
                                             uint64_t rdx)
{
    uint64_t result = call(function, rax, rdx);

    /* A program that does nothing but call is hardly ever found outside. */
    if (*os_system.kernel->attention)
        os_system.kernel->stop_check();
    return result;
}
