/* legacy.h - b_system, as flat programs of the original system call it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* The functions that need nothing but calls of struct baremetal: RAX from
 * function, RAX and RDX. Any CPU; general registers only. */
uint64_t legacy_system(uint64_t function, uint64_t rax, uint64_t rdx);

/* A program is about to start there. Boot CPU. */
void legacy_reset(uint64_t entry);
