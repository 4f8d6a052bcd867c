/* vectors.c - do a program's registers survive interrupts and calls?
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * vectors [DEVICES]
 *
 * On all CPUs at once x87, SSE, AVX and AVX-512 (what the CPU has), their
 * control registers, the general registers and the red zone are filled, and
 * must be the same after a while in which interrupts came: of the local APIC's
 * timer, wake-ups from the other CPUs, and on the boot CPU those of that many
 * devices: somebody has to type, and Enter when "vectors: enough" appears. They
 * must also survive calls, as far as baremetal.h and the psABI say.
 *
 * Prints "vectors: N CPUs, AVX, all is well", or what is wrong; the exit
 * status is the number of things that are. Too few interrupts are wrong too.
 */
#include <kernel/cpu.h>
#include <pure64/cpu.h>
#include <pure64/layout.h>
#include <pure64/sysinfo.h>
#include "../../programs/text.h"
#include "vectors_state.h"

#define LIMIT_NS 30000000000u
#define SPINS 50000u        /* in one check */
#define SPINS_ITEM 500u     /* in an item of the queue */
#define SPINS_GIVER 10000u  /* while CPUs do such items and halt */
#define ITEMS 400u          /* at least, and at most: */
#define ITEMS_MAX 20000u
#define WOKEN 20u           /* of them, on a CPU that was halted */
#define HITS 100u           /* of timer and wake-ups on each CPU */
#define DEVICE_HITS 10u     /* of each device */
#define CALL_ROUNDS 8u      /* checks of interrupts for one of calls */
#define LINES_MAX 10u       /* about what is wrong */
#define RANGES_MAX 20u

/* Intel SDM volume 3, "Advanced Programmable Interrupt Controller". */
#define APIC_ICR 0x300
#define APIC_ICR_PENDING 0x1000u
#define APIC_ICR_OTHERS 0xC4000u /* fixed, assert, all but this CPU */
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_MASKED 0x10000u
#define APIC_LVT_PERIODIC 0x20000u
#define APIC_TIMER_COUNT 0x380
#define APIC_TIMER_DIVIDE 0x3E0
#define APIC_TIMER_DIVIDE_1 0xB
#define APIC_POLLS 1000000u
#define TIMER_VECTOR 0x90   /* nobody's: acknowledged and forgotten */
#define TIMER_TICKS 50000u  /* times the CPUs: an emulator handles them all */
#define DEVICE_FIRST 0x30   /* ISA interrupts: interrupt.c */
#define DEVICES 16u

#define CPUID_1_ECX_OSXSAVE (1u << 27)
/* XCR0's bits: Intel SDM volume 1, "XSAVE-Supported Features". */
#define XCR0_AVX 0x04u
#define XCR0_AVX_512 0xE0u
#define XCR0_USED 0xE7u

/* Intel SDM volume 1, "Legacy Region of an XSAVE Area" and "XSAVE Header". */
#define FX_CONTROL 0
#define FX_STATUS 2
#define FX_TAGS 4
#define FX_MXCSR 24
#define FX_MXCSR_MASK 28
#define FX_REGISTERS 32     /* x87: 10 of 16 bytes each */
#define FX_XMM 160
#define XSAVE_HEADER 512    /* its first word: what the area holds */

#define CONTROL_DEFAULT 0x37F
#define MXCSR_MASK_DEFAULT 0xFFBFu

/* A CPU's own. */
struct worker {
    struct state want, found;
    uint64_t random;
    uint32_t timer_hits, wake_hits, device_hits[DEVICES];
    uint32_t has_wakes, has_enough;
    struct baremetal_lock lock;
    struct baremetal_barrier barrier;
    void *block;
    uint64_t word;
    struct baremetal_memory memory;
    struct baremetal_cpu info;
};

/* A part of `vectors`. */
struct range {
    const char *name;
    uint32_t offset, size;
};

static const struct baremetal *system;
static unsigned cpus, devices;
static struct worker *workers;
static struct range ranges[RANGES_MAX];
static unsigned range_count;
static uint64_t components;
static uint32_t mxcsr_mask;
static uint64_t end_ns;
static uint32_t wrong, stopped, items_run, woken;
static volatile uint32_t have_wakes, have_enough; /* CPUs */

