/* memory.h - physical pages, the kernel's page tables, program memory.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * At start the kernel takes the pages it needs from the lowest free ones,
 * then everything that is left becomes program memory, mapped once at
 * LAYOUT_HIGH_RAM (2 MiB frames first, then single pages) and, its first
 * 1,022 MiB, at LAYOUT_LOW_RAM.
 */
#pragma once
#include <pure64/layout.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096

/* Program stacks: one of KERNEL_STACK_BYTES at the end of each slot; what is
 * below it in the slot is not mapped. */
#define MEMORY_STACK_SLOT 0x20000

/* The kernel's view of physical memory and device registers. */
__attribute__((noinline)) void *memory_at(uint64_t physical);

/* 32 TiB of window. */
#define MEMORY_WINDOW_SHIFT 19
_Static_assert((LAYOUT_WINDOW << MEMORY_WINDOW_SHIFT) == 0 &&
                   LAYOUT_STACKS - LAYOUT_WINDOW ==
                       1ull << (64 - MEMORY_WINDOW_SHIFT),
               "physical addresses are the low bits of window addresses");

/* The other way round: physical address of what memory_at returned. */
static inline uint64_t memory_physical(const void *window)
{
#if __STDC_HOSTED__ /* tests on the PC: memory that is not in the window */
    return (uint64_t)window - LAYOUT_WINDOW;
#else /* shorter code */
    return (uint64_t)window << MEMORY_WINDOW_SHIFT >> MEMORY_WINDOW_SHIFT;
#endif
}

/* Takes `pages` adjacent zeroed pages; their window address, or 0 when there
 * is none. Only before memory_map_program (at start, boot CPU). */
void *memory_take(size_t pages);

enum memory_access {
    MEMORY_READ = 1,  /* the bits of a page table entry that it takes */
    MEMORY_WRITE = 3,
};

/* Longest run from `virtual` that is contiguous in physical memory and may
 * be accessed so, at most `size` bytes: its start in *physical, its length
 * returned; 0 when not even the first byte may. For devices, which no page
 * table stops. Any CPU. */
size_t memory_run(const void *virtual, size_t size, enum memory_access access,
                  uint64_t *physical);

/* Reads the RAM list and switches to the kernel's own page tables (page 0
 * unmapped, kernel image read-only). First of all. */
void memory_init(void);

/* Where the program stack of the CPU with that number ends. Any CPU. */
uint64_t memory_stack(unsigned number);

/* Takes pages for that stack, which must be free. Only before
 * memory_map_program (boot CPU). */
void memory_stack_map(unsigned number);

/* Makes all that is left program memory. Last at start. */
void memory_map_program(void);

/* Bytes of program memory at LAYOUT_HIGH_RAM. */
uint64_t memory_program_size(void);
