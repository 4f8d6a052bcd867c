/* program_memory.h - the allocator of program memory.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * memory_allocate, memory_allocate_pages, memory_release and memory_free are
 * described in baremetal.h. Any CPU, but for the reset.
 *
 * What is known of each block stands apart from it, in pages cut off the end
 * of the memory as they are needed: a block that is written beyond its end
 * damages its neighbour, and the bookkeeping only if that is what follows, as
 * behind the last block of a memory that is full. Any address may be given to
 * release.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Starts anew: free is base .. base + size, without image .. image_end (both
 * equal: no image). Writes nothing there until something is allocated. Boot
 * CPU, no program runs. */
void program_memory_reset(uint64_t base, uint64_t size, uint64_t image,
                          uint64_t image_end);

int program_memory_allocate(size_t bytes, size_t alignment, void **memory);
int program_memory_allocate_pages(size_t count, void **memory);
int program_memory_release(void *memory);
uint64_t program_memory_free(void);

/* Between them no other CPU is in the midst of one of these calls. Not while
 * this CPU is in one. */
void program_memory_lock(void);
void program_memory_unlock(void);
