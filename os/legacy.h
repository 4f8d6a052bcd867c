/* legacy.h - b_system, as flat programs of the original system call it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* b_system: RAX from function, RAX and RDX; one whose bit is set in
 * legacy_functions. For legacy_entry.asm. Any CPU; general registers only. */
uint64_t legacy_system(uint32_t function, uint64_t rax, uint64_t rdx);
extern const uint64_t legacy_functions[2];

/* A program is about to start there. Boot CPU. */
void legacy_reset(uint64_t entry);
