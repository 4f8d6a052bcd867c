/* main.c - where the kernel enters the os.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "fault_report.h"
#include "print.h"
#include "shell.h"
#include "work.h"

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
_Static_assert(offsetof(struct os_head, calls_bytes) == 32, "start.asm: dd");
_Static_assert(offsetof(struct os_head, next_work) == 40, "start.asm: dq");
_Static_assert(offsetof(struct os_head, work_done) == 48, "start.asm: dq");
_Static_assert(offsetof(struct os_head, work_reset) == 56, "start.asm: dq");
_Static_assert(offsetof(struct os_head, b_system) == 64, "start.asm: dq");
_Static_assert(sizeof(struct os_head) == 72, "all of the head");

/* Zero until the first entry: the kernel clears it once. */
static struct shell shell;

/* Named in the head; see struct os_head. */
void os_main(const struct baremetal *os, const struct kernel_services *kernel);

void os_main(const struct baremetal *os, const struct kernel_services *kernel)
{
    int again = shell.os != 0;

    shell.os = os;
    shell.kernel = kernel;
    work_init(os, kernel);
    storage_init(&shell.storage, os);
    fault_report(os, kernel, 0);
    if (again) {
        /* Whatever was under way is lost. The disk is read only when it is
         * asked for: should that be what fails, there is still a prompt. */
        print(os, "The system stumbled; whatever it was doing is lost.\n");
    } else {
        line_edit_init(&shell.editor, os);
        print(os, "%s %s. Type help for the commands.\n", OS_NAME,
              OS_VERSION);
        storage_volume(&shell.storage);
    }
    shell_loop(&shell);
}
