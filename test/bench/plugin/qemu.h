/* qemu.h - what QEMU provides to plugins, as far as it is used here.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * QEMU manual, "QEMU TCG Plugins", version 1 of the API. Declared here, as
 * QEMU's packages bring no header of it.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define API_VERSION 1

typedef uint64_t plugin_id;
typedef uint32_t plugin_access; /* opaque: what a memory access was like */
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum plugin_registers { NO_REGISTERS };
enum plugin_accesses { READS_AND_WRITES = 3 };
enum plugin_inline { INLINE_ADD_U64 };

typedef void (*tb_translated)(plugin_id id, struct qemu_plugin_tb *block);
typedef void (*executed)(unsigned int cpu, void *data);
typedef void (*accessed)(unsigned int cpu, plugin_access access,
                         uint64_t address, void *data);
typedef void (*exiting)(plugin_id id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, tb_translated call);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                          executed call,
                                          enum plugin_registers registers,
                                          void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            executed call,
                                            enum plugin_registers registers,
                                            void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
                                                enum plugin_inline operation,
                                                void *counter,
                                                uint64_t value);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                      accessed call,
                                      enum plugin_registers registers,
                                      enum plugin_accesses which, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, exiting call, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(plugin_access access,
                                                  uint64_t address);
int qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *place);
const char *
qemu_plugin_hwaddr_device_name(const struct qemu_plugin_hwaddr *place);

/* What QEMU looks for. */
EXPORT int qemu_plugin_version = API_VERSION;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc,
                               char **argv);

/* Both systems have their own code outside, ours below and Linux above. */
#define PROGRAM_BEGIN 0x400000ull
#define PROGRAM_END 0x800000000000ull

/* NOPs that nobody else uses: NOPL with a displacement of letters. See
 * measure_begin and measure_end. */
#define MARK_BYTES 8
#define MARK_BEGIN "\x0F\x1F\x84\x00" "BGIN"
#define MARK_END "\x0F\x1F\x84\x00" "QUIT"
