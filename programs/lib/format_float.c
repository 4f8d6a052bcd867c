/* format_float.c - doubles as text, every digit right.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A double is a natural number times a power of 2, so it has an end in
 * decimal, too: all its digits are made, at most 767, and then rounded, half
 * to even, as C11, 7.21.6.1 "Recommended practice" has it.
 */
#include "bignum.h"
#include "format.h"
#include <string.h>

#define DIGITS 800
#define MANTISSA 0x000FFFFFFFFFFFFFull
#define HIDDEN (MANTISSA + 1)
/* More places than that behind the point are zeros. */
#define PLACES 1100

struct decimal {
    int length;             /* digits; 0 is 0 digits */
    int exponent;           /* of 10, at the first digit */
    char digits[DIGITS];
};

struct text {
    size_t length;
    char characters[PLACES + 320];
};

static void add(struct text *text, char c)
{
    text->characters[text->length++] = c;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* value = mantissa * 2^exponent. */
static uint64_t split(uint64_t bits, int *exponent)
{
    int field = (int)(bits >> 52 & 0x7FF);

    *exponent = (field ? field : 1) - 1075;
    return (bits & MANTISSA) | (field ? HIDDEN : 0);
}

static void make_digits(struct decimal *decimal, uint64_t bits)
{
    int exponent, at = DIGITS;
    struct bignum number;

    bignum_set(&number, split(bits, &exponent));
    /* m / 2^k = m * 5^k / 10^k */
    if (exponent < 0)
        bignum_multiply_power5(&number, (unsigned)-exponent);
    else
        bignum_shift_left(&number, (unsigned)exponent);
    while (number.count) {
        uint32_t part = bignum_divide(&number, 1000000000);

        for (int i = 0; i < 9; i++, part /= 10)
            decimal->digits[--at] = (char)('0' + part % 10);
    }
    while (at < DIGITS && decimal->digits[at] == '0')
        at++;
    decimal->length = DIGITS - at;
    memmove(decimal->digits, decimal->digits + at, (size_t)decimal->length);
    decimal->exponent = decimal->length
                            ? decimal->length - 1 + (exponent < 0 ? exponent : 0)
                            : 0;
}

static int rounds_up(const struct decimal *decimal, int keep)
{
    if (decimal->digits[keep] != '5')
        return decimal->digits[keep] > '5';
    for (int i = keep + 1; i < decimal->length; i++)
        if (decimal->digits[i] != '0')
            return 1;
    return keep > 0 && decimal->digits[keep - 1] % 2;
}

/* To `keep` digits; fewer than 0 are like 0, but nothing is half then. */
static void round_digits(struct decimal *decimal, int keep)
{
    int up;

    if (keep >= decimal->length)
        return;
    up = keep >= 0 && rounds_up(decimal, keep);
    decimal->length = keep > 0 ? keep : 0;
    for (int i = decimal->length; up && i-- > 0;) {
        up = decimal->digits[i] == '9';
        decimal->digits[i] = up ? '0' : (char)(decimal->digits[i] + 1);
    }
    if (up) { /* all were nines */
        decimal->exponent++;
        if (!decimal->length)
            decimal->length = 1;
        decimal->digits[0] = '1';
    }
    if (!decimal->length)
        decimal->exponent = 0;
}

static char digit(const struct decimal *decimal, int at)
{
    return at >= 0 && at < decimal->length ? decimal->digits[at] : '0';
}

/* Digits, with a point behind the first `before`; `places` behind it. */
static void write_places(struct text *text, const struct decimal *decimal,
                         int first, int before, int places, int point)
{
    for (int i = 0; i < before; i++)
        add(text, digit(decimal, first + i));
    if (places > 0 || point)
        add(text, '.');
    for (int i = 0; i < places && i < PLACES; i++)
        add(text, digit(decimal, first + before + i));
}

static void write_plain(struct text *text, const struct decimal *decimal,
                        int places, int point)
{
    int before = decimal->exponent > 0 ? decimal->exponent + 1 : 1;

    write_places(text, decimal, decimal->exponent + 1 - before, before,
                 places, point);
}

/* e+05, e-123, p+3 */
static void write_exponent(char *suffix, char letter, int exponent,
                           int least_digits)
{
    char reversed[5];
    int count = 0;
    unsigned left = (unsigned)(exponent < 0 ? -exponent : exponent);

    *suffix++ = letter;
    *suffix++ = exponent < 0 ? '-' : '+';
    for (; left || count < least_digits; left /= 10)
        reversed[count++] = (char)('0' + left % 10);
    while (count)
        *suffix++ = reversed[--count];
    *suffix = 0;
}

/* How many of `places` are not zeros at the end: %g leaves those out. */
static int places_without_zeros(const struct decimal *decimal, int first,
                                int places)
{
    int used = decimal->length;

    while (used > 0 && decimal->digits[used - 1] == '0')
        used--;
    if (used <= first)
        return 0;
    return used - first < places ? used - first : places;
}

/* Letters e, f and g; returns the places that are zeros beyond PLACES. */
static int write_decimal(struct text *text, char *suffix, uint64_t bits,
                         const struct format_field *field, char letter)
{
    int places = field->precision < 0 ? 6 : field->precision;
    static const char exponents[] = "eE";
    struct decimal decimal;

    make_digits(&decimal, bits);
    if (letter == 'g') {
        int digits = places ? places : 1;

        round_digits(&decimal, digits);
        letter = decimal.exponent < -4 || decimal.exponent >= digits ? 'e'
                                                                     : 'f';
        places = letter == 'e' ? digits - 1 : digits - 1 - decimal.exponent;
        if (!field->alternate)
            places = places_without_zeros(
                &decimal, letter == 'e' ? 1 : decimal.exponent + 1, places);
    }
    if (letter == 'e') {
        round_digits(&decimal, places < DIGITS ? places + 1 : DIGITS);
        write_places(text, &decimal, 0, 1, places, field->alternate);
        write_exponent(suffix, exponents[field->upper], decimal.exponent, 2);
    } else {
        round_digits(&decimal,
                     places < PLACES ? decimal.exponent + 1 + places : DIGITS);
        write_plain(text, &decimal, places, field->alternate);
    }
    return places > PLACES ? places - PLACES : 0;
}

/* 0x1.8p+1, the prefix 0x being there already. */
static int write_hex(struct text *text, char *suffix, uint64_t bits,
                     const struct format_field *field)
{
    const char *set = field->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    int exponent, places = field->precision;
    uint64_t mantissa = split(bits, &exponent);

    if (places < 0)
        for (places = 13; places && !(mantissa >> (52 - 4 * places) & 15);)
            places--;
    if (places < 13) {
        uint64_t unit = 1ull << (52 - 4 * places), rest = mantissa % unit;

        mantissa -= rest;
        if (rest > unit / 2 || (rest == unit / 2 && mantissa & unit))
            mantissa += unit;
    }
    add(text, set[mantissa >> 52]);
    if (places || field->alternate)
        add(text, '.');
    for (int i = 0; i < places && i < 13; i++)
        add(text, set[mantissa >> (48 - 4 * i) & 15]);
    write_exponent(suffix, field->upper ? 'P' : 'p',
                   bits ? exponent + 52 : 0, 1);
    return places > 13 ? places - 13 : 0;
}

static void set_prefix(struct format_number *number,
                       const struct format_field *field, uint64_t bits,
                       int is_hex)
{
    char *prefix = number->prefix;

    if (bits >> 63)
        *prefix++ = '-';
    else if (field->plus || field->space)
        *prefix++ = field->plus ? '+' : ' ';
    if (is_hex) {
        *prefix++ = '0';
        *prefix++ = field->upper ? 'X' : 'x';
    }
}

void format_float(struct format_output *output,
                  const struct format_field *field, char letter,
                  double value)
{
    static const char *const names[2][2] = { { "inf", "INF" },
                                             { "nan", "NAN" } };
    struct format_number number = { .suffix = "" };
    struct format_field plain = *field;
    uint64_t bits = bits_of(value), magnitude = bits << 1 >> 1;
    int is_finite = magnitude >> 52 < 0x7FF;
    struct text text = { .length = 0 };
    char suffix[8] = "";

    set_prefix(&number, field, bits, is_finite && letter == 'a');
    number.suffix = suffix;
    number.digits = text.characters;
    if (!is_finite) {
        number.digits = names[(magnitude & MANTISSA) != 0][field->upper];
        number.length = 3;
        plain.zeros = 0;
    } else if (letter == 'a') {
        number.trailing =
            (size_t)write_hex(&text, suffix, magnitude, field);
    } else {
        number.trailing =
            (size_t)write_decimal(&text, suffix, magnitude, field, letter);
    }
    if (is_finite)
        number.length = text.length;
    format_put_number(output, &plain, &number);
}
