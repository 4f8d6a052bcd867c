/* descriptors.h - GDT and IDT, and what answers until the kernel's do.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Intel SDM volume 3, "Protected-Mode Memory Management" and "Interrupt and
 * Exception Handling". An exception while pure64 runs prints a report; one
 * between the jump to the kernel and the kernel's own IDT halts the CPU, by
 * code in a page that stays in use. Boot CPU only.
 */
#pragma once
#include <stdint.h>

/* Writes and loads the GDT, writes and loads the IDT. `ignore` is the address
 * of a handler that outlives pure64 and only returns: vectors 32-255. */
void descriptors_init(uint64_t ignore);

/* Sets every general register to 0, RSP to `stack`, clears the byte at
 * `clear`, and jumps to `kernel`, from code that outlives pure64. From here on
 * an exception no longer calls pure64. After descriptors_init. */
_Noreturn void descriptors_leave(uint64_t kernel, uint64_t stack,
                                 uint64_t clear);
