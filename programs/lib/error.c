/* error.c - errno, one for each CPU, and the texts of errors.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Not a thread-local variable: those are found through FS, which no CPU has
 * set, and which a program may want for itself.
 */
#include "stream.h"
#include <errno.h>
#include <os_interface.h>
#include <stdint.h>
#include <string.h>

/* With more CPUs, some share one. */
#define CPUS 1024

_Static_assert(ENOENT == -BAREMETAL_ENOENT && EXDEV == -BAREMETAL_EXDEV &&
                   ENOMEM == -BAREMETAL_ENOMEM && EROFS == -BAREMETAL_EROFS &&
                   EBADF == -BAREMETAL_EBADF && EINVAL == -BAREMETAL_EINVAL,
               "the numbers are the system's");

static int errors[CPUS];

int *errno_location(void)
{
    return &errors[os_interface->cpu_number() % CPUS];
}

int error_set(int64_t error)
{
    errno = (int)-error;
    return -1;
}

char *strerror(int error)
{
    const char *text;

    switch (error) {
    case 0: text = "no error"; break;
    case EDOM: text = "outside of what the function is defined for"; break;
    case ERANGE: text = "the result is too large or too small"; break;
    case EILSEQ: text = "not a character"; break;
    default: text = os_interface->error_text(-error);
    }
    return (char *)(uintptr_t)text;
}
