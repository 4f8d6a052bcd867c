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
 * The interface is declared here (QEMU manual, "QEMU TCG Plugins", version 1
 * of the API), as QEMU's packages bring no header of it. For the emulator's
 * one-thread mode, as with -icount: nothing here is locked.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define API_VERSION 1
#define CPUS_MAX 256
/* Both systems have their own code outside, ours below and Linux above. */
#define PROGRAM_BEGIN 0x400000ull
#define PROGRAM_END 0x800000000000ull
#define MARK_BYTES 8

/* ---- what QEMU provides */
typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_translated)(plugin_id id, struct qemu_plugin_tb *block);
typedef void (*executed)(unsigned int cpu, void *data);
enum plugin_registers { NO_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, tb_translated call);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                          executed call,
                                          enum plugin_registers registers,
                                          void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            executed call,
                                            enum plugin_registers registers,
                                            void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = API_VERSION;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc,
                               char **argv);

/* ---- counting */
static struct cpu {
    int counting, in_system;
    uint64_t program, system, entries;
} cpus[CPUS_MAX];
static FILE *out;
static uint64_t from, to; /* 0: marks */

/* NOPs that nobody else uses: NOPL with a displacement of letters. */
static const uint8_t mark_begin[MARK_BYTES] = "\x0F\x1F\x84\x00" "BGIN";
static const uint8_t mark_end[MARK_BYTES] = "\x0F\x1F\x84\x00" "QUIT";

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
    if (!memcmp(data, mark_begin, MARK_BYTES))
        qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, NO_REGISTERS, 0);
    else if (!memcmp(data, mark_end, MARK_BYTES))
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
