/* extent.c - ranges of addresses in a tree, for the allocator.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * R. Seidel, C. R. Aragon, "Randomized Search Trees", Algorithmica 16 (1996).
 */
#include "extent.h"

/* The heap's order: the higher stands above. Mixes all bits of the base, so
 * that neither small steps nor large ones make a pattern. */
static uint64_t rank(const struct extent *extent)
{
    uint64_t value = (extent->base >> 4) * 0x9E3779B97F4A7C15;

    return (value ^ value >> 29) * 0xBF58476D1CE4E5B9;
}

static uint64_t largest(const struct extent *tree)
{
    return tree ? tree->largest : 0;
}

static void update(struct extent *extent)
{
    uint64_t most = extent->size & EXTENT_USED ? 0 : extent->size;

    if (most < largest(extent->left))
        most = extent->left->largest;
    if (most < largest(extent->right))
        most = extent->right->largest;
    extent->largest = most;
}

/* One tree from two, of which the first has the lower addresses. */
static struct extent *join(struct extent *low, struct extent *high)
{
    if (!low)
        return high;
    if (!high)
        return low;
    if (rank(low) > rank(high)) {
        low->right = join(low->right, high);
        update(low);
        return low;
    }
    high->left = join(low, high->left);
    update(high);
    return high;
}

/* Two trees from one: below base, and the rest. */
static void split(struct extent *tree, uint64_t base, struct extent **low,
                  struct extent **high)
{
    if (!tree) {
        *low = *high = 0;
        return;
    }
    if (tree->base < base) {
        split(tree->right, base, &tree->right, high);
        *low = tree;
    } else {
        split(tree->left, base, low, &tree->left);
        *high = tree;
    }
    update(tree);
}

void extent_add(struct extent **tree, struct extent *extent)
{
    if (*tree && rank(*tree) >= rank(extent)) {
        extent_add(extent->base < (*tree)->base ? &(*tree)->left
                                                : &(*tree)->right, extent);
        update(*tree);
        return;
    }
    split(*tree, extent->base, &extent->left, &extent->right);
    update(extent);
    *tree = extent;
}

struct extent *extent_remove(struct extent **tree, uint64_t base)
{
    struct extent *extent = *tree;

    if (!extent)
        return 0;
    if (extent->base == base) {
        *tree = join(extent->left, extent->right);
        return extent;
    }
    extent = extent_remove(base < extent->base ? &extent->left
                                               : &extent->right, base);
    update(*tree);
    return extent;
}

void extent_resize(struct extent *tree, uint64_t base, uint64_t size)
{
    if (tree->base == base)
        tree->size = size;
    else
        extent_resize(base < tree->base ? tree->left : tree->right, base,
                      size);
    update(tree);
}

struct extent *extent_find(struct extent *tree, uint64_t base)
{
    while (tree && tree->base != base)
        tree = base < tree->base ? tree->left : tree->right;
    return tree;
}

struct extent *extent_before(struct extent *tree, uint64_t base)
{
    struct extent *before = 0;

    while (tree) {
        if (tree->base < base) {
            before = tree;
            tree = tree->right;
        } else {
            tree = tree->left;
        }
    }
    return before;
}

static int fits(const struct extent *extent, uint64_t bytes,
                uint64_t alignment)
{
    uint64_t gap = -extent->base & (alignment - 1);

    return !(extent->size & EXTENT_USED) && extent->size >= gap &&
           extent->size - gap >= bytes;
}

struct extent *extent_fit(struct extent *tree, uint64_t bytes,
                          uint64_t alignment)
{
    struct extent *found;

    if (largest(tree) < bytes)
        return 0;
    found = extent_fit(tree->left, bytes, alignment);
    if (found)
        return found;
    if (fits(tree, bytes, alignment))
        return tree;
    return extent_fit(tree->right, bytes, alignment);
}

struct extent *extent_fit_last(struct extent *tree, uint64_t bytes)
{
    while (largest(tree) >= bytes) {
        if (largest(tree->right) >= bytes)
            tree = tree->right;
        else if (fits(tree, bytes, 1))
            return tree;
        else
            tree = tree->left;
    }
    return 0;
}
