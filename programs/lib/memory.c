/* memory.c - the functions that compilers call without being asked, and memchr.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdint.h>
#include <string.h>

/* String instructions, because a compiler may turn a plain loop here into a
 * call of the very function it is in. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *d = to;

    __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(size)
                     : : "memory");
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *d = to;

    __asm__ volatile("rep stosb" : "+D"(d), "+c"(size) : "a"(value)
                     : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    volatile char *d = to;
    const volatile char *s = from;

    /* Forwards is right unless `to` lies inside the source. */
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    while (size-- > 0)
        d[size] = s[size];
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

void *memchr(const void *from, int value, size_t size)
{
    const unsigned char *at = from;

    for (; size > 0; size--, at++)
        if (*at == (unsigned char)value)
            return (void *)(uintptr_t)at;
    return 0;
}
