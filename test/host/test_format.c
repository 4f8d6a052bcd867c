/* test_format.c - format() and the string functions, against the C library.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * string.c's functions get other names here, so that both can be called.
 */
#include <limits.h>
#include <pure64/string.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define strlen our_strlen
#define strcmp our_strcmp
#define strncmp our_strncmp
#define strchr our_strchr
#define strrchr our_strrchr
#include "../../pure64/string.c"
#include "../../pure64/format.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

#include "check.h"

static char text[256];
static unsigned length;

static void put(void *context, char c)
{
    CHECK(context == text);
    if (length + 1 < sizeof text)
        text[length++] = c;
}

__attribute__((format(printf, 1, 2)))
static const char *ours(const char *pattern, ...)
{
    va_list list;

    length = 0;
    memset(text, 0, sizeof text);
    va_start(list, pattern);
    format_list(put, text, pattern, list);
    va_end(list);
    return text;
}

#define SAME(...)                                            \
    do {                                                     \
        char expected[256];                                  \
        snprintf(expected, sizeof expected, __VA_ARGS__);    \
        CHECK(strcmp(ours(__VA_ARGS__), expected) == 0);     \
    } while (0)

static void test_format(void)
{
    SAME("%s", "plain text without end");
    SAME("100%%, %s!", "all");
    SAME("[%5s] [%-5s] [%2s] [%c] [%3c] [%-3c]", "abc", "abc", "abc", 'x',
         'y', 'z');
    SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME("%ld %ld %lu", LONG_MAX, LONG_MIN, ULONG_MAX);
    SAME("%u %x %X", UINT_MAX, 0xBEEFu, 0xBEEFu);
    SAME("%08x %02u %016lX %-8x| %8x|", 0x1Fu, 5u, 0xABCDEFul, 0x1Fu, 0x1Fu);
    SAME("%05d %5d %-5d|", -42, -42, -42);
    SAME("%lx", 0ul);

    /* What the C library does not define. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
#ifndef __clang__ /* it has no such warning */
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif
    CHECK(strcmp(ours("[%s]", (const char *)0), "[]") == 0);
    CHECK(strcmp(ours("%y|%5|%"), "%y|%5|%") == 0);
#pragma GCC diagnostic pop
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void test_memory(void)
{
    unsigned char a[96], b[96];
    unsigned good = 0, rounds = 20000;

    for (unsigned round = 0; round < rounds; round++) {
        size_t to = (size_t)rand() % 48, from = (size_t)rand() % 48;
        size_t size = (size_t)rand() % 48;
        for (unsigned i = 0; i < sizeof a; i++)
            a[i] = b[i] = (unsigned char)(rand() % 3);
        our_memmove(a + to, a + from, size);
        memmove(b + to, b + from, size);
        good += memcmp(a, b, sizeof a) == 0;
        our_memset(a + to, round & 0xFF, size);
        memset(b + to, round & 0xFF, size);
        good += memcmp(a, b, sizeof a) == 0;
        good += sign(our_memcmp(a + to, b + from, size)) ==
                sign(memcmp(b + to, a + from, size));
    }
    CHECK(good == 3 * rounds);
}

static void test_text(void)
{
    const char *words[] = {"", "a", "b", "ab", "abc", "abd", "\xC4", "a/b/c"};
    const unsigned count = sizeof words / sizeof words[0];

    for (unsigned i = 0; i < count; i++) {
        CHECK(our_strlen(words[i]) == strlen(words[i]));
        for (int c = 0; c < 256; c++) {
            CHECK(our_strchr(words[i], c) == strchr(words[i], c));
            CHECK(our_strrchr(words[i], c) == strrchr(words[i], c));
        }
        for (unsigned j = 0; j < count; j++) {
            CHECK(sign(our_strcmp(words[i], words[j])) ==
                  sign(strcmp(words[i], words[j])));
            for (size_t n = 0; n < 5; n++)
                CHECK(sign(our_strncmp(words[i], words[j], n)) ==
                      sign(strncmp(words[i], words[j], n)));
        }
    }
}

int main(void)
{
    srand(1);
    test_format();
    test_memory();
    test_text();
    return check_report("test_format");
}
