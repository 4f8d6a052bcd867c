/* startup.h - what runs before the first prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the option startup= names (options.h), or in the root of the first
 * volume startup.app, a program, or startup.txt, a list of commands. It runs
 * unless a key is typed, or held, at start.
 */
#pragma once
#include "shell.h"

/* Boot CPU, once. */
void startup_run(struct shell *shell);
