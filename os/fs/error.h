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
    FS_EFEW = -8,       /* FAT32 layout, but too few clusters for FAT32 */
    FS_EVERSION = -9,   /* a FAT32 version other than 0.0 */
    FS_ECHAIN = -10,    /* a cluster number that cannot be */
    FS_ESHORT = -11,    /* cluster chain shorter than the file's size */
    FS_EFOLDER = -12,   /* a folder longer than FAT allows */
    FS_ENOTFOUND = -13, /* no such file or folder */
    FS_ENOTFOLDER = -14,/* a file where a folder is needed */
    FS_EISFOLDER = -15, /* a folder where a file is needed */
    FS_ENAME = -16,     /* a name longer than FAT allows */
    FS_EGPT = -17,      /* both GPT headers damaged */
    FS_EEXTENDED = -18, /* the chain of logical partitions is damaged */
};

/* A few words on an enum fs_error, to follow "NAME: ". */
const char *fs_error_text(int error);
