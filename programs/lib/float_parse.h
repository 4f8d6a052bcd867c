/* float_parse.h - doubles from text.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* The nearest double, half to even; *end is behind the number, or `text` if
 * there is none. *range: the number is too large (infinity) or too small (0,
 * or one with fewer digits). C11, 7.22.1.3 "The strtod function"; no
 * hexadecimal floats. */
double float_parse(const char *text, const char **end, int *range);
