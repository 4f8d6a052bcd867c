/* files.c - the table of open files, and changes to folders.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A file that is open for writing is open once: its size and clusters stand in
 * its struct fat_file, and nobody else may have older ones. What is open is
 * neither removed nor renamed.
 */
#include "files.h"
#include "fs/error.h"
#include <pure64/string.h>

#define FLAGS_ALL (BAREMETAL_FILE_READ | BAREMETAL_FILE_WRITE | \
                   BAREMETAL_FILE_CREATE | BAREMETAL_FILE_NEW | \
                   BAREMETAL_FILE_TRUNCATE | BAREMETAL_FILE_APPEND)
#define FLAGS_CHANGE (FLAGS_ALL & ~BAREMETAL_FILE_READ)

void files_init(struct files *files, const struct baremetal *os)
{
    files->os = os;
    storage_init(&files->storage, os);
    memset(files->open, 0, sizeof files->open);
    files->current.is_set = files->saved.is_set = 0;
}

/* ---- finding */

static int find(struct files *files, const struct files_place *place)
{
    int error = fat_find(&place->volume->fat, place->path, &files->entry);

    if (!error && place->is_folder &&
        !(files->entry.attributes & FAT_ATTRIBUTE_FOLDER))
        error = FS_ENOTFOLDER;
    return error;
}

int files_find(struct files *files, const char *path)
{
    int error = files_resolve(files, path, &files->place);

    return error ? error : find(files, &files->place);
}

/* Is what files->entry says open, with one of these flags? */
static int is_open(const struct files *files,
                   const struct storage_volume *volume, unsigned flags)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        const struct files_open *open = &files->open[i];

        if (open->owner != FILES_FREE && !open->lost &&
            open->volume == volume && open->sector == files->entry.sector &&
            open->offset == files->entry.offset && open->flags & flags)
            return 1;
    }
    return 0;
}

static struct files_open *get(struct files *files, int number)
{
    if (number < 0 || number >= FILES_MAX ||
        files->open[number].owner == FILES_FREE)
        return 0;
    return &files->open[number];
}

/* An open file for one of these flags; 0, and the reason in *error. */
static struct files_open *get_for(struct files *files, int number,
                                  unsigned flags, int *error)
{
    struct files_open *open = get(files, number);

    *error = FILES_EBADF;
    if (!open || !(open->flags & flags))
        return 0;
    *error = open->lost ? FILES_ELOST : 0;
    return open->lost ? 0 : open;
}

/* ---- opening and closing */

static int check_flags(unsigned flags)
{
    if (flags & ~(unsigned)FLAGS_ALL ||
        !(flags & (BAREMETAL_FILE_READ | BAREMETAL_FILE_WRITE)))
        return FILES_EINVAL;
    if (flags & FLAGS_CHANGE && !(flags & BAREMETAL_FILE_WRITE))
        return FILES_EINVAL;
    return 0;
}

/* Fills files->entry; makes the file if it is to be made. */
static int find_or_create(struct files *files, unsigned flags)
{
    const struct files_place *place = &files->place;
    int error = find(files, place);

    if (!error)
        return flags & BAREMETAL_FILE_NEW ? FS_EEXISTS : 0;
    if (error != FS_ENOTFOUND || place->is_folder ||
        !(flags & (BAREMETAL_FILE_CREATE | BAREMETAL_FILE_NEW)))
        return error;
    return fat_create(&place->volume->fat, place->path, FAT_ATTRIBUTE_ARCHIVE,
                      &files->entry);
}

static int check_access(const struct files *files, unsigned flags)
{
    const struct storage_volume *volume = files->place.volume;

    if (files->entry.attributes & FAT_ATTRIBUTE_FOLDER)
        return FS_EISFOLDER;
    if (is_open(files, volume, flags & BAREMETAL_FILE_WRITE
                                   ? FLAGS_ALL
                                   : BAREMETAL_FILE_WRITE))
        return FILES_EOPEN;
    if (flags & BAREMETAL_FILE_WRITE &&
        files->entry.attributes & FAT_ATTRIBUTE_READ_ONLY)
        return FS_EREADONLY;
    return 0;
}