/* ---- What is wrong. */
static void report(const char *what, const char *when, unsigned cpu)
{
    struct text line = { 0 };

    if (__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED) >= LINES_MAX)
        return;
    text_add(&line, "vectors: wrong: ");
    text_add(&line, what);
    text_add(&line, " after ");
    text_add(&line, when);
    text_add(&line, ", CPU ");
    text_number(&line, cpu, 0);
    text_print(&line, system);
}

/* ---- The state of a CPU. */
static void range_add(const char *name, uint32_t offset, uint32_t size)
{
    if (range_count < RANGES_MAX)
        ranges[range_count] = (struct range){ name, offset, size };
    range_count++;
}

/* Finds out what this CPU has; 0 if it is too much for struct state. */
static int ranges_find(void)
{
    static const char *const names[8] = {
        [2] = "YMM", [5] = "k0-k7", [6] = "ZMM0-15", [7] = "ZMM16-31",
    };
    uint32_t low, high;

    range_add("the x87 control word", FX_CONTROL, 2);
    range_add("the x87 status word", FX_STATUS, 2);
    range_add("the x87 tags", FX_TAGS, 1);
    range_add("MXCSR", FX_MXCSR, 4);
    for (unsigned i = 0; i < 8; i++)
        range_add("x87", FX_REGISTERS + 16 * i, 10);
    range_add("XMM", FX_XMM, 16 * 16);
    if (!(cpu_cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE))
        return 1;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    components = low & XCR0_USED;
    for (unsigned i = 2; i < 8; i++) {
        struct cpu_cpuid area = cpu_cpuid(0xD, i);

        if (!(components >> i & 1))
            continue;
        if (area.ebx + area.eax > sizeof workers->want.vectors)
            return 0;
        range_add(names[i], area.ebx, area.eax);
    }
    return range_count <= RANGES_MAX;
}

/* Marsaglia, "Xorshift RNGs". */
static uint64_t random_next(struct worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return worker->random;
}

static void put(uint8_t *to, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++, value >>= 8)
        to[i] = (uint8_t)value;
}

static uint64_t get(const uint8_t *from, unsigned size)
{
    uint64_t value = 0;

    while (size--)
        value = value << 8 | from[size];
    return value;
}

/* Another pattern each time, and other ones on other CPUs. What is found is
 * cleared. */
static void state_fill(struct worker *worker)
{
    struct state *want = &worker->want;
    uint8_t *vectors = want->vectors;
    uint64_t mode = random_next(worker);

    for (unsigned i = 0; i < 16; i++)
        want->red_zone[i] = random_next(worker);
    for (unsigned i = 0; i < GENERALS; i++)
        want->general[i] = random_next(worker);
    for (unsigned i = 0; i < range_count; i++)
        for (unsigned at = 0; at < ranges[i].size; at++)
            vectors[ranges[i].offset + at] = (uint8_t)random_next(worker);
    /* Every rounding, two precisions, no exception unmasked. */
    put(vectors + FX_CONTROL,
        0x7F | (mode & 0xC00) | (mode & 1 ? 0x300 : 0x200), 2);
    put(vectors + FX_STATUS, mode & 0x7F00, 2); /* TOP, condition codes, busy */
    put(vectors + FX_TAGS, 0xFF, 1); /* every register has a value */
    put(vectors + FX_MXCSR, (MXCSR_DEFAULT | (mode & 0xE07F)) & mxcsr_mask, 4);
    put(vectors + XSAVE_HEADER, components, 8);
    want->components = components;
    worker->found = (struct state){ .components = components };
}

static int is_same(const uint8_t *a, const uint8_t *b, unsigned size)
{
    while (size--)
        if (*a++ != *b++)
            return 0;
    return 1;
}

/* generals: a bit for each that must be the same. */
static void state_compare(const struct worker *worker, uint32_t generals,
                          const char *when)
{
    const struct state *want = &worker->want, *found = &worker->found;
    unsigned cpu = system->cpu_number();

    for (unsigned i = 0; i < range_count; i++)
        if (!is_same(want->vectors + ranges[i].offset,
                     found->vectors + ranges[i].offset, ranges[i].size))
            report(ranges[i].name, when, cpu);
    for (unsigned i = 0; i < GENERALS; i++)
        if (generals >> i & 1 && want->general[i] != found->general[i])
            report("a general register", when, cpu);
}

