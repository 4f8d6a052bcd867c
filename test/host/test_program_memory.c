/* test_program_memory.c - the allocator of program memory: against a model,
 * with little memory, with wrong arguments, with threads.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/extent.c
#include "../../os/program_memory.c" /* for its tree */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MIB 0x100000u
#define LARGE_PAGE 0x200000u
#define MEMORY (64 * MIB)
#define IMAGE (3 * MIB)
#define IMAGE_BYTES 12345u

static void mock_stop_check(void)
{
    sched_yield();
}

static const struct kernel_services kernel = {
    .stop_check = mock_stop_check,
};
/* So that loops that wait call it in each turn. */
static const uint8_t stopping = 1;
struct work_system work_system = { .kernel = &kernel, .stopping = &stopping };

static uint8_t *memory; /* at a multiple of 2 MiB */

static void reset(size_t size)
{
    uint64_t base = (uint64_t)memory;

    memset(memory, 0xEE, size < IMAGE ? size : IMAGE + IMAGE_BYTES);
    program_memory_reset(base, size, base + IMAGE,
                         base + IMAGE + IMAGE_BYTES);
}

/* ---- The model: a list of blocks, and a byte for each that is theirs. */
struct block {
    uint8_t *start;
    size_t bytes;
    uint8_t mark;
};

#define BLOCKS 3000
static struct block blocks[BLOCKS];
static unsigned block_count;

static int filled_with(const uint8_t *start, size_t bytes, uint8_t mark)
{
    return bytes == 0 || (*start == mark &&
                          memcmp(start, start + 1, bytes - 1) == 0);
}

static int inside(const uint8_t *start, size_t bytes, size_t size)
{
    return start >= memory && start + bytes <= memory + size &&
           (start + bytes <= memory + IMAGE ||
            start >= memory + IMAGE + IMAGE_BYTES);
}

static int allocate_random(size_t size)
{
    size_t most = rand() % 50 ? (rand() % 8 ? 300 : 40000) : 3 * MIB;
    size_t bytes = 1 + (size_t)rand() % most;
    size_t alignment = rand() % 4 ? 0 : (size_t)1 << rand() % 14;
    void *start = 0;
    int error;

    if (rand() % 200 == 0) {
        bytes = LARGE_PAGE * (1 + (size_t)rand() % 2);
        alignment = LARGE_PAGE;
        error = program_memory_allocate_pages(bytes / LARGE_PAGE, &start);
    } else {
        error = program_memory_allocate(bytes, alignment, &start);
    }
    if (error)
        return error == BAREMETAL_ENOMEM && !start;
    if (!inside(start, bytes, size) || (uint64_t)start % 16 ||
        (alignment && (uint64_t)start % alignment))
        return 0;
    blocks[block_count] = (struct block){ start, bytes, (uint8_t)rand() };
    memset(start, blocks[block_count++].mark, bytes);
    return 1;
}

static int release_random(void)
{
    struct block *block = &blocks[(unsigned)rand() % block_count];
    int good = filled_with(block->start, block->bytes, block->mark);

    /* Addresses that are in the block but not its start. */
    good &= program_memory_release(block->start + 1) == BAREMETAL_EINVAL;
    good &= block->bytes <= 16 ||
            program_memory_release(block->start + 16) == BAREMETAL_EINVAL;
    good &= program_memory_release(block->start) == 0;
    good &= program_memory_release(block->start) == BAREMETAL_EINVAL;
    *block = blocks[--block_count];
    return good;
}

static int release_all(void)
{
    int good = 1;

    while (block_count)
        good &= release_random();
    return good;
}

static uint64_t bytes_in_use(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < block_count; i++)
        sum += (blocks[i].bytes + 15) / 16 * 16;
    return sum;
}

/* ---- Its tree, in the order of addresses. */
struct survey {
    const struct extent *last;
    unsigned used, faults;
    uint64_t free;
};

