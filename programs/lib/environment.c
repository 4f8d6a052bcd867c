/* environment.c - the variables that were set at the prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <os_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLES_MAX 64

static char *variables[VARIABLES_MAX + 1];
char **environ = variables;

/* Before any constructor of the program's own. */
__attribute__((constructor(101))) static void environment_read(void)
{
#if BAREMETAL_VERSION >= 2
    for (unsigned i = 0; i < VARIABLES_MAX; i++) {
        const char *variable = os_interface->environment(i);

        if (!variable)
            break;
        variables[i] = (char *)(uintptr_t)variable;
    }
#endif
}

char *getenv(const char *name)
{
    size_t length = strlen(name);

    for (char **variable = environ; *variable; variable++)
        if (!strncmp(*variable, name, length) && (*variable)[length] == '=')
            return *variable + length + 1;
    return 0;
}