/* Work starts with x87 and SSE as baremetal.h and smp-check have it. */
static void check_start(void)
{
    static const char when[] = "the start";
    struct state now;
    unsigned cpu = system->cpu_number();

    __asm__ volatile("fxsave64 %0" : "=m"(now.vectors));
    if (get(now.vectors + FX_CONTROL, 2) != CONTROL_DEFAULT)
        report("the x87 control word", when, cpu);
    if (get(now.vectors + FX_TAGS, 1))
        report("the x87 tags", when, cpu);
    if (get(now.vectors + FX_MXCSR, 4) != MXCSR_DEFAULT)
        report("MXCSR", when, cpu);
}

/* ---- Interrupts. */
static void apic_write(unsigned reg, uint32_t value)
{
    if (SYSINFO->x2apic)
        cpu_write_msr(MSR_X2APIC + reg / 16, value);
    else
        *(volatile uint32_t *)(SYSINFO->lapic + reg) = value;
}

static void timer_start(void)
{
    apic_write(APIC_TIMER_DIVIDE, APIC_TIMER_DIVIDE_1);
    apic_write(APIC_LVT_TIMER, APIC_LVT_PERIODIC | TIMER_VECTOR);
    apic_write(APIC_TIMER_COUNT, TIMER_TICKS * cpus);
}

static void timer_stop(void)
{
    apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
    apic_write(APIC_TIMER_COUNT, 0);
}

/* The interrupt that the kernel sends CPUs that halt; these here are busy. */
static void wake_others(void)
{
    volatile uint32_t *icr = (volatile uint32_t *)(SYSINFO->lapic + APIC_ICR);

    for (unsigned i = 0; !SYSINFO->x2apic && *icr & APIC_ICR_PENDING &&
                         i < APIC_POLLS; i++)
        cpu_pause();
    apic_write(APIC_ICR, APIC_ICR_OTHERS | INTERRUPT_WAKE);
}

/* Where the last interrupt of this CPU left its frame: the CPU aligns the
 * stack (Intel SDM volume 3, "64-Bit Mode Stack Frame"). */
static volatile struct interrupt_frame *last_frame(void)
{
    const struct cpu *cpu = (const struct cpu *)(cpu_store_gdt().base -
                                                 offsetof(struct cpu, gdt));

    return (volatile struct interrupt_frame *)
        (cpu->tss.ist[CPU_IST_COMMON] & ~15ull) - 1;
}

/* Counts the last interrupt if it came while nothing else happened; there may
 * have been others before it. */
static void count_hit(struct worker *worker,
                      const volatile struct interrupt_frame *frame)
{
    unsigned vector = (uint8_t)frame->vector;

    if (frame->rip < (uint64_t)spin_begin || frame->rip >= (uint64_t)spin_end)
        return;
    if (vector == TIMER_VECTOR)
        worker->timer_hits++;
    else if (vector == INTERRUPT_WAKE)
        worker->wake_hits++;
    else if (vector - DEVICE_FIRST < DEVICES)
        worker->device_hits[vector - DEVICE_FIRST]++;
}

static void check_interrupts(struct worker *worker, uint64_t spins)
{
    volatile struct interrupt_frame *frame = last_frame();

    state_fill(worker);
    frame->rip = 0;
    state_spin(&worker->want, &worker->found, spins);
    count_hit(worker, frame);
    state_compare(worker, ALL_GENERALS, "an interrupt");
    if (!is_same((const uint8_t *)worker->want.red_zone,
                 (const uint8_t *)worker->found.red_zone,
                 sizeof worker->want.red_zone))
        report("the red zone", "an interrupt", system->cpu_number());
}

/* ---- Calls. */

/* With RDI, RSI, RDX and RCX. */
#define CALL(worker, name, ...) \
    call_check(worker, #name, (void (*)(void))system->name, \
               (const uint64_t[4]){ __VA_ARGS__ })

static void call_check(struct worker *worker, const char *name,
                       void (*function)(void), const uint64_t *arguments)
{
    uint64_t *general = worker->want.general;

    state_fill(worker);
    general[RDI] = arguments[0];
    general[RSI] = arguments[1];
    general[RDX] = arguments[2];
    general[RCX] = arguments[3];
    state_call(&worker->want, &worker->found, function);
    state_compare(worker, CALLEE_SAVED, name);
}

/* The published table of calls that keep all registers but outputs. */
#define B_INPUT 0x100010
#define B_OUTPUT 0x100018
#define B_NET_RX 0x100028
#define B_NVS_READ 0x100030
#define B_SYSTEM 0x100040
#define B_USER 0x100048