static int open_place(struct files *files, struct files_open *open,
                      unsigned flags)
{
    struct storage_volume *volume = files->place.volume;
    int error = find_or_create(files, flags);

    if (!error)
        error = check_access(files, flags);
    if (!error)
        error = fat_file_open(&volume->fat, &files->entry, &open->file);
    if (!error && flags & BAREMETAL_FILE_TRUNCATE && open->file.size)
        error = fat_file_truncate(&open->file, 0);
    if (error)
        return error;
    open->flags = (uint8_t)flags;
    open->lost = 0;
    open->volume = volume;
    open->sector = files->entry.sector;
    open->offset = files->entry.offset;
    volume->users++;
    return 0;
}

int files_open(struct files *files, const char *path, unsigned flags,
               enum files_owner owner)
{
    int number = 0;
    int error = check_flags(flags);

    while (number < FILES_MAX && files->open[number].owner != FILES_FREE)
        number++;
    if (!error && number == FILES_MAX)
        error = FILES_EMANY;
    if (!error)
        error = files_resolve(files, path, &files->place);
    if (!error)
        error = open_place(files, &files->open[number], flags);
    if (error)
        return error;
    files->open[number].owner = (uint8_t)owner;
    return number;
}

int files_close(struct files *files, int number)
{
    struct files_open *open = get(files, number);
    int error = 0;

    if (!open)
        return FILES_EBADF;
    if (!open->lost) {
        if (open->flags & BAREMETAL_FILE_WRITE)
            error = fat_file_flush(&open->file);
        open->volume->users--;
    }
    open->owner = FILES_FREE;
    return error;
}

int files_close_all(struct files *files, enum files_owner owner)
{
    int first = 0;

    for (int number = 0; number < FILES_MAX; number++) {
        int error = 0;

        if (files->open[number].owner == owner)
            error = files_close(files, number);
        if (!first)
            first = error;
    }
    return first;
}

/* ---- reading and writing */

int files_read(struct files *files, int number, void *buffer, size_t size,
               size_t *done)
{
    int error;
    struct files_open *open = get_for(files, number, BAREMETAL_FILE_READ,
                                      &error);

    *done = 0;
    return open ? fat_file_read(&open->file, buffer, size, done) : error;
}

int files_write(struct files *files, int number, const void *buffer,
                size_t size, size_t *done)
{
    int error;
    struct files_open *open = get_for(files, number, BAREMETAL_FILE_WRITE,
                                      &error);

    *done = 0;
    if (open && open->flags & BAREMETAL_FILE_APPEND)
        error = fat_file_seek(&open->file, open->file.size);
    if (!open || error)
        return error;
    return fat_file_write(&open->file, buffer, size, done);
}

int files_seek(struct files *files, int number, uint64_t position)
{
    int error;
    struct files_open *open = get_for(files, number, FLAGS_ALL, &error);

    if (!open)
        return error;
    if (position > open->file.size)
        return FILES_EINVAL;
    return fat_file_seek(&open->file, (uint32_t)position);
}

int files_tell(struct files *files, int number, uint32_t *position,
               uint32_t *size)
{
    int error;
    struct files_open *open = get_for(files, number, FLAGS_ALL, &error);

    if (!open)
        return error;
    if (position)
        *position = open->file.position;
    if (size)
        *size = open->file.size;
    return 0;
}

int files_truncate(struct files *files, int number, uint64_t size)
{
    int error;
    struct files_open *open = get_for(files, number, BAREMETAL_FILE_WRITE,
                                      &error);

    if (!open)
        return error;
    if (size > UINT32_MAX)
        return FS_ETOOLARGE;
    return fat_file_truncate(&open->file, (uint32_t)size);
}

