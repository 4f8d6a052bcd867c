/* check.h - what host tests are written with.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdio.h>

static unsigned check_passed, check_failed;

#define CHECK(condition)                                              \
    ((condition) ? (void)check_passed++                               \
                 : (void)(check_failed++,                             \
                          fprintf(stderr, "%s:%d: %s\n", __FILE__,    \
                                  __LINE__, #condition)))

/* The last line of a test; returns main's exit status. */
static inline int check_report(const char *name)
{
    printf("%s: %u passed, %u failed\n", name, check_passed, check_failed);
    return check_failed || !check_passed;
}
