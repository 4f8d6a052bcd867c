/* string.h - memory and text functions of the C library that we use.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ISO C meaning. string.c is compiled into pure64, kernel and os; none of
 * them touches SSE or x87 registers. Any CPU, any interrupt state.
 */
#pragma once
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#if !__STDC_HOSTED__
/* A freestanding compiler calls even a memcpy that is one load and one store;
 * a small one of known size is left to it. */
#define memcpy(to, from, size)                  \
    (__builtin_constant_p(size) && (size) <= 16 \
         ? __builtin_memcpy(to, from, size)     \
         : memcpy(to, from, size))
#endif

size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);
