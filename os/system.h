/* system.h - what the kernel offers, for those parts of os that no caller
 * hands it to: drivers and calls of programs.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <kernel/services.h>
#include <pure64/layout.h>

struct os_system {
    const struct baremetal *os;
    const struct kernel_services *kernel;
};
extern const struct os_system os_system;

/* A window address: physical memory and device registers. */
static inline void *system_memory_at(uint64_t physical)
{
    return (void *)(LAYOUT_WINDOW + physical);
}
