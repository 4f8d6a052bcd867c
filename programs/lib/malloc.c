/* malloc.c - malloc and its family: the system's allocator, and a size.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The system's calls may come from any CPU, so these may, too.
 */
#include "stream.h"
#include <errno.h>
#include <os_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Right before each block. 16 bytes: the block behind it is aligned. */
struct head {
    void *memory;           /* as the system gave it */
    size_t size;            /* that was asked for */
};
_Static_assert(sizeof(struct head) == 16, "blocks are aligned to 16");

static struct head *head_of(void *block)
{
    return (struct head *)block - 1;
}

static void *allocate(size_t alignment, size_t size)
{
    void *memory;
    size_t bytes;
    char *block;
    int error;

    if (alignment < sizeof(struct head))
        alignment = sizeof(struct head);
    error = __builtin_add_overflow(size, alignment, &bytes)
                ? BAREMETAL_ENOMEM
                : os_interface->memory_allocate(bytes, alignment, &memory);
    if (error) {
        error_set(error);
        return 0;
    }
    block = (char *)memory + alignment;
    *head_of(block) = (struct head){ memory, size };
    return block;
}

void *malloc(size_t size)
{
    return allocate(0, size);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    void *block = 0;

    if (__builtin_mul_overflow(count, size, &bytes))
        error_set(BAREMETAL_ENOMEM);
    else
        block = malloc(bytes);
    return block ? memset(block, 0, bytes) : 0;
}

void *realloc(void *block, size_t size)
{
    size_t old = block ? head_of(block)->size : 0;
    void *other;

    if (block && size <= old && size >= old / 2) {
        head_of(block)->size = size;
        return block;
    }
    other = malloc(size);
    if (other && block) {
        memcpy(other, block, old < size ? old : size);
        free(block);
    }
    return other;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return allocate(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    int kept = errno, error = 0;

    *block = allocate(alignment, size);
    if (!*block)
        error = errno;
    errno = kept;
    return error;
}

void free(void *block)
{
    static const char not_ours[] =
        "free: not a block of malloc, or freed already\n";

    if (!block)
        return;
    if (os_interface->memory_release(head_of(block)->memory)) {
        os_interface->write(not_ours, sizeof not_ours - 1);
        abort();
    }
}
