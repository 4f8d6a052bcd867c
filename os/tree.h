/* tree.h - going through a folder and all folders in it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include "files.h"

#define TREE_LEVELS 256      /* more than a path of FILES_PATH can have */
#define TREE_PATH (FILES_PATH + 16) /* with the name of a volume */

enum tree_step {
    TREE_END,
    TREE_FILE,               /* a file */
    TREE_FOLDER,             /* a folder, before what is in it */
    TREE_LEAVE,              /* the same, after that */
};

struct tree {
    struct files *files;
    char path[TREE_PATH];    /* of the step */
    int started, enter;
    unsigned depth;
    struct {
        uint64_t cursor;     /* see files_list */
        uint16_t length;     /* of path, up to there */
    } levels[TREE_LEVELS];
};

/* `path` may be a file, too. 0, or FILES_EPATH. */
int tree_start(struct tree *tree, struct files *files, const char *path);

/* The next enum tree_step, or an error of files.h, which is about tree->path;
 * the steps after it come all the same. What is behind the step may be removed
 * then, and made: not in the tree itself. */
int tree_next(struct tree *tree);

/* After TREE_FOLDER: what is in it is left out, and the TREE_LEAVE, too. */
void tree_skip(struct tree *tree);

/* Puts `name` behind a folder's path: 0, or FILES_EPATH if `size` bytes are
 * too few for both. */
int tree_join(char *path, size_t size, const char *name);

/* 1 if `path` is that folder, or would be in it, whatever their spelling; the
 * current folder is "". */
int tree_is_inside(struct files *files, const char *path, const char *folder);
