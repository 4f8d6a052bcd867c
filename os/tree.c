/* tree.c - going through a folder and all folders in it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "tree.h"
#include <pure64/string.h>

static int is_separator(char c)
{
    return c == '/' || c == '\\';
}

int tree_start(struct tree *tree, struct files *files, const char *path)
{
    size_t length = strlen(path);

    tree->files = files;
    tree->depth = 0;
    tree->started = tree->enter = 0;
    if (length >= sizeof tree->path)
        return FILES_EPATH;
    memcpy(tree->path, path, length + 1);
    return 0;
}

int tree_join(char *path, size_t size, const char *name)
{
    size_t length = strlen(path), name_length = strlen(name);
    char last = length ? path[length - 1] : '/';
    int separate = !is_separator(last) && last != ':' && *name &&
                   !is_separator(*name);

    if (length + (size_t)separate + name_length >= size)
        return FILES_EPATH;
    if (separate)
        path[length++] = '/';
    memcpy(path + length, name, name_length + 1);
    return 0;
}

/* What files->entry is. */
static int step(struct tree *tree)
{
    tree->enter = (tree->files->entry.attributes & FAT_ATTRIBUTE_FOLDER) != 0;
    return tree->enter ? TREE_FOLDER : TREE_FILE;
}

static int enter(struct tree *tree)
{
    tree->enter = 0;
    if (tree->depth == TREE_LEVELS)
        return FILES_EPATH;
    tree->levels[tree->depth].cursor = 0;
    tree->levels[tree->depth].length = (uint16_t)strlen(tree->path);
    tree->depth++;
    return 0;
}

int tree_next(struct tree *tree)
{
    unsigned last;
    int found;

    if (!tree->started) {
        tree->started = 1;
        found = files_find(tree->files, tree->path);
        return found ? found : step(tree);
    }
    if (tree->enter) {
        found = enter(tree);
        if (found)
            return found;
    }
    if (!tree->depth)
        return TREE_END;
    last = tree->depth - 1;
    tree->path[tree->levels[last].length] = 0;
    found = files_list(tree->files, tree->path, &tree->levels[last].cursor);
    if (found <= 0) {
        tree->depth--;
        return found ? found : TREE_LEAVE;
    }
    found = tree_join(tree->path, sizeof tree->path, tree->files->entry.name);
    return found ? found : step(tree);
}

void tree_skip(struct tree *tree)
{
    tree->enter = 0;
}

/* What makes a file or folder that one. */
static int is_same(const struct fat_entry *entry, uint32_t sector,
                   uint32_t offset)
{
    return entry->sector == sector && (!sector || entry->offset == offset);
}

int tree_is_inside(struct files *files, const char *path, const char *folder)
{
    struct files_place *place = &files->place;
    unsigned disk, partition;
    uint32_t sector, offset;

    if (files_find(files, folder))
        return 0;
    disk = place->volume->disk.number;
    partition = place->volume->partition;
    sector = files->entry.sector;
    offset = files->entry.offset;
    if (files_resolve(files, path, place) ||
        place->volume->disk.number != disk ||
        place->volume->partition != partition)
        return 0;
    for (;;) {
        char *end;

        if (!fat_find(&place->volume->fat, place->path, &files->entry) &&
            is_same(&files->entry, sector, offset))
            return 1;
        if (!place->path[1])
            return 0;
        end = strrchr(place->path, '/');
        end[end == place->path] = 0;
    }
}
