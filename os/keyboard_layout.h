/* keyboard_layout.h - which characters the keys of PS/2 and USB keyboards are.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* "us", "uk", "de" or "fr", in any case; 1 if there is no such layout. Keys of
 * characters that are not ASCII, and dead keys, do nothing. Boot CPU. */
int keyboard_layout_set(const char *name);

/* The one in use. */
const char *keyboard_layout_name(void);
