/* files.h - the files that are measured, here and on Linux alike.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

#define FILES_PART 0x100000u /* bytes of a call */
#define FILES_OLD "large.bin" /* there, and not fragmented */
#define FILES_NEW "new.bin"