static uint64_t walk(const struct extent *extent, struct survey *survey)
{
    uint64_t most, right;

    if (!extent)
        return 0;
    most = walk(extent->left, survey);
    if (survey->last) {
        uint64_t end = survey->last->base + extent_bytes(survey->last);
        int both_free = !((survey->last->size | extent->size) & EXTENT_USED);

        survey->faults += extent->base < end ||
                          (extent->base == end && both_free);
    }
    survey->last = extent;
    survey->faults += extent_bytes(extent) == 0 ||
                      (extent->base | extent_bytes(extent)) % GRAIN;
    if (extent->size & EXTENT_USED)
        survey->used++;
    else
        survey->free += extent->size;
    if (!(extent->size & EXTENT_USED) && extent->size > most)
        most = extent->size;
    right = walk(extent->right, survey);
    if (right > most)
        most = right;
    survey->faults += extent->largest != most;
    return most;
}

static int tree_is_good(unsigned blocks_in_use)
{
    struct survey survey = { 0 };

    walk(tree, &survey);
    return survey.faults == 0 && survey.used == blocks_in_use &&
           survey.free == program_memory_free();
}

static void test_random(size_t size, unsigned rounds)
{
    unsigned good = 0;

    reset(size);
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t books = size - program_memory_free() - bytes_in_use();

        /* The image, rounding at its end, and pages for extents. */
        if (books < IMAGE_BYTES || books > IMAGE_BYTES + 32 + size / 20 ||
            (i % 1000 == 0 && !tree_is_good(block_count)))
            break;
        if (block_count < BLOCKS &&
            (block_count == 0 || rand() % (i / 5000 % 2 ? 5 : 3) > 1 ||
             i / 5000 % 2))
            good += (unsigned)(allocate_random(size) &&
                               (rand() % 3 || !block_count ||
                                release_random()));
        else
            good += (unsigned)release_random();
    }
    CHECK(good == rounds);
    CHECK(release_all());
    CHECK(tree_is_good(0));
    CHECK(filled_with(memory + IMAGE, IMAGE_BYTES, 0xEE));
}

/* ---- What it promises. */
static void test_arguments(void)
{
    void *start = &start;

    reset(MEMORY);
    CHECK(program_memory_allocate(0, 0, &start) == BAREMETAL_EINVAL);
    CHECK(program_memory_allocate(1, 3, &start) == BAREMETAL_EINVAL);
    CHECK(program_memory_allocate(1, 48, &start) == BAREMETAL_EINVAL);
    CHECK(program_memory_allocate_pages(0, &start) == BAREMETAL_EINVAL);
    CHECK(program_memory_allocate(SIZE_MAX, 0, &start) == BAREMETAL_ENOMEM);
    CHECK(program_memory_allocate(SIZE_MAX - 16, 1, &start) ==
          BAREMETAL_ENOMEM);
    CHECK(program_memory_allocate(MEMORY, 0, &start) == BAREMETAL_ENOMEM);
    CHECK(program_memory_allocate(1, (size_t)1 << 63, &start) ==
          BAREMETAL_ENOMEM);
    CHECK(program_memory_allocate_pages(SIZE_MAX, &start) ==
          BAREMETAL_ENOMEM);
    CHECK(program_memory_allocate_pages(SIZE_MAX / LARGE_PAGE, &start) ==
          BAREMETAL_ENOMEM);
    CHECK(start == &start);
    CHECK(program_memory_release(0) == BAREMETAL_EINVAL);
    CHECK(program_memory_release(memory) == BAREMETAL_EINVAL);
    CHECK(program_memory_release(memory + IMAGE) == BAREMETAL_EINVAL);
    CHECK(program_memory_release(memory - 16) == BAREMETAL_EINVAL);
    CHECK(program_memory_release((void *)UINTPTR_MAX) == BAREMETAL_EINVAL);
}

/* Page after page, each behind the other, until there is none; and again. */
static void test_pages(void)
{
    void *page[MEMORY / LARGE_PAGE + 1];
    unsigned count, most = 0;

    reset(MEMORY);
    for (unsigned round = 0; round < 3; round++) {
        for (count = 0; !program_memory_allocate_pages(1, &page[count]);
             count++)
            CHECK((uint8_t *)page[count] ==
                  memory + (count ? count + 1 : 0) * LARGE_PAGE);
        /* All but the image's, and the last, where the books are kept. */
        CHECK(count == MEMORY / LARGE_PAGE - 2);
        CHECK(!round || count == most);
        most = count;
        /* The even ones first, so that no two free ones are adjacent. */
        for (unsigned i = 0; i < count; i += 2)
            CHECK(program_memory_release(page[i]) == 0);
        CHECK(program_memory_allocate_pages(2, &page[0]) ==
              BAREMETAL_ENOMEM);
        for (unsigned i = 1; i < count; i += 2)
            CHECK(program_memory_release(page[i]) == 0);
    }
    CHECK(program_memory_allocate_pages(most - 1, &page[0]) == 0);
    CHECK(program_memory_release(page[0]) == 0);
    CHECK(tree_is_good(0));
}

