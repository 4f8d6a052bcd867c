/* keyboard_ps2.h - the keyboard at the i8042 controller.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* Finds the controller and turns its keyboard interrupt on. Boot CPU, once,
 * after interrupt_init; takes at most 0.2 s. */
void keyboard_init(void);

/* Hands what was typed to console_key_add. Any CPU, with the console's lock
 * held. */
void keyboard_receive(void);
