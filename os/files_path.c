/* files_path.c - what a path names: a volume, and a path in it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "files.h"
#include "fs/error.h"
#include "text.h"
#include <pure64/string.h>

static int is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* A decimal number of at most `limit`; 0 if there is none. */
static int read_number(const char **text, unsigned limit, unsigned *number)
{
    const char *c = *text;

    for (*number = 0; *c >= '0' && *c <= '9'; c++) {
        *number = *number * 10 + (unsigned)(*c - '0');
        if (*number > limit)
            return 0;
    }
    if (c == *text)
        return 0;
    *text = c;
    return 1;
}

/* The part up to a colon: 1 if it is there and well, 0 if there is none. */
static int read_disk(const char **path, unsigned *disk, unsigned *partition)
{
    static const char word[] = "disk";
    const char *c = *path;

    while (*c && *c != ':' && !is_separator(*c))
        c++;
    if (*c != ':')
        return 0;
    c = *path;
    for (unsigned i = 0; word[i]; i++)
        if (text_small(*c++) != word[i])
            return STORAGE_ENODISK;
    *partition = 0;
    if (!read_number(&c, STORAGE_DISKS, disk))
        return STORAGE_ENODISK;
    if (text_small(*c) == 'p') {
        c++;
        if (!read_number(&c, STORAGE_PARTITIONS, partition) || !*partition)
            return STORAGE_ENOVOLUME;
    }
    if (*c != ':')
        return STORAGE_ENODISK;
    *path = c + 1;
    return 1;
}

/* Appends one part of a path; ".." takes the last one away. */
static int add_part(char *path, const char *part, size_t length)
{
    size_t end = strlen(path);

    if (length == 1 && part[0] == '.')
        return 0;
    if (length == 2 && part[0] == '.' && part[1] == '.') {
        while (end > 0 && path[--end] != '/')
            ;
        path[end] = 0;
        return 0;
    }
    if (end + 1 + length + 1 > FILES_PATH)
        return FILES_EPATH;
    path[end] = '/';
    memcpy(path + end + 1, part, length);
    path[end + 1 + length] = 0;
    return 0;
}

/* Adds all parts of `text` to place->path, which has no separator at its end:
 * "" is the root until the last step. */
static int add_parts(struct files_place *place, const char *text)
{
    place->is_folder = 0;
    for (;;) {
        size_t length = 0;
        int error;

        while (is_separator(*text)) {
            place->is_folder = 1;
            text++;
        }
        if (!*text)
            break;
        while (text[length] && !is_separator(text[length]))
            length++;
        error = add_part(place->path, text, length);
        if (error)
            return error;
        /* What ends with "." or ".." is one as well. */
        place->is_folder = text[length - 1] == '.' && length <= 2 &&
                           text[0] == '.';
        text += length;
    }
    if (!place->path[0]) {
        place->path[0] = '/';
        place->path[1] = 0;
        place->is_folder = 1;
    }
    return 0;
}

static int current_volume(struct files *files, struct storage_volume **volume)
{
    if (!files->current.is_set)
        return storage_first(&files->storage, volume);
    return storage_mount(&files->storage, files->current.disk,
                         files->current.partition, volume);
}

int files_resolve(struct files *files, const char *path,
                  struct files_place *place)
{
    unsigned disk, partition;
    int named = read_disk(&path, &disk, &partition);
    int error;

    place->path[0] = 0;
    if (named < 0)
        return named;
    if (named)
        error = storage_mount(&files->storage, disk, partition,
                              &place->volume);
    else
        error = current_volume(files, &place->volume);
    if (error)
        return error;
    if (!named && !is_separator(*path) && files->current.is_set &&
        files->current.path[1])
        memcpy(place->path, files->current.path,
               strlen(files->current.path) + 1);
    return add_parts(place, path);
}

int files_volume(struct files *files, const char *path,
                 struct storage_volume **volume)
{
    int error = files_resolve(files, path, &files->place);

    *volume = files->place.volume;
    return error;
}

int files_is_first(struct files *files, const struct storage_volume *volume)
{
    struct storage_volume *first;

    return !storage_first(&files->storage, &first) && first == volume;
}

int files_change_folder(struct files *files, const char *path)
{
    int error = files_find(files, path);

    if (!error && !(files->entry.attributes & FAT_ATTRIBUTE_FOLDER))
        error = FS_ENOTFOLDER;
    if (error)
        return error;
    files->current.disk = files->place.volume->disk.number;
    files->current.partition = files->place.volume->partition;
    /* A disk without a table, or the volume that needs no number. */
    if (files->place.volume->is_first)
        files->current.partition = 0;
    memcpy(files->current.path, files->place.path,
           strlen(files->place.path) + 1);
    /* The first volume's root stays what it is if the disks change. */
    files->current.is_set = files->current.path[1] ||
                            !files_is_first(files, files->place.volume);
    return 0;
}

static size_t put_number(char *text, unsigned number)
{
    char digits[10];
    size_t count = 0, length;

    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    for (length = 0; length < count; length++)
        text[length] = digits[count - 1 - length];
    return length;
}

int files_current(struct files *files, char *text, size_t size)
{
    const struct files_folder *current = &files->current;
    const char *path = current->is_set ? current->path : "/";
    char volume[32] = "disk";
    size_t used = 4, length = strlen(path);

    if (current->is_set) {
        used += put_number(volume + used, current->disk);
        if (current->partition) {
            volume[used++] = 'p';
            used += put_number(volume + used, current->partition);
        }
    } else {
        struct storage_volume *first;
        int error = storage_first(&files->storage, &first);

        if (error)
            return error;
        used += put_number(volume + used, first->disk.number);
    }
    volume[used++] = ':';
    if (used + length + 1 > size)
        return FILES_EPATH;
    memcpy(text, volume, used);
    memcpy(text + used, path, length + 1);
    return 0;
}

void files_save_folder(struct files *files)
{
    files->saved = files->current;
}

void files_restore_folder(struct files *files)
{
    files->current = files->saved;
}
