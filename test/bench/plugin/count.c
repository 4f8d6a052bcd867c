/* count.c - QEMU plugin: counts what each CPU executes, and how often it
 * leaves the program for the system.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Arguments: out=FILE, and optionally from=ADDRESS,to=ADDRESS. Counts on a
 * CPU from one mark of measure.h to the other, which it executes itself; or
 * on all CPUs from when CPU 0 first gets to an address until it gets to
 * another. Then writes a line for each CPU that was counted:
 *
 *     cpu number, instructions of the program, of the system, entries
 *
 * For the emulator's one-thread mode, as with -icount: nothing here is locked.
 */
#include "qemu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS_MAX 256

/* ---- counting */
static struct cpu {
    int counting, in_system;
    uint64_t program, system, entries;
} cpus[CPUS_MAX];
static FILE *out;
static uint64_t from, to; /* 0: marks */

static void count_program(unsigned int cpu, void *instructions)
{
    cpus[cpu].in_system = 0;
    if (cpus[cpu].counting)
        cpus[cpu].program += (uintptr_t)instructions;
}

/* Exact for each instruction, as the system's blocks are often left early:
 * by faults, and where they access a device. */
static void count_system(unsigned int cpu, void *unused)
{
    (void)unused;
    if (!cpus[cpu].counting)
        return;
    cpus[cpu].entries += !cpus[cpu].in_system;
    cpus[cpu].in_system = 1;
    cpus[cpu].system++;
}

static void begin(unsigned int cpu, void *unused)
{
    (void)unused;
    cpus[cpu] = (struct cpu){ .counting = 1 };
}

static void end(unsigned int cpu, void *unused)
{
    (void)unused;
    if (!cpus[cpu].counting)
        return;
    cpus[cpu].counting = 0;
    fprintf(out, "%u %lu %lu %lu\n", cpu, cpus[cpu].program,
            cpus[cpu].system, cpus[cpu].entries);
    fflush(out);
}

static void begin_all(unsigned int cpu, void *unused)
{
    static int begun;

    if (cpu || begun++)
        return;
    for (cpu = 0; cpu < CPUS_MAX; cpu++)
        begin(cpu, unused);
}

static void end_all(unsigned int cpu, void *unused)
{
    if (cpu)
        return;
    for (cpu = 0; cpu < CPUS_MAX; cpu++)
        end(cpu, unused);
}

static void watch_mark(struct qemu_plugin_insn *insn)
{
    const void *data = qemu_plugin_insn_data(insn);

    if (qemu_plugin_insn_size(insn) != MARK_BYTES)
        return;
    if (!memcmp(data, MARK_BEGIN, MARK_BYTES))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, NO_REGISTERS, 0);
    else if (!memcmp(data, MARK_END, MARK_BYTES))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end, NO_REGISTERS, 0);
}

static void watch_address(struct qemu_plugin_insn *insn)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);

    if (from && address == from)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin_all, NO_REGISTERS,
                                               0);
    if (to && address == to)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, end_all, NO_REGISTERS,
                                               0);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    uint64_t address = qemu_plugin_tb_vaddr(block);
    size_t count = qemu_plugin_tb_n_insns(block);
    int program = address >= PROGRAM_BEGIN && address < PROGRAM_END;

    (void)id;
    if (program)
        qemu_plugin_register_vcpu_tb_exec_cb(block, count_program,
                                             NO_REGISTERS,
                                             (void *)(uintptr_t)count);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);

        watch_address(insn);
        if (program)
            watch_mark(insn);
        else
            qemu_plugin_register_vcpu_insn_exec_cb(insn, count_system,
                                                   NO_REGISTERS, 0);
    }
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        const char *value = strchr(argv[i], '=');

        if (!value)
            return 1;
        if (!strncmp(argv[i], "out=", 4))
            out = fopen(value + 1, "w");
        else if (!strncmp(argv[i], "from=", 5))
            from = strtoull(value + 1, 0, 0);
        else if (!strncmp(argv[i], "to=", 3))
            to = strtoull(value + 1, 0, 0);
    }
    if (!out)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
