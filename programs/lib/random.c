/* random.c - rand: splitmix64, Steele, Lea and Flood, OOPSLA 2014.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdint.h>
#include <stdlib.h>

static uint64_t state = 1;

void srand(unsigned seed)
{
    state = seed;
}

int rand(void)
{
    /* In one step: each CPU gets another number. */
    uint64_t value = __atomic_add_fetch(&state, 0x9E3779B97F4A7C15ull,
                                        __ATOMIC_RELAXED);

    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ value >> 27) * 0x94D049BB133111EBull;
    return (int)((value ^ value >> 31) & RAND_MAX);
}
