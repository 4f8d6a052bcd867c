/* error.c - the end: a sentence, a code, and the machine stops.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "error.h"
#include "console.h"
#include <pure64/cpu.h>
#include <pure64/format.h>
#include <stdarg.h>

void error_stop(enum error_code code, const char *text, ...)
{
    va_list list;

    cpu_interrupts_off();
    console_use_both();
    console_print("\nPure64 error P%02d: ", (int)code);
    va_start(list, text);
    format_list(console_put, 0, text, list);
    va_end(list);
    console_print(".\n");
    for (;;)
        cpu_halt();
}
