/* extent.h - ranges of addresses in a tree, for the allocator.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A treap: a search tree by address, and a heap by a number that looks
 * random, which keeps it flat: with n extents a path is about 2 log2 n long.
 * Each knows the size of the largest free extent below it. No locks: the
 * caller's.
 */
#pragma once
#include <stdint.h>

struct extent {
    struct extent *left, *right;
    uint64_t base;
    uint64_t size;      /* bytes; bit 0 is set if it is in use */
    uint64_t largest;   /* free extent from here down: bytes, or 0 */
};

#define EXTENT_USED 1u

static inline uint64_t extent_bytes(const struct extent *extent)
{
    return extent->size & ~(uint64_t)EXTENT_USED;
}

/* Adds an extent, whose base no other has. */
void extent_add(struct extent **tree, struct extent *extent);

/* Takes the extent that starts there out of the tree; 0 if there is none. */
struct extent *extent_remove(struct extent **tree, uint64_t base);

/* Gives the extent that starts at base, which must exist, another size. */
void extent_resize(struct extent *tree, uint64_t base, uint64_t size);

/* The extent that starts there; 0 if there is none. */
struct extent *extent_find(struct extent *tree, uint64_t base);

/* The extent with the highest start below that address; 0 if none. */
struct extent *extent_before(struct extent *tree, uint64_t base);

/* The free extent with the lowest (or, for `last`, the highest) address that
 * has `bytes` bytes from a multiple of alignment on, a power of two; 0. */
struct extent *extent_fit(struct extent *tree, uint64_t bytes,
                          uint64_t alignment);
struct extent *extent_fit_last(struct extent *tree, uint64_t bytes);
