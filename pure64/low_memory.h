/* low_memory.h - page 0 of physical memory, for a compiler that knows better.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* Pointer to an address below 4 KiB. Compilers take what is accessed there
 * for a null pointer and the access for a mistake, unless they cannot see
 * the address; volatile hides it. */
static inline void *low_memory_at(uintptr_t address)
{
    volatile uintptr_t hidden = address;
    return (void *)hidden;
}
