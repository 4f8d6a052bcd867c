/* main.c - where the kernel enters the os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "callback.h"
#include "calls.h"
#include "completion.h"
#include "console.h"
#include "console_calls.h"
#include "disk.h"
#include "fault_report.h"
#include "gdb/gdb.h"
#include "input.h"
#include "log.h"
#include "legacy_calls.h"
#include "pci_scan.h"
#include "print.h"
#include "ram_map.h"
#include "shell.h"
#include "startup.h"
#include "system_calls.h"
#include "system.h"
#include "virtio.h"
#include "work.h"
#include <pure64/string.h>

/* The first field of the head; the others are link-time values, in
 * start.asm. */
extern const uint32_t os_magic;
__attribute__((section(".head.magic"), used))
const uint32_t os_magic = OS_MAGIC;

_Static_assert(offsetof(struct os_head, magic) == 0, "here");
_Static_assert(offsetof(struct os_head, memory_size) == 4, "start.asm: dd");
_Static_assert(offsetof(struct os_head, entry) == 8, "start.asm: dq");
_Static_assert(offsetof(struct os_head, read_only_size) == 16, "start.asm: dq");
_Static_assert(offsetof(struct os_head, calls) == 24, "start.asm: dq");
_Static_assert(offsetof(struct os_head, start) == 32, "start.asm: dq");
_Static_assert(offsetof(struct os_head, cpu_left) == 40, "start.asm: dq");
_Static_assert(offsetof(struct os_head, stopped_early) == 48, "start.asm: dq");
_Static_assert(offsetof(struct os_head, interrupt) == 56, "start.asm: dq");
_Static_assert(offsetof(struct os_head, exception) == 64, "start.asm: dq");
_Static_assert(offsetof(struct os_head, callbacks) == 72, "start.asm: dq");
_Static_assert(offsetof(struct os_head, panic) == 80, "start.asm: dq");
_Static_assert(offsetof(struct os_head, next_work) == 88, "start.asm: dq");
_Static_assert(offsetof(struct os_head, work_done) == 96, "start.asm: dq");
_Static_assert(offsetof(struct os_head, work_reset) == 104, "start.asm: dq");
_Static_assert(sizeof(struct os_head) == 112, "all of the head");

const struct os_system os_system = {&os_calls, &os_kernel};

static struct shell shell;

/* Named in the head; see struct os_head. */
void os_main(void);
void os_start(void);
void os_reset(void);

extern char os_bss[], os_end[]; /* os.ld */

void os_start(void)
{
    void *log_memory;
    size_t log_size;

    memset(os_bss, 0, (size_t)(os_end - os_bss)); /* is not in the file */
    log_memory = ram_map_start(&log_size);
    log_start(log_memory, log_size);
    legacy_calls_start();
    console_start();
    console_calls_start(&shell.editor);
    input_start();
    callback_start();
    gdb_start();
    pci_scan();
    virtio_mmio_scan();
}

void os_reset(void)
{
    work_reset();
    input_cpus_stopped();
    disk_reset();
    file_calls_cpus_stopped();
}

void os_main(void)
{
    const struct baremetal *os = os_system.os;
    const struct kernel_services *kernel = os_system.kernel;
    int again = shell.os != 0;

    shell.os = os;
    shell.kernel = kernel;
    work_init(os, kernel);
    input_reset();
    callback_reset();
    disk_reset();
    system_program_end();
    fault_report(kernel, 0);
    if (again) {
        /* Whatever was under way is lost. The disk is read only when it is
         * asked for: should that be what fails, there is still a prompt. */
        file_calls_reset();
        output_reset();
        print(os, "The system stumbled; whatever it was doing is lost.\n");
    } else {
        file_calls_start();
        line_edit_init(&shell.editor, os);
        shell.editor.complete = completion_tab;
        print(os, "%s %s. Type help for the commands.\n", OS_NAME,
              OS_VERSION);
        startup_run(&shell);
    }
    log_events_only();
    shell_loop(&shell);
}
