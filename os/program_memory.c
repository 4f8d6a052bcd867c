/* program_memory.c - the allocator of program memory.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * First fit by address. All memory but the pages of the extents themselves
 * is covered by extents, free or in use, and no two neighbours are free.
 */
#include "program_memory.h"
#include "extent.h"
#include "work.h"

#define GRAIN 16u            /* blocks start and end at multiples of it */
#define LARGE_PAGE 0x200000u
/* What extents are kept in; a multiple of GRAIN. */
#define POOL_BYTES 4096u
#define POOL_EXTENTS (POOL_BYTES / sizeof(struct extent))

/* Guards all below; 1: taken. Taken alone. Not in the order of asking, as a
 * virtual machine with more CPUs than its host would wait for each of them
 * to get a turn there; nobody holds it for long. */
static uint32_t locked;

static struct extent *tree;
static struct extent *spare;    /* not in use, linked by `left` */
static uint64_t free_bytes;

/* The first extents: before the image, behind it. The pool gives the rest. */
static struct extent first[2];

void program_memory_lock(void)
{
    /* Acquire and release: what the last owner did is seen. The load, so
     * that those who wait leave the line to the owner. */
    while (__atomic_load_n(&locked, __ATOMIC_RELAXED) ||
           __atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
        work_pause();
}

void program_memory_unlock(void)
{
    __atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}

static void spare_add(struct extent *extent)
{
    extent->left = spare;
    spare = extent;
}

static struct extent *spare_take(uint64_t base, uint64_t size)
{
    struct extent *extent = spare;

    spare = extent->left;
    extent->base = base;
    extent->size = size;
    return extent;
}

/* Makes a free extent of what is whole grains of start .. end. */
static void add_free(uint64_t start, uint64_t end)
{
    start = (start + GRAIN - 1) & -(uint64_t)GRAIN;
    end &= -(uint64_t)GRAIN;
    if (start >= end)
        return;
    extent_add(&tree, spare_take(start, end - start));
    free_bytes += end - start;
}

void program_memory_reset(uint64_t base, uint64_t size, uint64_t image,
                          uint64_t image_end)
{
    uint64_t end = base + size;

    locked = 0;
    tree = spare = 0;
    free_bytes = 0;
    spare_add(&first[0]);
    spare_add(&first[1]);
    if (image == image_end)
        image = image_end = base;
    add_free(base, image < end ? image : end);
    add_free(image_end, end);
}

/* Makes sure that two extents are spare, the most a call takes; 0 if there
 * is no memory left for them. */
static int have_spare(void)
{
    struct extent *from, *extents;

    if (spare && spare->left)
        return 1;
    from = extent_fit_last(tree, POOL_BYTES);
    if (!from)
        return 0;
    extents = (struct extent *)(from->base + from->size - POOL_BYTES);
    free_bytes -= POOL_BYTES;
    if (from->size == POOL_BYTES)
        spare_add(extent_remove(&tree, from->base));
    else
        extent_resize(tree, from->base, from->size - POOL_BYTES);
    for (unsigned i = 0; i < POOL_EXTENTS; i++)
        spare_add(&extents[i]);
    return 1;
}

/* Cuts start .. start + bytes out of a free extent. */
static void use(struct extent *from, uint64_t start, uint64_t bytes)
{
    uint64_t before = start - from->base;
    uint64_t behind = from->size - before - bytes;

    if (before) {
        extent_resize(tree, from->base, before);
        extent_add(&tree, spare_take(start, bytes | EXTENT_USED));
    } else {
        extent_resize(tree, start, bytes | EXTENT_USED);
    }
    if (behind)
        extent_add(&tree, spare_take(start + bytes, behind));
    free_bytes -= bytes;
}

static int allocate(uint64_t bytes, uint64_t alignment, void **memory)
{
    struct extent *from;
    uint64_t start = 0;

    program_memory_lock();
    from = have_spare() ? extent_fit(tree, bytes, alignment) : 0;
    if (from) {
        start = (from->base + alignment - 1) & -alignment;
        use(from, start, bytes);
    }
    program_memory_unlock();
    /* Behind the lock, as the pointer may be wrong and fault. */
    if (!from)
        return BAREMETAL_ENOMEM;
    *memory = (void *)start;
    return 0;
}

int program_memory_allocate(size_t bytes, size_t alignment, void **memory)
{
    if (!bytes || alignment & (alignment - 1))
        return BAREMETAL_EINVAL;
    if (bytes > SIZE_MAX - GRAIN)
        return BAREMETAL_ENOMEM;
    bytes = (bytes + GRAIN - 1) & -(size_t)GRAIN;
    return allocate(bytes, alignment < GRAIN ? GRAIN : alignment, memory);
}

int program_memory_allocate_pages(size_t count, void **memory)
{
    if (!count)
        return BAREMETAL_EINVAL;
    if (count > SIZE_MAX / LARGE_PAGE)
        return BAREMETAL_ENOMEM;
    return allocate(count * LARGE_PAGE, LARGE_PAGE, memory);
}

/* Gives the block back, one extent with its free neighbours. */
static void release(struct extent *block)
{
    uint64_t base = block->base, bytes = extent_bytes(block);
    struct extent *before = extent_before(tree, base);
    struct extent *behind = extent_find(tree, base + bytes);

    free_bytes += bytes;
    if (behind && !(behind->size & EXTENT_USED)) {
        bytes += behind->size;
        spare_add(extent_remove(&tree, behind->base));
    }
    if (before && !(before->size & EXTENT_USED) &&
        before->base + before->size == base) {
        spare_add(extent_remove(&tree, base));
        base = before->base;
        bytes += before->size;
    }
    extent_resize(tree, base, bytes);
}

int program_memory_release(void *memory)
{
    struct extent *block;

    program_memory_lock();
    block = extent_find(tree, (uint64_t)memory);
    if (block && !(block->size & EXTENT_USED))
        block = 0;
    if (block)
        release(block);
    program_memory_unlock();
    return block ? 0 : BAREMETAL_EINVAL;
}

uint64_t program_memory_free(void)
{
    return __atomic_load_n(&free_bytes, __ATOMIC_RELAXED);
}
