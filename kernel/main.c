/* main.c - the kernel's start, in order.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/block.h>
#include <kernel/console.h>
#include <kernel/cpu.h>
#include <kernel/interrupt.h>
#include <kernel/memory.h>
#include <kernel/native.h>
#include <kernel/program.h>

void kernel_main(void) __attribute__((used, noreturn));

void kernel_main(void)
{
    memory_init();
    cpu_init();
    interrupt_init();
    console_init();
    block_init();
    cpu_take_over();
    native_init();
    memory_map_program();
    system_start();
}
