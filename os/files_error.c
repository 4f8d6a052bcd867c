/* files_error.c - what can go wrong with files, in words and as numbers.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "files.h"
#include "fs/error.h"

/* Of the three lists of errors, fs_error.h's has its own words. */
static const struct {
    int error;
    int number;       /* BAREMETAL_E* */
    const char *text; /* 0: fs_error_text's */
} errors[] = {
    { FS_EIO, BAREMETAL_EIO, 0 },
    { FS_ETIME, BAREMETAL_ETIME, 0 },
    { FS_ENOTFOUND, BAREMETAL_ENOENT, 0 },
    { FS_ENOTFOLDER, BAREMETAL_ENOTDIR, 0 },
    { FS_EISFOLDER, BAREMETAL_EISDIR, 0 },
    { FS_ENAME, BAREMETAL_ENAME, 0 },
    { FS_EEXISTS, BAREMETAL_EEXIST, 0 },
    { FS_ENOTEMPTY, BAREMETAL_ENOTEMPTY, 0 },
    { FS_EFULL, BAREMETAL_ENOSPC, 0 },
    { FS_EFOLDERFULL, BAREMETAL_ENOSPC, 0 },
    { FS_EREADONLY, BAREMETAL_EROFS, 0 },
    { FS_ETOOLARGE, BAREMETAL_ENOSPC, 0 },
    { FS_EINSIDE, BAREMETAL_EINVAL, 0 },
    { FS_EBUSY, BAREMETAL_EBUSY, 0 },
    { FS_ERANGE, BAREMETAL_EINVAL, 0 },
    { STORAGE_ENODISK, BAREMETAL_ENOENT, "no such disk" },
    { STORAGE_ENOVOLUME, BAREMETAL_ENOENT, "no FAT volume there" },
    { STORAGE_EVOLUMES, BAREMETAL_ENOMEM, "too many volumes in use" },
    { FILES_EINVAL, BAREMETAL_EINVAL, "not possible" },
    { FILES_EBADF, BAREMETAL_EBADF, "no such open file" },
    { FILES_EMANY, BAREMETAL_EMFILE, "too many files are open" },
    { FILES_EOPEN, BAREMETAL_EBUSY, "is open" },
    { FILES_EPATH, BAREMETAL_ENAME, "path too long" },
    { FILES_EVOLUME, BAREMETAL_EXDEV, "is on another volume" },
    { FILES_ELOST, BAREMETAL_EIO, "lost with what was cut off before" },
    { FILES_EFAULT, BAREMETAL_EFAULT, "the buffer is not memory" },
};
#define ERRORS (sizeof errors / sizeof errors[0])

const char *files_error_text(int error)
{
    for (unsigned i = 0; i < ERRORS; i++)
        if (errors[i].error == error && errors[i].text)
            return errors[i].text;
    return fs_error_text(error);
}

/* All that is not in the list is damage of some kind. */
int files_error_number(int error)
{
    for (unsigned i = 0; i < ERRORS; i++)
        if (errors[i].error == error)
            return errors[i].number;
    return error < 0 ? BAREMETAL_EDAMAGED : error;
}

const char *files_number_text(int error)
{
    static const char *const texts[] = {
        [-BAREMETAL_EINVAL] = "an argument is out of range",
        [-BAREMETAL_ENODEV] = "no such device",
        [-BAREMETAL_EIO] = "the device reported an error",
        [-BAREMETAL_ETIME] = "the device did not answer in time",
        [-BAREMETAL_ENOCLOCK] = "this machine has no clock",
        [-BAREMETAL_ENOMEM] = "not enough memory",
        [-BAREMETAL_EFAULT] = "a buffer is not mapped",
        [-BAREMETAL_EBUSY] = "is in use",
        [-BAREMETAL_ENOENT] = "not found",
        [-BAREMETAL_EEXIST] = "exists already",
        [-BAREMETAL_ENOTDIR] = "not a folder",
        [-BAREMETAL_EISDIR] = "is a folder",
        [-BAREMETAL_ENOTEMPTY] = "folder is not empty",
        [-BAREMETAL_ENOSPC] = "no room left",
        [-BAREMETAL_EROFS] = "is read-only",
        [-BAREMETAL_ENAME] = "not a valid name",
        [-BAREMETAL_EBADF] = "no such open file",
        [-BAREMETAL_EMFILE] = "too many files are open",
        [-BAREMETAL_EDAMAGED] = "the file system is damaged",
        [-BAREMETAL_EXDEV] = "is on another volume",
        [-BAREMETAL_EEND] = "nothing more to read",
    };
    unsigned index = (unsigned)-error;

    if (error >= 0)
        return "no error";
    return index < sizeof texts / sizeof texts[0] ? texts[index]
                                                  : "unknown error";
}
