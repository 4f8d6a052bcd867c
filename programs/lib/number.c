/* number.c - numbers from text, and arithmetic of stdlib.h.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "float_parse.h"
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

static int digit_value(char c)
{
    if (isdigit(c))
        return c - '0';
    return isalpha(c) ? tolower(c) - 'a' + 10 : INT_MAX;
}

/* The prefixes 0x and 0 as the base wants them; the base may be found. */
static const char *skip_prefix(const char *text, int *base)
{
    int is_hex = text[0] == '0' && tolower(text[1]) == 'x' &&
                 isxdigit(text[2]);

    if (*base == 0)
        *base = is_hex ? 16 : *text == '0' ? 8 : 10;
    return *base == 16 && is_hex ? text + 2 : text;
}

/* A magnitude, its sign apart; *over: it has more than 64 bits. */
static uint64_t parse(const char *text, char **end, int base, int *negative,
                      int *over)
{
    const char *at = text, *start;
    uint64_t value = 0;

    while (isspace(*at))
        at++;
    *negative = *at == '-';
    at += *at == '-' || *at == '+';
    at = start = skip_prefix(at, &base);
    *over = 0;
    for (; digit_value(*at) < base; at++)
        *over |= __builtin_mul_overflow(value, (uint64_t)base, &value) ||
                 __builtin_add_overflow(value, (uint64_t)digit_value(*at),
                                        &value);
    if (end)
        *end = (char *)(uintptr_t)(at == start ? text : at);
    return value;
}

long strtol(const char *text, char **end, int base)
{
    int negative, over;
    uint64_t value = parse(text, end, base, &negative, &over);

    if (over || value > (uint64_t)LONG_MAX + (unsigned)negative) {
        errno = ERANGE;
        return negative ? LONG_MIN : LONG_MAX;
    }
    return (long)(negative ? -value : value);
}

unsigned long strtoul(const char *text, char **end, int base)
{
    int negative, over;
    uint64_t value = parse(text, end, base, &negative, &over);

    if (over) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return negative ? -value : value;
}

long long strtoll(const char *text, char **end, int base)
{
    return strtol(text, end, base);
}

unsigned long long strtoull(const char *text, char **end, int base)
{
    return strtoul(text, end, base);
}

int atoi(const char *text)
{
    return (int)strtol(text, 0, 10);
}

long atol(const char *text)
{
    return strtol(text, 0, 10);
}

long long atoll(const char *text)
{
    return strtol(text, 0, 10);
}

double strtod(const char *text, char **end)
{
    const char *behind;
    int range;
    double value = float_parse(text, &behind, &range);

    if (range)
        errno = ERANGE;
    if (end)
        *end = (char *)(uintptr_t)behind;
    return value;
}

float strtof(const char *text, char **end)
{
    return (float)strtod(text, end);
}

double atof(const char *text)
{
    return strtod(text, 0);
}

int abs(int value)
{
    return value < 0 ? -value : value;
}

long labs(long value)
{
    return value < 0 ? -value : value;
}

long long llabs(long long value)
{
    return value < 0 ? -value : value;
}

div_t div(int value, int by)
{
    return (div_t){ value / by, value % by };
}

ldiv_t ldiv(long value, long by)
{
    return (ldiv_t){ value / by, value % by };
}

lldiv_t lldiv(long long value, long long by)
{
    return (lldiv_t){ value / by, value % by };
}
