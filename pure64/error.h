/* error.h - the end: a sentence, a code, and the machine stops.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* Printed as P01, P02, ...: a user can look them up in README.md, so a
 * number is never used for another meaning. */
enum error_code {
    ERROR_EXCEPTION = 1,  /* pure64 itself faulted */
    ERROR_NO_MEMORY = 2,  /* no RAM where pure64 or the kernel needs it */
    ERROR_NO_TABLES = 3,  /* no page left for what stays in use */
    ERROR_NO_CPU_PAGE = 4, /* no page below 640 KiB to start CPUs from */
};

/* Prints "Pure64 error Pnn: <text>" and halts this CPU with interrupts off.
 * Any time after console_init, boot CPU. Text as in format.h. */
_Noreturn void error_stop(enum error_code code, const char *text, ...)
    __attribute__((format(printf, 2, 3)));
