/* error.h - what can go wrong in the file system: the one list.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

enum fs_error {
    FS_EIO = -1,        /* the disk reported an error */
    FS_ETIME = -2,      /* the disk did not answer in time */
    FS_ERANGE = -3,     /* an access beyond the end of disk or volume */
    FS_ESECTOR = -4,    /* a sector size that is not served */
    FS_ENOTFAT = -5,    /* no FAT boot sector */
    FS_EBPB = -6,       /* one whose values contradict each other */
    FS_ESIZE = -7,      /* volume larger than the place it stands in */
    FS_EVERSION = -8,   /* a FAT32 version other than 0.0 */
    FS_ECHAIN = -9,    /* a cluster number that cannot be */
    FS_ESHORT = -10,    /* cluster chain shorter than the file's size */
    FS_EFOLDER = -11,   /* a folder longer than FAT allows */
    FS_ENOTFOUND = -12, /* no such file or folder */
    FS_ENOTFOLDER = -13,/* a file where a folder is needed */
    FS_EISFOLDER = -14, /* a folder where a file is needed */
    FS_ENAME = -15,     /* a name longer than FAT allows */
    FS_EGPT = -16,      /* both GPT headers damaged */
    FS_EEXTENDED = -17, /* the chain of logical partitions is damaged */
};

/* A few words on an enum fs_error, to follow "NAME: ". */
const char *fs_error_text(int error);
