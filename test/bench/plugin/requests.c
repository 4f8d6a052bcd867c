/* requests.c - QEMU plugin: what the system executes and which devices it
 * accesses from one mark of measure.h to the other.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For machines with one CPU. Arguments: out=FILE; of Linux, the addresses
 * idle=, busy=, timer= and irq= (see README.md, "What is counted");
 * profile=FILE. For each pair of marks a line is written to out:
 *
 *     instructions, accesses to devices, to the local APIC
 *
 * and at the end to profile, for each instruction of the system that was
 * executed between marks: its address, how often, accesses.
 *
 * An instruction with REP counts once, however often it repeats, and so does
 * the access to a port that it makes; QEMU does not know ports as memory, so
 * the instructions for them are recognised.
 */
#include "qemu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERRUPTS_MAX 16 /* within each other */

/* What has interrupted what; `timer` counts those that are not counted. */
static struct {
    unsigned depth, timer;
    unsigned char is_timer[INTERRUPTS_MAX];
    unsigned idle; /* 1 + depth where the idle task waits, 0: it does not */
} now;

/* Of the system's code, marks or not: counted by QEMU inline. */
static uint64_t executed_all;

static int counting;                      /* between marks */
static uint64_t instructions, accesses, apic_accesses;
static uint64_t since;                    /* executed_all; UINT64_MAX: not
                                             counting just now */
static uint64_t idle, busy, timer, irq;   /* addresses, 0: none */
static FILE *out, *profile;

/* One for each instruction translated, of the profile. */
struct place {
    uint64_t address, executed, accesses;
    struct place *next;
};
static struct place *places;

/* ---- what counts */

static int counts(void)
{
    return counting && !now.timer && (!now.idle || now.depth >= now.idle);
}

/* After each change of what counts() says. */
static void settle(void)
{
    if (since != UINT64_MAX)
        instructions += executed_all - since;
    since = counts() ? executed_all : UINT64_MAX;
}

static void begin(unsigned int cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    memset(&now, 0, sizeof now);
    counting = 1;
    since = UINT64_MAX;
    instructions = accesses = apic_accesses = 0;
    settle();
}

static void end(unsigned int cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    if (!counting)
        return;
    counting = 0;
    settle();
    fprintf(out, "%lu %lu %lu\n", instructions, accesses, apic_accesses);
    fflush(out);
}

/* ---- Linux: waiting, and the tick of its clock */

static void idle_begin(unsigned int cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    now.idle = now.depth + 1;
    settle();
}

/* The scheduler: not idle any more, nor in an interrupt, which may end with a
 * call of it. */
static void idle_end(unsigned int cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    memset(&now, 0, sizeof now);
    settle();
}

static void interrupt_begin(unsigned int cpu, void *is_timer)
{
    (void)cpu;
    if (now.depth == INTERRUPTS_MAX)
        return;
    now.is_timer[now.depth++] = is_timer != 0;
    now.timer += is_timer != 0;
    settle();
}

static void interrupt_end(unsigned int cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    if (!now.depth)
        return;
    now.timer -= now.is_timer[--now.depth];
    settle();
}

/* ---- single instructions */

static void count_repeated(unsigned int cpu, void *insn)
{
    static uint64_t last_executed;
    static void *last;

    (void)cpu;
    if (last == insn && last_executed == executed_all)
        return;
    last = insn;
    last_executed = ++executed_all;
    if (counts() && (uintptr_t)insn & 1)
        accesses++;
}

static void count_port(unsigned int cpu, void *unused)
{
    (void)cpu;
    (void)unused;
    accesses += (uint64_t)counts();
}

static void count_access(unsigned int cpu, plugin_access access,
                         uint64_t address, void *data)
{
    struct qemu_plugin_hwaddr *where;
    struct place *place = data;
    const char *name;

    (void)cpu;
    if (!counts())
        return;
    where = qemu_plugin_get_hwaddr(access, address);
    if (!where || !qemu_plugin_hwaddr_is_io(where))
        return;
    name = qemu_plugin_hwaddr_device_name(where);
    if (name && !strncmp(name, "apic", 4)) {
        apic_accesses++;
        return;
    }
    accesses++;
    if (place)
        place->accesses++;
}

static void count_place(unsigned int cpu, void *data)
{
    (void)cpu;
    ((struct place *)data)->executed += (uint64_t)counts();
}

static struct place *new_place(uint64_t address)
{
    struct place *place = calloc(1, sizeof *place);

    if (!place)
        abort();
    place->address = address;
    place->next = places;
    places = place;
    return place;
}

