/* test_format.c - text from numbers and back, against the PC's C library.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: programs/lib/format.c programs/lib/format_float.c programs/lib/float_parse.c programs/lib/bignum.c
#include "../../programs/lib/format.h"
#include "../../programs/lib/float_parse.h"
#include "check.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    struct format_output output;
    char text[4096];
};

static void put(struct format_output *output, const char *text, size_t size)
{
    struct buffer *buffer = (struct buffer *)output;

    CHECK(output->count + size < sizeof buffer->text);
    memcpy(buffer->text + output->count, text, size);
    buffer->text[output->count + size] = 0;
}

/* Both libraries, the same text. */
__attribute__((format(printf, 1, 2))) static void same(const char *format, ...)
{
    static char expected[4096];
    struct buffer ours = { .output.put = put };
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    format_text(&ours.output, format, arguments);
    va_end(arguments);
    if (strcmp(expected, ours.text))
        printf("%s: '%s' instead of '%s'\n", format, ours.text, expected);
    CHECK(!strcmp(expected, ours.text));
    CHECK(ours.output.count == (size_t)length);
}

static void test_integers(void)
{
    static const long values[] = { 0, 1, -1, 7, 42, 255, -1000, 65535,
                                   INT32_MAX, INT32_MIN, INT64_MAX,
                                   INT64_MIN };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        long v = values[i];

        same("[%d] [%i] [%u] [%x] [%X] [%o] [%c]", (int)v, (int)v,
             (unsigned)v, (unsigned)v, (unsigned)v, (unsigned)v, 'x');
        same("%ld %lu %lx %lo %lld %zu %jd %td", v, (unsigned long)v,
             (unsigned long)v, (unsigned long)v, (long long)v, (size_t)v,
             (intmax_t)v, (ptrdiff_t)v);
        same("%hd %hu %hhd %hhu", (short)v, (unsigned short)v,
             (signed char)v, (unsigned char)v);
        same("[%8ld] [%-8ld] [%08ld] [%+ld] [% ld] [%+-25ld]", v, v, v, v, v,
             v);
        same("[%.0ld] [%.3ld] [%20.12ld] [%-20.12ld]", v, v, v, v);
        same("[%#lx] [%#lX] [%#lo] [%#018lx] [%#.5lo]", (unsigned long)v,
             (unsigned long)v, (unsigned long)v, (unsigned long)v,
             (unsigned long)v);
        same("[%*ld] [%-*ld] [%.*ld]", 9, v, -9, v, 5, v);
    }
    same("%p %20p %-20p|", (void *)&test_integers, (void *)16, (void *)16);
}

static void test_strings(void)
{
    int count = 0;

    same("%s|%10s|%-10s|%.2s|%10.3s|%%|%.0s", "word", "word", "word", "word",
         "word", "word");
    same("none");
    same("%5c|%-5c|", 'a', 'b');
    same("12345%n%d", &count, 6);
    CHECK(count == 5);
}

static void same_double(double v)
{
    same("%f %e %g %a", v, v, v, v);
    same("%.0f %.0e %.0g %.0a", v, v, v, v);
    same("%.3f %.3e %.3g %.3a", v, v, v, v);
    same("%.17g %.25e %.40f %.20a", v, v, v, v);
    same("[%20.4f] [%-20.4e] [%020.5g] [%+.2f] [% .2f]", v, v, v, v, v);
    same("%#.0f %#.0e %#g %#.0a %F %E %G %A", v, v, v, v, v, v, v, v);
}

/* All exponents, all digits: a fixed row of numbers. */
static uint64_t next(void)
{
    static uint64_t state = 88172645463325252ull;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double random_double(void)
{
    uint64_t bits = next();
    double value;

    memcpy(&value, &bits, sizeof value);
    return value == value ? value : 1.5;
}

static void test_doubles(void)
{
    static const double values[] = {
        0, -0.0, 1, -1, 0.5, 1.5, 2.5, 0.125, 0.1, 0.3, 9.5, 99.5,
        9999995, 0.0001, 0.00001, 0.000099999999, 1e15, 1e16, 1e17, 1e22,
        1e23, 123456789.125, 5e-324, DBL_MAX, DBL_MIN, DBL_EPSILON,
        INFINITY, -INFINITY, NAN, 3.14159265358979, 1e100, 1e-100, 0.95, 0.05,
        0.25, 0.35, 4.35, 1048576, 8.5, 7.5
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        same_double(values[i]);
    for (int i = 0; i < 2000; i++)
        same_double(random_double());
    same("%.1200f %.900e", 0x1p-1074, DBL_MAX);
    same("%.1200f", DBL_MAX);
    same("%Lf", 1.25L);
    same("%g %.1f", 999999.5, 999999.95); /* %#g is wrong here in glibc */
}

static void same_parse(const char *text)
{
    const char *end;
    char *their_end;
    int range;
    double ours = float_parse(text, &end, &range);
    double theirs = strtod(text, &their_end);

    if (memcmp(&ours, &theirs, sizeof ours) || end != their_end)
        printf("'%s': %a instead of %a\n", text, ours, theirs);
    CHECK(!memcmp(&ours, &theirs, sizeof ours));
    CHECK(end == their_end);
}

static void test_parse(void)
{
    static const char *const texts[] = {
        "", "x", ".", "-", "e5", "0", "-0", "1", " \t12.5x", "+.5", "5.",
        "1e5", "1e", "1e+", "1e-5z", "1.7976931348623157e308",
        "1.7976931348623159e308", "1e309", "1e99999999999", "1e-99999999999",
        "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
        "2.2250738585072011e-308", "2.2250738585072014e-308", "1e23",
        "9007199254740993", "9007199254740993.00000000000000000000001",
        "9007199254740992.9999999999999", "0.1", "0.3", "inf", "-Infinity",
        "infinit", "12345678901234567890123456789012345678901234567890",
        "0.000000000000000000000000000000000000000000000000000000000001",
        "000000000000000000000000000000000000000000000000000000000000000001",
        "6.631236846766476e-316", "8.98846567431158e307", "1.5.5",
    };
    char text[1200];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        same_parse(texts[i]);
    for (int i = 0; i < 20000; i++) {
        double value = random_double();

        snprintf(text, sizeof text, "%.*e", (int)(next() % 25), value);
        same_parse(text);
    }
    for (int i = 0; i < 200; i++) { /* half-way between two doubles */
        uint64_t bits = next() >> 2; /* positive, below 2^513 */
        double value, after;

        memcpy(&value, &bits, sizeof value);
        bits++;
        memcpy(&after, &bits, sizeof after);
        snprintf(text, sizeof text, "%.*Le", 1150,
                 ((long double)value + after) / 2);
        same_parse(text);
    }
}

int main(void)
{
    test_integers();
    test_strings();
    test_doubles();
    test_parse();
    return check_report("format");
}
