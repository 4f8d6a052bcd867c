/* system_calls.h - struct baremetal's calls about machine and system.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* A program of that name is about to start; it has ended, or os was entered
 * again: what it did to console, ports and speaker has. Boot CPU. */
void system_program_begin(const char *name);
void system_program_end(void);

/* See baremetal.h. */
void system_info(struct baremetal_system *info, size_t size);
int system_random(void *memory, size_t bytes);
int system_time_unix(uint64_t *seconds);
uint32_t system_pci_read(uint32_t address, unsigned offset);
void system_pci_write(uint32_t address, unsigned offset, uint32_t value);
int system_cpu_reset(void);
void system_reboot(void) __attribute__((noreturn));
int system_shutdown(void);
