/* commands_tree.c - the commands that move whole folders: cp, mv, rm.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What fails is named, and the rest goes on; Ctrl-C ends it between two files.
 */
#include "commands.h"
#include "fs/error.h"
#include "print.h"
#include <pure64/string.h>

/* What is done with one argument; how much of it failed. */
typedef unsigned action(struct shell *shell, const char *from, const char *to);

static int is_folder(const char *path)
{
    return !files_find(&files, path) &&
           files.entry.attributes & FAT_ATTRIBUTE_FOLDER;
}

/* 1, and said, if the folder is not to go: the root, or what is around the
 * current folder. */
static int must_stay(const char *path)
{
    if (!is_folder(path))
        return 0;
    if (!files.place.path[1])
        shell_complain("%s: not possible: a volume's root stays\n", path);
    else if (tree_is_inside(&files, "", path))
        shell_complain("%s: not possible: the current folder is in it\n",
                       path);
    else
        return 0;
    return 1;
}

/* ---- rm */

static unsigned remove_step(struct tree *tree, int step, unsigned failed)
{
    int error = step < 0 ? step : 0;

    if (step == TREE_FILE || step == TREE_LEAVE)
        error = files_remove(&files, tree->path);
    /* That something is in it still was said of that. */
    if (!error || (failed && error == FS_ENOTEMPTY))
        return 0;
    shell_complain_file(tree->path, error);
    return 1;
}

/* A folder with all that is in it, or a file. */
static unsigned remove_tree(struct shell *shell, const char *path)
{
    struct tree *tree = &command_scratch(shell->os)->tree;
    int step, error = tree_start(tree, &files, path);
    unsigned failed = 0;

    if (error) {
        shell_complain_file(path, error);
        return 1;
    }
    while ((step = tree_next(tree)) != TREE_END) {
        failed += remove_step(tree, step, failed);
        if (output_stopped()) {
            shell_complain("%s: stopped\n", path);
            return failed + 1;
        }
    }
    if (failed && is_folder(path))
        shell_complain("%s: not all of it is removed\n", path);
    return failed;
}

static void remove_one(const char *path, int force)
{
    int error = files_remove(&files, path);

    if (error == FS_ENOTEMPTY)
        shell_complain("%s: folder is not empty; rm -r removes it with all "
                       "that is in it\n", path);
    else if (error && !(force && error == FS_ENOTFOUND))
        shell_complain_file(path, error);
}

void command_rm(struct shell *shell, int argc, char **argv)
{
    int options = command_options(&argc, &argv, "rf", 1);
    int recursive = options & 1, force = options & 2;

    if (options < 0)
        return;
    for (int i = 1; i < argc && !output_stopped(); i++) {
        if (must_stay(argv[i]))
            continue;
        if (recursive && is_folder(argv[i]))
            remove_tree(shell, argv[i]);
        else
            remove_one(argv[i], force);
    }
}

/* ---- cp */

static int make_folder(const char *path)
{
    int error = files_make_folder(&files, path);

    return error == FS_EEXISTS && is_folder(path) ? 0 : error;
}

/* tree->path goes to `copy`; 1 if it did not. */
static unsigned copy_step(struct shell *shell, struct tree *tree, int step,
                          const char *copy)
{
    int error = step < 0 ? step : 0;

    if (step == TREE_FILE)
        return command_copy(shell, tree->path, copy) != 0;
    if (error) {
        shell_complain_file(tree->path, error);
        return 1;
    }
    if (step == TREE_FOLDER)
        error = make_folder(copy);
    if (error) {
        shell_complain_file(copy, error);
        tree_skip(tree);
    }
    return error != 0;
}

static unsigned copy_folder(struct shell *shell, const char *from,
                            const char *to)
{
    struct command_scratch *scratch = command_scratch(shell->os);
    struct tree *tree = &scratch->tree;
    size_t length = strlen(from), to_length = strlen(to);
    unsigned failed = 0;
    int step, error = tree_start(tree, &files, from);

    if (to_length >= sizeof scratch->copy)
        error = FILES_EPATH;
    if (error) {
        shell_complain_file(to, error);
        return 1;
    }
    memcpy(scratch->copy, to, to_length + 1);
    while ((step = tree_next(tree)) != TREE_END) {
        scratch->copy[to_length] = 0;
        if (step > 0 && tree_join(scratch->copy, sizeof scratch->copy,
                                  tree->path + length)) {
            tree_skip(tree);
            step = FILES_EPATH;
        }
        failed += copy_step(shell, tree, step, scratch->copy);
        if (output_stopped()) {
            shell_complain("%s: stopped\n", from);
            return failed + 1;
        }
    }
    if (failed)
        shell_complain("%s: not all of it is copied\n", from);
    return failed;
}