static void legacy_check(struct worker *worker, uint64_t slot, uint64_t rcx,
                         const void *rsi, const void *rdi, uint32_t outputs)
{
    uint64_t *general = worker->want.general;

    state_fill(worker);
    general[RAX] = 0;
    general[RCX] = rcx;
    general[RDX] = 0;
    general[RSI] = (uint64_t)rsi;
    general[RDI] = (uint64_t)rdi;
    state_call(&worker->want, &worker->found,
               *(void (*const volatile *)(void))slot);
    state_compare(worker, ALL_GENERALS & ~outputs, "a call of the table");
}

/* Neither of them uses a vector register. */
static void item_nothing(void *argument)
{
    (void)argument;
}

static void loop_nothing(uint64_t begin, uint64_t end, void *argument)
{
    (void)begin;
    (void)end;
    (void)argument;
}

/* Those that any CPU may call. */
static void check_calls(struct worker *worker)
{
    static const char ignored[] = "\x1F";

    CALL(worker, write, (uint64_t)ignored, 1);
    CALL(worker, time_ns, (uint64_t)&worker->word);
    CALL(worker, delay_us, 1);
    CALL(worker, memory, (uint64_t)&worker->memory);
    CALL(worker, cpu_count, 0);
    CALL(worker, cpu_number, 0);
    CALL(worker, cpu_info, 0, (uint64_t)&worker->info);
    CALL(worker, cpu_run, 1, (uint64_t)item_nothing);
    CALL(worker, queue_add, (uint64_t)item_nothing);
    CALL(worker, queue_length, 0);
    CALL(worker, queue_run, 0);
    CALL(worker, parallel_for, 0, 64, 1, (uint64_t)loop_nothing);
    worker->barrier.count = 1;
    CALL(worker, barrier_wait, (uint64_t)&worker->barrier);
    CALL(worker, lock, (uint64_t)&worker->lock);
    CALL(worker, unlock, (uint64_t)&worker->lock);
    CALL(worker, memory_allocate, 1000, 64, (uint64_t)&worker->block);
    CALL(worker, memory_release, (uint64_t)worker->block);
    CALL(worker, memory_free, 0);

    legacy_check(worker, B_OUTPUT, 1, ignored, 0, 0);
    legacy_check(worker, B_SYSTEM, 0x00, 0, 0, 1u << RAX); /* TIMECOUNTER */
    legacy_check(worker, B_SYSTEM, 0x11, 0, 0, 1u << RAX); /* SMP_NUMCORES */
    legacy_check(worker, B_USER, 0, 0, 0, 0);
}

/* Those of the boot CPU, and those that wait for other CPUs. */
static void check_boot_calls(struct worker *worker)
{
    static struct baremetal_screen screen;
    static struct baremetal_disk disk;
    static uint8_t sector[4096];

    CALL(worker, screen, (uint64_t)&screen);
    CALL(worker, key, 0);
    CALL(worker, disk_info, 0, (uint64_t)&disk);
    CALL(worker, disk_read, 0, 0, 1, (uint64_t)sector);
    CALL(worker, cpu_policy, BAREMETAL_POWER, 0);
    CALL(worker, cpu_run, 1, (uint64_t)item_nothing);
    CALL(worker, cpu_wait, 1);
    CALL(worker, cpu_wait_all, 0);
    legacy_check(worker, B_INPUT, 0, 0, 0, 1u << RAX);
    legacy_check(worker, B_NET_RX, 0, 0, 0, 1u << RCX | 1u << RDI);
    legacy_check(worker, B_NVS_READ, 1, 0, sector, 1u << RCX);
}

/* ---- All together. */
static int time_is_up(void)
{
    uint64_t now;

    return system->time_ns(&now) || now >= end_ns;
}

static int is_enough(const struct worker *worker)
{
    unsigned good = 0;

    for (unsigned i = 0; i < DEVICES; i++)
        good += worker->device_hits[i] >= DEVICE_HITS;
    return worker->timer_hits >= HITS &&
           (cpus == 1 || worker->wake_hits >= HITS) &&
           (worker != workers || good >= devices);
}

/* A kind of interrupt ends when there were enough of it: of many in one check
 * only the last is seen. */
static void count_enough(struct worker *worker)
{
    if (worker->timer_hits == HITS)
        timer_stop();
    if (worker->wake_hits == HITS && !worker->has_wakes) {
        worker->has_wakes = 1;
        __atomic_fetch_add(&have_wakes, 1, __ATOMIC_RELAXED);
    }
    if (!worker->has_enough && is_enough(worker)) {
        worker->has_enough = 1;
        __atomic_fetch_add(&have_enough, 1, __ATOMIC_RELAXED);
    }
}