/* ---- translation */

/* Opcode behind the prefixes; *repeats: there is a REP among them. Intel SDM
 * volume 2, "Instruction Prefixes". */
static uint8_t opcode_of(const struct qemu_plugin_insn *insn, int *repeats)
{
    const uint8_t *data = qemu_plugin_insn_data(insn);
    size_t size = qemu_plugin_insn_size(insn);

    *repeats = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == 0xF2 || data[i] == 0xF3)
            *repeats = 1;
        else if (data[i] != 0x66 && data[i] != 0x67 &&
                 (data[i] & 0xF0) != 0x40)
            return data[i];
    }
    return 0;
}

static int is_port_string(uint8_t opcode) /* INS, OUTS */
{
    return opcode >= 0x6C && opcode <= 0x6F;
}

static int is_string(uint8_t opcode)
{
    return is_port_string(opcode) || (opcode >= 0xA4 && opcode <= 0xA7) ||
           (opcode >= 0xAA && opcode <= 0xAF);
}

static int is_port(uint8_t opcode)
{
    return is_port_string(opcode) || (opcode & 0xF4) == 0xE4;
}

static void watch(struct qemu_plugin_insn *insn, executed call, void *data)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, call, NO_REGISTERS, data);
}

static void watch_linux(struct qemu_plugin_insn *insn, uint64_t address)
{
    static const uint8_t iretq[] = { 0x48, 0xCF };

    if (!idle)
        return;
    if (address == idle)
        watch(insn, idle_begin, 0);
    else if (address == busy)
        watch(insn, idle_end, 0);
    else if (address == timer || address == irq)
        watch(insn, interrupt_begin, address == timer ? &timer : 0);
    else if (qemu_plugin_insn_size(insn) == sizeof iretq &&
             !memcmp(qemu_plugin_insn_data(insn), iretq, sizeof iretq))
        watch(insn, interrupt_end, 0);
}

static void watch_system(struct qemu_plugin_insn *insn)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);
    struct place *place = profile ? new_place(address) : 0;
    int repeats;
    uint8_t opcode = opcode_of(insn, &repeats);

    watch_linux(insn, address);
    if (repeats && is_string(opcode)) {
        /* Bit 0 says that it is a port's: addresses may be odd. */
        watch(insn, count_repeated,
              (void *)(uintptr_t)(address << 1 | is_port_string(opcode)));
    } else {
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64,
                                                   &executed_all, 1);
        if (is_port(opcode))
            watch(insn, count_port, 0);
    }
    if (place)
        watch(insn, count_place, place);
    qemu_plugin_register_vcpu_mem_cb(insn, count_access, NO_REGISTERS,
                                     READS_AND_WRITES, place);
}

static void watch_mark(struct qemu_plugin_insn *insn)
{
    const void *data = qemu_plugin_insn_data(insn);

    if (qemu_plugin_insn_size(insn) != MARK_BYTES)
        return;
    if (!memcmp(data, MARK_BEGIN, MARK_BYTES))
        watch(insn, begin, 0);
    else if (!memcmp(data, MARK_END, MARK_BYTES))
        watch(insn, end, 0);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    uint64_t address = qemu_plugin_tb_vaddr(block);
    int program = address >= PROGRAM_BEGIN && address < PROGRAM_END;

    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);

        if (program)
            watch_mark(insn);
        else
            watch_system(insn);
    }
}

static void write_profile(plugin_id id, void *unused)
{
    (void)id;
    (void)unused;
    for (const struct place *place = places; place; place = place->next)
        if (place->executed)
            fprintf(profile, "%lx %lu %lu\n", place->address, place->executed,
                    place->accesses);
    fclose(profile);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    static const struct {
        const char *name;
        uint64_t *value;
    } numbers[] = {
        { "idle=", &idle }, { "busy=", &busy },
        { "timer=", &timer }, { "irq=", &irq },
    };

    (void)info;
    for (int i = 0; i < argc; i++) {
        const char *value = strchr(argv[i], '=');

        if (!value)
            return 1;
        value++;
        if (!strncmp(argv[i], "out=", 4))
            out = fopen(value, "w");
        else if (!strncmp(argv[i], "profile=", 8))
            profile = fopen(value, "w");
        for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++)
            if (!strncmp(argv[i], numbers[j].name, strlen(numbers[j].name)))
                *numbers[j].value = strtoull(value, 0, 0);
    }
    if (!out)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    if (profile)
        qemu_plugin_register_atexit_cb(id, write_profile, 0);
    return 0;
}
