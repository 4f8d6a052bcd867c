/* errno.h - why a function of the library failed.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* Each CPU has its own. */
int *errno_location(void);
#define errno (*errno_location())

/* As enum baremetal_error, without the sign. */
#define EINVAL 1
#define ENODEV 2
#define EIO 3
#define ETIMEDOUT 4
#define ENOMEM 6
#define EFAULT 7
#define EBUSY 8
#define ENOENT 9
#define EEXIST 10
#define ENOTDIR 11
#define EISDIR 12
#define ENOTEMPTY 13
#define ENOSPC 14
#define EROFS 15
#define EACCES 15
#define ENAMETOOLONG 16
#define EBADF 17
#define EMFILE 18
#define EXDEV 20
/* The library's own. */
#define EDOM 1001
#define ERANGE 1002
#define EILSEQ 1003

#ifdef __cplusplus
}
#endif