static unsigned copy(struct shell *shell, const char *from, const char *to)
{
    if (!is_folder(from))
        return command_copy(shell, from, to) != 0;
    if (tree_is_inside(&files, to, from)) {
        shell_complain("%s: a folder cannot be copied into itself\n", from);
        return 1;
    }
    return copy_folder(shell, from, to);
}

static unsigned copy_file(struct shell *shell, const char *from,
                          const char *to)
{
    return command_copy(shell, from, to) != 0;
}

/* ---- several into a folder */

/* Where `path` goes if it is put at `to`: that name, or into that folder. Both
 * may be names of one folder, in other letters. */
static int make_target(const char *path, const char *to, char *target)
{
    const char *name = path;
    int error = files_find(&files, path);

    if (error)
        return error;
    for (const char *c = path; *c; c++)
        if ((*c == '/' || *c == '\\' || *c == ':') && c[1])
            name = c + 1;
    if (strlen(to) >= TREE_PATH)
        return FILES_EPATH;
    memcpy(target, to, strlen(to) + 1);
    if (!is_folder(to) || (tree_is_inside(&files, to, path) &&
                           tree_is_inside(&files, path, to)))
        return 0;
    return tree_join(target, TREE_PATH, name);
}

/* Several files only go into a folder. */
static int check_folder(int argc, char **argv)
{
    const char *to = argv[argc - 1];
    int error;

    if (argc == 3)
        return 0;
    error = files_find(&files, to);
    if (!error && !(files.entry.attributes & FAT_ATTRIBUTE_FOLDER))
        error = FS_ENOTFOLDER;
    return error ? shell_complain_file(to, error) : 0;
}

/* Does it with each of several paths and the last argument. */
static void each(struct shell *shell, int argc, char **argv, action *act)
{
    char *target = command_scratch(shell->os)->target;

    if (check_folder(argc, argv))
        return;
    for (int i = 1; i < argc - 1 && !output_stopped(); i++) {
        int error = make_target(argv[i], argv[argc - 1], target);

        if (error)
            shell_complain_file(argv[i], error);
        else
            act(shell, argv[i], target);
    }
}

void command_cp(struct shell *shell, int argc, char **argv)
{
    int recursive = command_options(&argc, &argv, "r", 2);

    if (recursive >= 0)
        each(shell, argc, argv, recursive ? copy : copy_file);
}

/* ---- mv */

/* What a file that is being replaced is called meanwhile: one that is left of
 * a power cut keeps its name, and the digit counts on. */
#define ASIDE "replaced.~0"
#define ASIDE_DIGIT (sizeof ASIDE - 2)

/* Gives the file another name in its folder, which is left in `aside`. */
static int set_aside(const char *path, char *aside)
{
    size_t folder = strlen(path);
    int error = FS_EEXISTS;

    while (folder && !strchr("/\\:", path[folder - 1]))
        folder--;
    if (folder + sizeof ASIDE > TREE_PATH)
        return FILES_EPATH;
    memcpy(aside, path, folder);
    memcpy(aside + folder, ASIDE, sizeof ASIDE);
    for (unsigned i = 0; i < 10 && error == FS_EEXISTS; i++) {
        aside[folder + ASIDE_DIGIT] = (char)('0' + i);
        error = files_rename(&files, path, aside);
    }
    return error;
}

/* A file of that name gives way to another file: it comes back if that does
 * not get its name. */
static int replace(struct shell *shell, const char *from, const char *to)
{
    char *aside = command_scratch(shell->os)->copy;
    int error;

    if (!shell_is_file(from) || !shell_is_file(to))
        return FS_EEXISTS;
    if (files.entry.attributes & FAT_ATTRIBUTE_READ_ONLY)
        return FS_EREADONLY;
    error = set_aside(to, aside);
    if (error)
        return error;
    error = files_rename(&files, from, to);
    if (error) {
        files_rename(&files, aside, to); /* the first error is what is told */
        return error;
    }
    return files_remove(&files, aside);
}

/* To another volume. */
static unsigned move_copy(struct shell *shell, const char *from,
                          const char *to)
{
    if (is_folder(from) && !files_find(&files, to)) {
        shell_complain_file(to, FS_EEXISTS);
        return 1;
    }
    if (copy(shell, from, to)) {
        shell_complain("%s: stays, for not all is copied\n", from);
        return 1;
    }
    return remove_tree(shell, from);
}

static unsigned move(struct shell *shell, const char *from, const char *to)
{
    int error;

    if (must_stay(from))
        return 1;
    error = files_rename(&files, from, to);
    if (error == FILES_EVOLUME)
        return move_copy(shell, from, to);
    if (error == FS_EEXISTS)
        error = replace(shell, from, to);
    if (error)
        shell_complain_file(error == FS_EEXISTS || error == FS_EREADONLY
                                ? to : from, error);
    return error != 0;
}

void command_mv(struct shell *shell, int argc, char **argv)
{
    if (command_options(&argc, &argv, "", 2) >= 0)
        each(shell, argc, argv, move);
}
