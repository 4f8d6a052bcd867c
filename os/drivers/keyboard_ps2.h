/* keyboard_ps2.h - the keyboard at the i8042 controller.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* Finds the controller, turns its keyboard interrupt on and makes it a source
 * of input.h. Boot CPU, once; takes at most 0.2 s. */
void keyboard_ps2_start(void);