/* Until every CPU has had enough interrupts. */
static void work(void *argument)
{
    struct worker *worker = argument;
    unsigned turn = (unsigned)(worker - workers);

    check_start();
    timer_start();
    while (have_enough != cpus && !time_is_up()) {
        check_interrupts(worker, SPINS);
        if (have_wakes != cpus && turn % cpus == 0)
            wake_others();
        if (turn++ % CALL_ROUNDS == 0)
            check_calls(worker);
        count_enough(worker);
    }
    timer_stop();
    __atomic_fetch_add(&stopped, 1, __ATOMIC_RELAXED);
}

/* On a CPU that an interrupt woke in the kernel, unless it was awake still. */
static void item(void *argument)
{
    const volatile struct interrupt_frame *frame = last_frame();

    (void)argument;
    if ((uint8_t)frame->vector == INTERRUPT_WAKE && frame->rip &&
        frame->rip < LAYOUT_LOW_RAM)
        __atomic_fetch_add(&woken, 1, __ATOMIC_RELAXED);
    check_start();
    check_interrupts(&workers[system->cpu_number()], SPINS_ITEM);
    __atomic_fetch_add(&items_run, 1, __ATOMIC_RELAXED);
}

/* CPUs come and go, asked by both ways of giving work. */
static void check_wake_up(void)
{
    unsigned given = 0;

    for (unsigned i = 0; i < ITEMS ||
                         (cpus > 1 && i < ITEMS_MAX && woken < WOKEN); i++) {
        given += cpus > 1 &&
                 !system->cpu_run(1 + i % (cpus - 1), item, 0);
        given += !system->queue_add(item, 0);
        check_interrupts(workers, SPINS_GIVER);
    }
    system->cpu_wait_all();
    if (items_run != given)
        report("the number of items", "waiting", 0);
    if (cpus > 1 && woken < WOKEN)
        report("too few CPUs woken", "giving them work", 0);
}

/* Somebody typed; up to the Enter it is for nobody. The system keeps a few
 * keys only: there has to be room for that one before it is asked for. */
static void take_keys(void)
{
    struct text line = { 0 };

    while (system->key())
        ;
    text_add(&line, "vectors: enough");
    text_print(&line, system);
    while (system->key_wait() != '\n')
        ;
}

static void check_hits(void)
{
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        if (!workers[cpu].has_enough)
            report("too few interrupts", "the time for them", cpu);
    if (stopped != cpus)
        report("the number of CPUs", "waiting", 0);
}

static void start(void)
{
    struct text line = { 0 };

    for (unsigned cpu = 0; cpu < cpus; cpu++)
        workers[cpu].random = (cpu + 1) * 0x9E3779B97F4A7C15;
    check_boot_calls(workers);
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        if (system->cpu_run(cpu, work, &workers[cpu]))
            report("cpu_run", "waiting", cpu);
    text_add(&line, "vectors: begin");
    text_print(&line, system);
    work(workers);
    system->cpu_wait_all();
}

int main(int argc, char **argv, const struct baremetal *os)
{
    struct text line = { 0 };
    struct state now;
    void *memory = 0;

    system = os;
    cpus = os->cpu_count();
    devices = argc > 1 ? (unsigned)text_to_number(argv[1]) : 0;
    check_start();
    __asm__ volatile("fxsave64 %0" : "=m"(now.vectors));
    mxcsr_mask = (uint32_t)get(now.vectors + FX_MXCSR_MASK, 4);
    if (!mxcsr_mask)
        mxcsr_mask = MXCSR_MASK_DEFAULT;
    if (!ranges_find() || os->time_ns(&end_ns) ||
        os->memory_allocate(cpus * sizeof *workers, 64, &memory))
        return 100;
    end_ns += LIMIT_NS;
    workers = memory;
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        workers[cpu] = (struct worker){ 0 };
    start();
    check_hits();
    check_wake_up();
    if (devices)
        take_keys();
    if (wrong)
        return (int)wrong;
    text_add(&line, "vectors: ");
    text_number(&line, cpus, 0);
    text_add(&line, components & XCR0_AVX_512 ? " CPUs, AVX-512"
                    : components & XCR0_AVX ? " CPUs, AVX" : " CPUs, SSE");
    text_add(&line, ", all is well");
    text_print(&line, os);
    return 0;
}
