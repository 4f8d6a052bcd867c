/* environment.h - the variables that programs get: NAME=VALUE.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Set at the prompt, kept until the machine ends. Boot CPU; nothing changes
 * while a program runs.
 */
#pragma once
#include <stddef.h>

#define ENVIRONMENT_SIZE 2048 /* of all, each with its NUL */

enum environment_error {
    ENVIRONMENT_ENAME = -1,  /* not letters, digits and _, or none */
    ENVIRONMENT_EFULL = -2,  /* ENVIRONMENT_SIZE is used up */
};

/* "NAME=VALUE" by number from 0, in the order they were set; 0 behind the
 * last. Valid until a variable is set or unset. Any CPU. */
const char *environment_get(unsigned number);

/* Sets the variable of a text NAME=VALUE; 0 or enum environment_error, and
 * then all is as before. */
int environment_set(const char *text);

/* 1 if it was set. */
int environment_unset(const char *name);
