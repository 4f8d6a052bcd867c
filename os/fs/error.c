/* error.c - the file system's errors in words.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "error.h"

static const char *const texts[] = {
    [-FS_EIO] = "the disk reported an error",
    [-FS_ETIME] = "the disk did not answer in time",
    [-FS_ERANGE] = "points beyond the end of the disk",
    [-FS_ESECTOR] = "sector size not supported",
    [-FS_ENOTFAT] = "not a FAT volume",
    [-FS_EBPB] = "FAT boot sector is damaged",
    [-FS_ESIZE] = "FAT volume is larger than its partition or disk",
    [-FS_EVERSION] = "unknown FAT32 version",
    [-FS_ECHAIN] = "file system is damaged: invalid cluster number",
    [-FS_ESHORT] = "file system is damaged: file shorter than its size",
    [-FS_EFOLDER] = "file system is damaged: folder without end",
    [-FS_ENOTFOUND] = "not found",
    [-FS_ENOTFOLDER] = "not a folder",
    [-FS_EISFOLDER] = "is a folder",
    [-FS_ENAME] = "not a valid name",
    [-FS_EGPT] = "GPT is damaged, the backup too",
    [-FS_EEXTENDED] = "chain of logical partitions is damaged",
    [-FS_EEXISTS] = "exists already",
    [-FS_ENOTEMPTY] = "folder is not empty",
    [-FS_EFULL] = "disk is full",
    [-FS_EFOLDERFULL] = "folder is full",
    [-FS_EREADONLY] = "is read-only",
    [-FS_ETOOLARGE] = "larger than 4 GiB",
    [-FS_EINSIDE] = "a folder cannot go into itself",
    [-FS_EBUSY] = "is in use",
    [-FS_ECROSS] = "file system is damaged: files share clusters",
};

const char *fs_error_text(int error)
{
    unsigned index = (unsigned)-error;

    if (index >= sizeof texts / sizeof texts[0] || !texts[index])
        return "unknown error";
    return texts[index];
}