/* Small blocks until nothing is left: they end in an error, not elsewhere. */
static void test_exhaustion(void)
{
    void *start, *last = 0;
    uint64_t count = 0, size = 8 * MIB;

    reset(size);
    while (!program_memory_allocate(16, 0, &start)) {
        *(void **)start = last;
        last = start;
        count++;
    }
    CHECK(count > size / 80 && program_memory_free() < 8192);
    while (last) {
        start = *(void **)last;
        count -= program_memory_release(last) == 0;
        last = start;
    }
    CHECK(count == 0);
}

/* Memory so small that nothing, or next to nothing, can be had. */
static void test_little(void)
{
    uint64_t base = (uint64_t)memory;
    unsigned good = 0;
    void *start;

    for (size_t size = 0; size < 20000; size += 1 + size / 64) {
        program_memory_reset(base + size % 16, size, base, base);
        good++;
        while (!program_memory_allocate(16, 0, &start))
            good -= (uint8_t *)start < memory + size % 16 ||
                    (uint8_t *)start + 16 > memory + size % 16 + size;
    }
    CHECK(good > 100);
    /* The image fills it, or is larger. */
    program_memory_reset(base, 4096, base, base + 4096);
    CHECK(program_memory_free() == 0);
    program_memory_reset(base, 4096, base + 8192, base + 8192 + 1);
    CHECK(program_memory_free() == 4096);
}

/* A flat program uses the memory behind it as it likes. */
static void test_nothing_is_touched(void)
{
    memset(memory, 0x5A, MEMORY);
    program_memory_reset((uint64_t)memory, MEMORY, (uint64_t)memory,
                         (uint64_t)memory + 100);
    CHECK(program_memory_free() == MEMORY - 112);
    CHECK(filled_with(memory, MEMORY, 0x5A));
}

/* ---- Threads. */
#define THREADS 8
static unsigned spoiled;

static void *allocate_and_check(void *number)
{
    unsigned seed = (unsigned)(uintptr_t)number, bad = 0;
    struct block mine[50] = { { 0 } };

    for (unsigned i = 0; i < 20000; i++) {
        struct block *block = &mine[(unsigned)rand_r(&seed) % 50];
        void *start;

        if (block->start) {
            bad += !filled_with(block->start, block->bytes, block->mark);
            bad += program_memory_release(block->start) != 0;
            block->start = 0;
            continue;
        }
        block->bytes = 1 + (size_t)rand_r(&seed) % 2000;
        block->mark = (uint8_t)seed;
        if (program_memory_allocate(block->bytes, 64, &start))
            continue;
        block->start = start;
        memset(start, block->mark, block->bytes);
    }
    for (unsigned i = 0; i < 50; i++)
        if (mine[i].start)
            bad += program_memory_release(mine[i].start) != 0;
    __atomic_fetch_add(&spoiled, bad, __ATOMIC_RELAXED);
    return 0;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];

    reset(MEMORY);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, allocate_and_check, (void *)(i + 1));
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    CHECK(spoiled == 0);
    CHECK(tree_is_good(0));
}

int main(void)
{
    uint8_t *area = mmap(0, MEMORY + LARGE_PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (area == MAP_FAILED)
        return 1;
    memory = area + (-(uint64_t)area & (LARGE_PAGE - 1));
    srand(1);
    test_nothing_is_touched();
    test_arguments();
    test_pages();
    test_exhaustion();
    test_little();
    for (unsigned i = 0; i < 3; i++)
        test_random(MEMORY >> i, 60000);
    test_random(IMAGE + IMAGE_BYTES + MIB, 60000);
    test_threads();
    return check_report("test_program_memory");
}
