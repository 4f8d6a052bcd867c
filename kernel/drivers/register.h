/* register.h - waiting for a device.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stdint.h>

/* Waits, at most `us` microseconds, until those bits of a register, or of
 * memory that a device writes, have that value: 0, or ETIME. Any CPU. */
int register_wait(const volatile uint32_t *where, uint32_t mask,
                  uint32_t value, uint32_t us);
