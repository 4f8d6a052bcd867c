/* main.c - the kernel's start, in order.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/cpu.h>
#include <kernel/interrupt.h>
#include <kernel/memory.h>
#include <kernel/program.h>

void kernel_main(void) __attribute__((used, noreturn));

void kernel_main(void)
{
    memory_init();
    cpu_init();
    interrupt_init();
    program_check_os();
    OS_HEAD->start();
    cpu_take_over();
    memory_map_program();
    system_start();
}
