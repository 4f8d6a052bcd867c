/* string.c - memory and text functions of the C library that we use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The string instructions stand here, and in no other C file, for two
 * reasons: one of them does the work of a loop of four instructions or more,
 * and a compiler cannot mistake it for a memcpy and call itself.
 */
#include <pure64/string.h>
#include <stdint.h>

/* In brackets: not the macro of that name. */
void *(memcpy)(void *restrict to, const void *restrict from, size_t size)
{
    void *d = to;
    size_t words = size / 8, rest = size % 8;

    __asm__ volatile("rep movsq"
                     : "+D"(d), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb"
                     : "+D"(d), "+S"(from), "+c"(rest) : : "memory");
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

void *memset(void *to, int value, size_t size)
{
    void *d = to;
    uint64_t pattern = (uint8_t)value * 0x0101010101010101u;
    size_t words = size / 8, rest = size % 8;

    __asm__ volatile("rep stosq"
                     : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb"
                     : "+D"(d), "+c"(rest) : "a"(pattern) : "memory");
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

size_t strlen(const char *text)
{
    const volatile char *end = text; /* volatile: not a call of strlen */

    while (*end)
        end++;
    return (size_t)((const char *)end - text);
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i] || a[i] == 0)
            return (unsigned char)a[i] - (unsigned char)b[i];
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int character)
{
    for (; *text != (char)character; text++)
        if (*text == 0)
            return 0;
    return (char *)text;
}

char *strrchr(const char *text, int character)
{
    char *last = 0;

    do
        if (*text == (char)character)
            last = (char *)text;
    while (*text++);
    return last;
}
