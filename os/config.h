/* config.h - the options of config.txt and of the boot command line.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * config.txt stands in the root of the first volume: one option a line, lines
 * that start with # are comments. All for the boot CPU.
 */
#pragma once
#include "options.h"
#include "storage.h"

#define CONFIG_NAME "config.txt"
#define CONFIG_PATH_SIZE 40

/* Reads the boot command line, then config.txt, into options_in_effect; sets the
 * keyboard's layout; says what is wrong, and which boot words of config.txt are
 * not in effect. Once, at start. */
void config_start(void);

/* Reads config.txt into an empty set, and says what is wrong in it: 1, or 0 if
 * it is not there or cannot be read, which is said if `talk`. */
int config_read(struct options_set *set, int talk);

/* The absolute path of a file in the root of the first volume, which is mounted
 * then; 0 or an error of files.h. */
int config_path(const char *name, char path[CONFIG_PATH_SIZE],
                struct storage_volume **volume);
