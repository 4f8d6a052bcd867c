/* test_rtc.c - what the clock's registers mean.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/rtc.c
#include "check.h"
#include <rtc.h>
#include <string.h>
#include <system.h>
#include <time.h>

#define BINARY 4
#define HOURS_24 2

const struct os_system os_system; /* no clock is read here */

static struct baremetal_date date;

/* Seconds, minutes, hours, day, month, year; weekday as the clock has it is
 * not used. */
static int decode(uint8_t s, uint8_t m, uint8_t h, uint8_t day, uint8_t month,
                  uint8_t year, uint8_t century, uint8_t status_b)
{
    uint8_t registers[10] = {s, 0x77, m, 0x77, h, 0x77, 0x77, day, month, year};

    return rtc_decode(registers, status_b, century, &date);
}

static int is(unsigned year, unsigned month, unsigned day, unsigned hour,
              unsigned minute, unsigned second, unsigned weekday)
{
    return date.year == year && date.month == month && date.day == day &&
           date.hour == hour && date.minute == minute &&
           date.second == second && date.weekday == weekday;
}

static void test_decode(void)
{
    CHECK(decode(0x59, 0x58, 0x23, 0x31, 0x12, 0x99, 0x19, HOURS_24) &&
          is(1999, 12, 31, 23, 58, 59, 5));
    CHECK(decode(59, 58, 23, 29, 2, 24, 20, HOURS_24 | BINARY) &&
          is(2024, 2, 29, 23, 58, 59, 4));
    /* 12 hours: midnight, noon, evening. */
    CHECK(decode(0, 0, 0x12, 1, 1, 0x26, 0x20, 0) && is(2026, 1, 1, 0, 0, 0, 4));
    CHECK(decode(0, 0, 0x92, 1, 1, 0x26, 0x20, 0) &&
          is(2026, 1, 1, 12, 0, 0, 4));
    CHECK(decode(0, 0, 0x91, 1, 1, 0x26, 0x20, 0) &&
          is(2026, 1, 1, 23, 0, 0, 4));
    /* No century, or one that is none. */
    CHECK(decode(0, 0, 0, 1, 1, 0x69, 0, HOURS_24) && date.year == 2069);
    CHECK(decode(0, 0, 0, 1, 1, 0x70, 0, HOURS_24) && date.year == 1970);
    CHECK(decode(0, 0, 0, 1, 1, 0x05, 0xFF, HOURS_24) && date.year == 2005);
}

static void test_refused(void)
{
    CHECK(!decode(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF));
    CHECK(!decode(0, 0, 0, 1, 0, 0x26, 0x20, HOURS_24));
    CHECK(!decode(0, 0, 0, 0, 1, 0x26, 0x20, HOURS_24));
    CHECK(!decode(0, 0, 0, 1, 0x13, 0x26, 0x20, HOURS_24));
    CHECK(!decode(0, 0x60, 0, 1, 1, 0x26, 0x20, HOURS_24));
    CHECK(!decode(0, 0, 0x24, 1, 1, 0x26, 0x20, HOURS_24));
    CHECK(!decode(0, 0, 0, 1, 1, 0x69, 0x19, HOURS_24)); /* before 1970 */
}

/* Every day for 200 years, beside the C library. */
static void test_seconds(void)
{
    unsigned wrong = 0;

    for (time_t t = 0; t < 200ll * 366 * 86400; t += 86400 + 61) {
        struct tm tm;

        gmtime_r(&t, &tm);
        date = (struct baremetal_date){
            .year = (uint16_t)(tm.tm_year + 1900),
            .month = (uint8_t)(tm.tm_mon + 1),
            .day = (uint8_t)tm.tm_mday,
            .hour = (uint8_t)tm.tm_hour,
            .minute = (uint8_t)tm.tm_min,
            .second = (uint8_t)tm.tm_sec,
        };
        wrong += rtc_seconds(&date) != (uint64_t)t;
        wrong += !decode((uint8_t)tm.tm_sec, (uint8_t)tm.tm_min,
                         (uint8_t)tm.tm_hour, (uint8_t)tm.tm_mday,
                         (uint8_t)(tm.tm_mon + 1), (uint8_t)(tm.tm_year % 100),
                         (uint8_t)(19 + tm.tm_year / 100), HOURS_24 | BINARY) ||
                 date.weekday != tm.tm_wday;
    }
    CHECK(wrong == 0);
}

int main(void)
{
    test_decode();
    test_refused();
    test_seconds();
    return check_report("rtc");
}
