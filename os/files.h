/* files.h - paths, the current folder, and the table of open files.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A path is `disk0:/folder/name`, `/folder/name` on the current volume, or
 * starts at the current folder. `disk1p2:` is the second partition of disk 1;
 * without `p` it is the first FAT volume of the disk. Folders are separated by
 * / or \. The current folder is at first the root of the first FAT volume of
 * all disks.
 *
 * Functions return 0 or a negative error: enum fs_error, enum storage_error or
 * enum files_error; files_error_text has words for all of them. One caller
 * at a time: programs come by file_calls.c, which sees to that.
 */
#pragma once
#include "storage.h"

#define FILES_MAX 32
#define FILES_PATH BAREMETAL_PATH_MAX /* of a path in a volume */

enum files_error {
    FILES_EINVAL = -70,      /* flags or arguments that make no sense */
    FILES_EBADF = -71,       /* no open file of that number, or not for this */
    FILES_EMANY = -72,       /* FILES_MAX are open */
    FILES_EOPEN = -73,       /* somebody has it open */
    FILES_EPATH = -74,       /* longer than FILES_PATH */
    FILES_EVOLUME = -75,     /* from one volume to another */
    FILES_ELOST = -76,       /* something before it was cut off */
    FILES_EFAULT = -77,      /* a buffer that is not mapped */
    FILES_ELAST = FILES_EFAULT,
};

/* Who opened a file: a program's files are closed when it ends. */
enum files_owner { FILES_FREE, FILES_SYSTEM, FILES_PROGRAM };

struct files_open {
    uint8_t owner;           /* enum files_owner */
    uint8_t lost;            /* only good for being closed */
    uint8_t flags;           /* enum baremetal_file_flags */
    struct storage_volume *volume;
    uint32_t sector, offset; /* of its folder entry: what makes it that file */
    struct fat_file file;
};

/* A path that was understood. */
struct files_place {
    struct storage_volume *volume;
    int is_folder;           /* a separator follows: it must be one */
    char path[FILES_PATH];   /* in the volume: "/", or "/a/b" */
};

struct files_folder {
    int is_set;              /* 0: the root of the first volume found */
    unsigned disk, partition;
    char path[FILES_PATH];
};

struct files {
    const struct baremetal *os;
    struct storage storage;
    struct files_folder current, saved;
    struct files_place place, to;
    struct fat_entry entry;  /* what was found last */
    struct files_open open[FILES_MAX];
};

/* Nothing is open, the current folder is the first volume's root. */
void files_init(struct files *files, const struct baremetal *os);

/* Opens a file, `flags` being enum baremetal_file_flags. Returns its number. */
int files_open(struct files *files, const char *path, unsigned flags,
               enum files_owner owner);
/* Flushes, too. */
int files_close(struct files *files, int number);
/* *done is what was read or written, also after an error. */
int files_read(struct files *files, int number, void *buffer, size_t size,
               size_t *done);
int files_write(struct files *files, int number, const void *buffer,
                size_t size, size_t *done);
/* At most the file's size. */
int files_seek(struct files *files, int number, uint64_t position);
/* FILES_EBADF; either pointer may be 0. */
int files_tell(struct files *files, int number, uint32_t *position,
               uint32_t *size);
int files_truncate(struct files *files, int number, uint64_t size);
int files_flush(struct files *files, int number);

/* files->entry says what is there. */
int files_find(struct files *files, const char *path);
int files_remove(struct files *files, const char *path);
int files_rename(struct files *files, const char *from, const char *to);
int files_make_folder(struct files *files, const char *path);
/* One file or folder of a folder into files->entry, "." and ".." left out:
 * 1, or 0 behind the last. *cursor is 0 for the first and is moved on. */
int files_list(struct files *files, const char *path, uint64_t *cursor);

int files_change_folder(struct files *files, const char *path);
/* As a path with the disk's name: "disk0:/folder". */
int files_current(struct files *files, char *text, size_t size);
/* Keeps the current folder for the time a program runs, and brings it back. */
void files_save_folder(struct files *files);
void files_restore_folder(struct files *files);

/* What a path names, whether there is such a thing or not. */
int files_resolve(struct files *files, const char *path,
                  struct files_place *place);
/* The volume that a path is on; the one of the current folder for "". */
int files_volume(struct files *files, const char *path,
                 struct storage_volume **volume);
/* 1 if it is the one the system was found on: the first. */
int files_is_first(struct files *files, const struct storage_volume *volume);

/* Writes all that is not yet on the disks. */
int files_sync(struct files *files);
/* Closes what the owner has open; the first error. */
int files_close_all(struct files *files, enum files_owner owner);
/* Syncs, and looks at the disks anew next time, where no file is open. */
int files_forget(struct files *files);
/* Something was cut off in the midst of an operation: open files are lost, and
 * mounting the volumes anew repairs them. */
void files_drop(struct files *files);

/* A few words, to follow "NAME: ". */
const char *files_error_text(int error);
/* The same for programs: 0 or BAREMETAL_E*. */
int files_error_number(int error);
/* What BAREMETAL_E* mean, in words. */
const char *files_number_text(int error);
