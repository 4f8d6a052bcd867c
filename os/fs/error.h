/* error.h - what can go wrong in the file system: the one list.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

enum fs_error {
    FS_EIO = -1,        /* the disk reported an error */
    FS_ETIME = -2,      /* the disk did not answer in time */
    FS_ERANGE = -3,     /* an access beyond the end of disk, volume or file */
    FS_ESECTOR = -4,    /* a sector size that is not served */
    FS_ENOTFAT = -5,    /* no FAT boot sector */
    FS_EBPB = -6,       /* one whose values contradict each other */
    FS_ESIZE = -7,      /* volume larger than the place it stands in */
    FS_EVERSION = -8,   /* a FAT32 version other than 0.0 */
    FS_ECHAIN = -9,     /* a cluster number that cannot be, or no end */
    FS_ESHORT = -10,    /* cluster chain shorter than the file's size */
    FS_EFOLDER = -11,   /* a folder longer than FAT allows, or without . */
    FS_ENOTFOUND = -12, /* no such file or folder */
    FS_ENOTFOLDER = -13,/* a file where a folder is needed */
    FS_EISFOLDER = -14, /* a folder where a file is needed */
    FS_ENAME = -15,     /* a name FAT does not allow */
    FS_EGPT = -16,      /* both GPT headers damaged */
    FS_EEXTENDED = -17, /* the chain of logical partitions is damaged */
    FS_EEXISTS = -18,   /* there is one of that name */
    FS_ENOTEMPTY = -19, /* the folder to remove has something in it */
    FS_EFULL = -20,     /* no free cluster left */
    FS_EFOLDERFULL = -21, /* no free place in a folder that cannot grow */
    FS_EREADONLY = -22, /* the file, or the whole disk, is read-only */
    FS_ETOOLARGE = -23, /* a file of 4 GiB or more */
    FS_EINSIDE = -24,   /* a folder was to go into itself */
    FS_EBUSY = -25,     /* the file is open and not flushed */
    FS_ECROSS = -26,    /* two files or folders share clusters */
    FS_ERROR_LAST = FS_ECROSS,
};

/* A few words on an enum fs_error, to follow "NAME: ". */
const char *fs_error_text(int error);
