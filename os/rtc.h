/* rtc.h - date and time of the clock on the board.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>

/* struct baremetal's date. */
int rtc_date(struct baremetal_date *date);

/* Seconds since 1970 of a date that is UTC. */
uint64_t rtc_seconds(const struct baremetal_date *date);

/* What the clock's registers 0..9, its status B and the century's register
 * (0 if there is none) say; 0 if that is no date. Pure. */
int rtc_decode(const uint8_t registers[10], uint8_t status_b, uint8_t century,
               struct baremetal_date *date);
