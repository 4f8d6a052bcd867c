/* power.h - restarting the machine and switching it off.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once

/* Restarts the machine. Any CPU; turns interrupts off. */
__attribute__((noreturn)) void power_reboot(void);

/* Switches the machine off; returns, within some seconds, if it could not. Any
 * CPU, interrupts as they were. */
void power_shutdown(void);
