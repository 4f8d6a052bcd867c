/* memtest.c - writes patterns to all free memory, and reads them back.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 *     memtest [ROUNDS]
 *
 * Memory is taken in the largest blocks there are, and shared out to all CPUs.
 * Each 8 bytes get their own address, turned and mixed with the round, so that
 * bits that stick and lines of the address that are mixed up both show.
 */
#include <baremetal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCKS 256
#define BLOCK_LEAST (64u << 10)
#define CHUNK (1u << 20)        /* bytes in a part of a loop */
#define KEPT (1u << 20)         /* left free, for the system's own lists */

static struct {
    uint64_t *words;
    uint64_t bytes;
} blocks[BLOCKS];
static unsigned block_count;

static uint64_t round_number, errors;
static uint64_t *volatile bad_word;

static uint64_t pattern(const uint64_t *word)
{
    uint64_t value = (uint64_t)(uintptr_t)word * 0x9E3779B97F4A7C15ull;

    return round_number % 2 ? ~value : value ^ value >> 29;
}

static void fill(uint64_t begin, uint64_t end, void *argument)
{
    uint64_t *words = argument;

    for (uint64_t i = begin; i < end; i++)
        words[i] = pattern(words + i);
}

static void compare(uint64_t begin, uint64_t end, void *argument)
{
    const volatile uint64_t *words = argument;

    for (uint64_t i = begin; i < end; i++) {
        if (words[i] == pattern((uint64_t *)argument + i))
            continue;
        __atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED);
        bad_word = (uint64_t *)argument + i;
    }
}

/* Takes blocks, each the largest power of 2 that there is. */
static uint64_t take_memory(const struct baremetal *os)
{
    uint64_t size = 1ull << 62, total = 0;

    while (block_count < BLOCKS && size >= BLOCK_LEAST) {
        void *memory;

        if (size + KEPT > os->memory_free() ||
            os->memory_allocate(size, 4096, &memory)) {
            size /= 2;
            continue;
        }
        blocks[block_count].words = memory;
        blocks[block_count++].bytes = size;
        total += size;
    }
    return total;
}

static void do_round(const struct baremetal *os)
{
    baremetal_loop *const steps[] = { fill, compare };

    for (unsigned step = 0; step < 2; step++)
        for (unsigned i = 0; i < block_count; i++)
            os->parallel_for(0, blocks[i].bytes / 8, CHUNK / 8, steps[step],
                             blocks[i].words);
}

int main(int argc, char **argv, const struct baremetal *os)
{
    uint64_t rounds = argc > 1 ? strtoul(argv[1], 0, 10) : 2;
    uint64_t total = take_memory(os);

    printf("memtest: %.1f MiB in %u blocks, %u CPUs\n",
           (double)total / (1 << 20), block_count, os->cpu_count());
    for (round_number = 0; round_number < rounds; round_number++) {
        do_round(os);
        printf("round %llu: %llu errors\n",
               (unsigned long long)round_number + 1,
               (unsigned long long)errors);
        if (errors)
            printf("  the last one at %p\n", (void *)bad_word);
    }
    return errors != 0;
}
