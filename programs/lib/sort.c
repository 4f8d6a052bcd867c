/* sort.c - qsort and bsearch.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Heapsort: in place, no recursion, and never worse than n log n.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int compare_items(const void *, const void *);

static void swap(char *a, char *b, size_t size)
{
    char part[64];

    while (size) {
        size_t step = size < sizeof part ? size : sizeof part;

        memcpy(part, a, step);
        memcpy(a, b, step);
        memcpy(b, part, step);
        a += step;
        b += step;
        size -= step;
    }
}

/* Sinks item `at` until no child is larger. */
static void sink(char *items, size_t at, size_t count, size_t size,
                 compare_items *compare)
{
    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= count)
            return;
        if (child + 1 < count && compare(items + child * size,
                                         items + (child + 1) * size) < 0)
            child++;
        if (compare(items + at * size, items + child * size) >= 0)
            return;
        swap(items + at * size, items + child * size, size);
        at = child;
    }
}

void qsort(void *items, size_t count, size_t size, compare_items *compare)
{
    for (size_t at = count / 2; at-- > 0;)
        sink(items, at, count, size, compare);
    while (count > 1) {
        count--;
        swap(items, (char *)items + count * size, size);
        sink(items, 0, count, size, compare);
    }
}

void *bsearch(const void *key, const void *items, size_t count, size_t size,
              compare_items *compare)
{
    const char *first = items;

    while (count) {
        const char *middle = first + count / 2 * size;
        int order = compare(key, middle);

        if (!order)
            return (void *)(uintptr_t)middle;
        if (order > 0) {
            first = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return 0;
}
