/* float_parse.c - doubles from text, always the nearest one.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The digits are a natural number times a power of 10. What 5 to that power
 * makes of it is kept to 66 bits or more, with a note whether anything was
 * lost, which is all that rounding needs.
 */
#include "float_parse.h"
#include "bignum.h"
#include <string.h>

#define DIGITS 800      /* more do not change the nearest double */
#define EXPONENT_MAX 20000

struct decimal {
    struct bignum digits;
    int count;          /* of them, without zeros at the start */
    int exponent;       /* of 10 */
    int rest;           /* were digits left out that are not 0? */
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Length of the word, or 0 if another one is there. */
static size_t match(const char *text, const char *word)
{
    size_t length = 0;

    for (; word[length]; length++)
        if (small(text[length]) != word[length])
            return 0;
    return length;
}

static void add_digit(struct decimal *decimal, char c, int behind_point)
{
    if (decimal->count < DIGITS) {
        if (!decimal->count && c == '0') {
            decimal->exponent -= behind_point;
            return;
        }
        if (!decimal->digits.count)
            bignum_set(&decimal->digits, (uint64_t)(c - '0'));
        else
            bignum_multiply(&decimal->digits, 10, (uint32_t)(c - '0'));
        decimal->count++;
        decimal->exponent -= behind_point;
    } else {
        decimal->rest |= c != '0';
        decimal->exponent += !behind_point;
    }
}

static const char *read_exponent(const char *text, int *exponent)
{
    const char *at = text + 1;
    int negative, value = 0;

    if (small(*text) != 'e')
        return text;
    negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (!is_digit(*at))
        return text;
    for (; is_digit(*at); at++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (*at - '0');
    *exponent += negative ? -value : value;
    return at;
}

/* Returns what is behind it, or `text` if there is no digit. */
static const char *read_decimal(const char *text, struct decimal *decimal)
{
    const char *at = text;
    int behind_point = 0, any = 0;

    memset(decimal, 0, sizeof *decimal);
    for (;; at++) {
        if (is_digit(*at)) {
            add_digit(decimal, *at, behind_point);
            any = 1;
        } else if (*at == '.' && !behind_point) {
            behind_point = 1;
        } else {
            break;
        }
    }
    return any ? read_exponent(at, &decimal->exponent) : text;
}

/* digits / 5^power, with 66 bits or more: the exponent of 2 that is lost. */
static int divide_power5(struct decimal *decimal, int power)
{
    /* 5^power has fewer bits than power * 7 / 3 + 1. */
    int wanted = 66 + power * 7 / 3 + 1;
    int shift = wanted - (int)bignum_bits(&decimal->digits);

    if (shift < 0)
        shift = 0;
    bignum_shift_left(&decimal->digits, (unsigned)shift);
    for (; power >= 13; power -= 13)
        decimal->rest |= bignum_divide(&decimal->digits, 1220703125) != 0;
    for (; power > 0; power--)
        decimal->rest |= bignum_divide(&decimal->digits, 5) != 0;
    return -shift;
}

/* number * 2^exponent, rounded; rest: a bit more than that. */
static uint64_t round_to_double(const struct bignum *number, int exponent,
                                int rest, int *range)
{
    int bits = (int)bignum_bits(number);
    int top = bits - 1 + exponent;          /* exponent of the highest bit */
    int lowest = top < -1022 ? -1074 : top - 52;
    int drop = lowest - exponent;           /* bits that go, one kept back */
    uint64_t mantissa, field;

    if (drop < 1) { /* exact: nothing goes */
        mantissa = bignum_shift_right(number, 0, &rest) << -drop;
    } else if (drop > bits + 1) {
        *range = 1;
        return 0;
    } else {
        mantissa = bignum_shift_right(number, (unsigned)drop - 1, &rest);
        rest = (mantissa & 1) && (rest || mantissa & 2);
        mantissa = (mantissa >> 1) + (unsigned)rest;
    }
    if (mantissa >> 53) {
        mantissa >>= 1;
        lowest++;
    }
    field = mantissa >> 52 ? (uint64_t)(lowest + 1075) : 0;
    *range = !field || field >= 0x7FF;
    if (field >= 0x7FF)
        return 0x7FFull << 52;
    return field << 52 | (mantissa & 0x000FFFFFFFFFFFFFull);
}

static uint64_t to_bits(struct decimal *decimal, int *range)
{
    int power = decimal->exponent, exponent = power;
    int magnitude = decimal->count + power;

    if (!decimal->digits.count)
        return 0;
    *range = 1;
    if (magnitude > 310)
        return 0x7FFull << 52;
    if (magnitude < -330)
        return 0;
    if (power >= 0)
        bignum_multiply_power5(&decimal->digits, (unsigned)power);
    else
        exponent += divide_power5(decimal, -power);
    return round_to_double(&decimal->digits, exponent, decimal->rest, range);
}

static const char *read_name(const char *text, uint64_t *bits)
{
    size_t length = match(text, "infinity");

    if (!length)
        length = match(text, "inf");
    *bits = 0x7FFull << 52;
    if (!length && (length = match(text, "nan")))
        *bits |= 1ull << 51;
    return text + length;
}

double float_parse(const char *text, const char **end, int *range)
{
    struct decimal decimal;
    const char *at = text, *behind;
    uint64_t bits;
    double value;
    int negative;

    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    negative = *at == '-';
    at += *at == '-' || *at == '+';
    *range = 0;
    behind = read_decimal(at, &decimal);
    if (behind != at)
        bits = to_bits(&decimal, range);
    else
        behind = read_name(at, &bits);
    if (behind == at) {
        *end = text;
        return 0;
    }
    *end = behind;
    bits |= (uint64_t)negative << 63;
    memcpy(&value, &bits, sizeof value);
    return value;
}
