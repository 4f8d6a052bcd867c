/* wildcard.h - names of files for * and ? and [...] in a line.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * POSIX.1-2017, XCU "Pattern Matching Notation": * is any text, ? one
 * character, [abc] or [a-c] one of these, [!abc] any other one. The case of
 * letters does not count, as in FAT; no name is left out for its first
 * character.
 */
#pragma once
#include "command_line.h"
#include "files.h"

/* So many parts of a path may have wildcards. */
#define WILDCARD_PARTS 16

/* 1 if the name is one that `length` bytes of pattern stand for; wildcards are
 * enum command_line_mark. */
int wildcard_match(const char *pattern, size_t length, const char *name);

struct wildcard_expansion {
    struct command_line *line;
    struct files *files;
    unsigned parts;          /* with wildcards, in the path so far */
    char path[FILES_PATH];
};

/* Each word with wildcards becomes the paths it stands for, in the order of
 * the alphabet; one that stands for none stays as it was typed. 0, or
 * COMMAND_LINE_EFULL; then there are no words. */
int wildcard_expand(struct wildcard_expansion *expansion,
                    struct command_line *line, struct files *files);
