/* limits.h - what the compiler's own limits.h leaves to the system.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

#define PATH_MAX 512
#define SSIZE_MAX __LONG_MAX__
