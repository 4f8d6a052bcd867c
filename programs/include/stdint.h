/* stdint.h - what gcc's own stdint.h wants of a system.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#ifndef __clang__ /* whose own is complete */
#include <stdint-gcc.h>
#endif
