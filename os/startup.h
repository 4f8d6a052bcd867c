/* startup.h - what runs before the first prompt.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the root of the first volume: config.txt holds options, one a line, as
 * `startup=NAME` (startup_options.h); startup.app is a program, startup.txt a list of commands.
 * Either runs unless a key is typed, or held, at start.
 */
#pragma once
#include "shell.h"

/* Boot CPU, once. */
void startup_run(struct shell *shell);