int files_flush(struct files *files, int number)
{
    int error;
    struct files_open *open = get_for(files, number, FLAGS_ALL, &error);

    if (!open || !(open->flags & BAREMETAL_FILE_WRITE))
        return error;
    return fat_file_flush(&open->file);
}

/* ---- folders */

int files_remove(struct files *files, const char *path)
{
    const struct files_place *place = &files->place;
    int error = files_find(files, path);

    if (!error && is_open(files, place->volume, FLAGS_ALL))
        error = FILES_EOPEN;
    if (!error && files->entry.attributes & FAT_ATTRIBUTE_READ_ONLY)
        error = FS_EREADONLY;
    if (!error && !place->path[1])
        error = FILES_EINVAL; /* the root */
    return error ? error : fat_remove(&place->volume->fat, place->path);
}

int files_rename(struct files *files, const char *from, const char *to)
{
    const struct files_place *old = &files->place, *new = &files->to;
    int error = files_find(files, from);

    if (!error && is_open(files, old->volume, FLAGS_ALL))
        error = FILES_EOPEN;
    if (error)
        return error;
    old->volume->users++; /* its place is not for the other one */
    error = files_resolve(files, to, &files->to);
    old->volume->users--;
    if (error)
        return error;
    if (!old->path[1] || !new->path[1])
        return FILES_EINVAL;
    if (old->volume != new->volume)
        return FILES_EVOLUME;
    if (new->is_folder && !(files->entry.attributes & FAT_ATTRIBUTE_FOLDER))
        return FS_ENOTFOLDER;
    return fat_rename(&old->volume->fat, old->path, new->path);
}

int files_make_folder(struct files *files, const char *path)
{
    const struct files_place *place = &files->place;
    int error = files_find(files, path);

    if (error != FS_ENOTFOUND)
        return error ? error : FS_EEXISTS;
    return fat_create(&place->volume->fat, place->path, FAT_ATTRIBUTE_FOLDER,
                      &files->entry);
}

/* The folders every folder has: itself and the one above. */
static int is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* A cursor is all that moves in struct fat_folder, so that nothing is read
 * twice: bits 16:0 the position, 31:17 the number of the cluster in the folder,
 * 63:32 the cluster. Whoever makes one up gets an error or other entries. */
#define CURSOR_POSITION_BITS 17
int files_list(struct files *files, const char *path, uint64_t *cursor)
{
    struct fat_folder folder;
    int found = files_find(files, path);

    if (!found)
        found = fat_folder_open(&files->place.volume->fat, &files->entry,
                                &folder);
    if (found)
        return found;
    if (*cursor) {
        folder.position = *cursor & ((1u << CURSOR_POSITION_BITS) - 1);
        folder.cluster_index = (uint32_t)*cursor >> CURSOR_POSITION_BITS;
        folder.cluster = (uint32_t)(*cursor >> 32);
    }
    do
        found = fat_folder_next(&folder, &files->entry);
    while (found > 0 && is_dots(files->entry.name));
    *cursor = (uint64_t)folder.cluster << 32 | folder.position |
              folder.cluster_index << CURSOR_POSITION_BITS;
    return found;
}

/* ---- all of them */

int files_sync(struct files *files)
{
    int first = 0;
    int error;

    for (int number = 0; number < FILES_MAX; number++) {
        struct files_open *open = get(files, number);

        error = open && !open->lost && open->flags & BAREMETAL_FILE_WRITE
                    ? fat_file_flush(&open->file)
                    : 0;
        if (!first)
            first = error;
    }
    error = storage_sync(&files->storage);
    return first ? first : error;
}

int files_forget(struct files *files)
{
    return storage_forget(&files->storage);
}

void files_drop(struct files *files)
{
    for (unsigned i = 0; i < FILES_MAX; i++)
        files->open[i].lost = 1;
    storage_drop(&files->storage);
}
