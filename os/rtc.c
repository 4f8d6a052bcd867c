/* rtc.c - the MC146818-compatible clock that every PC has.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Motorola MC146818A data sheet, "Time, Calendar, and Alarm Locations" and
 * "Registers"; ACPI Specification 6.4, FADT field CENTURY.
 */
#include "rtc.h"
#include "acpi_fadt.h"
#include "system.h"
#include <pure64/cpu.h>
#include <pure64/io.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_SECONDS 0
#define RTC_MINUTES 2
#define RTC_HOURS 4
#define RTC_DAY 7
#define RTC_MONTH 8
#define RTC_YEAR 9
#define RTC_REGISTERS 10
#define RTC_A 0x0A
#define RTC_A_UIP 0x80      /* an update is under way or near */
#define RTC_B 0x0B
#define RTC_B_24_HOURS 0x02
#define RTC_B_BINARY 0x04
#define RTC_PM 0x80         /* in the hours, with 12 of them */

#define RTC_LIMIT_US 20000  /* an update takes 2 ms */
#define RTC_READINGS 100

#define SECONDS_A_DAY 86400

static uint8_t rtc_read(uint8_t index)
{
    io_out8(RTC_INDEX, index);
    return io_in8(RTC_DATA);
}

/* All registers, between two updates; 0 if the clock is never between them. */
static int read_all(uint8_t registers[RTC_REGISTERS])
{
    const struct kernel_services *kernel = os_system.kernel;
    struct time_limit limit = kernel->time_limit_us(RTC_LIMIT_US);

    while (rtc_read(RTC_A) & RTC_A_UIP)
        if (kernel->time_limit_passed(limit))
            return 0;
    for (uint8_t i = 0; i < RTC_REGISTERS; i++)
        registers[i] = rtc_read(i);
    return 1;
}

static unsigned number(uint8_t value, uint8_t status_b)
{
    return status_b & RTC_B_BINARY ? value
                                   : (value >> 4) * 10u + (value & 15);
}

/* Days since 1970-01-01, by the Gregorian calendar; from 1970 on. */
static uint64_t days(const struct baremetal_date *date)
{
    static const uint16_t before[] = {0,   31,  59,  90,  120, 151,
                                      181, 212, 243, 273, 304, 334};
    unsigned years = date->year - 1u;
    unsigned leap = date->month > 2 &&
                    ((date->year % 4 == 0 && date->year % 100 != 0) ||
                     date->year % 400 == 0);

    return 365ull * years + years / 4 - years / 100 + years / 400 - 719162 +
           before[date->month - 1] + leap + date->day - 1;
}

uint64_t rtc_seconds(const struct baremetal_date *date)
{
    return days(date) * SECONDS_A_DAY + date->hour * 3600u +
           date->minute * 60u + date->second;
}

int rtc_decode(const uint8_t registers[10], uint8_t status_b, uint8_t century,
               struct baremetal_date *date)
{
    uint8_t hours = registers[RTC_HOURS];
    unsigned hundreds = number(century, status_b);
    unsigned hour = number(hours & (uint8_t)~RTC_PM, status_b);
    unsigned year = number(registers[RTC_YEAR], status_b);

    if (!(status_b & RTC_B_24_HOURS))
        hour = hour % 12 + (hours & RTC_PM ? 12 : 0);
    if (hundreds < 19 || hundreds > 99)
        hundreds = year < 70 ? 20 : 19;
    date->year = (uint16_t)(hundreds * 100 + year);
    date->month = (uint8_t)number(registers[RTC_MONTH], status_b);
    date->day = (uint8_t)number(registers[RTC_DAY], status_b);
    date->hour = (uint8_t)hour;
    date->minute = (uint8_t)number(registers[RTC_MINUTES], status_b);
    date->second = (uint8_t)number(registers[RTC_SECONDS], status_b);
    if (date->year < 1970 || year > 99 || date->month < 1 ||
        date->month > 12 || date->day < 1 || date->day > 31 || hour > 23 ||
        date->minute > 59 || date->second > 60)
        return 0;
    date->weekday = (uint8_t)((days(date) + 4) % 7); /* 1970 began on Thursday */
    return 1;
}

static uint8_t century_register(void)
{
    uint64_t address = SYSINFO_EXTENSION->fadt;
    const struct acpi_fadt *fadt = system_memory_at(address);

    return address && ACPI_HAS(fadt, century) ? fadt->century : 0;
}

/* With the two ports to itself. */
static int read_date(struct baremetal_date *date)
{
    uint8_t now[RTC_REGISTERS], again[RTC_REGISTERS];
    uint8_t century = century_register();

    /* Twice the same: no update came in between, whatever UIP is worth. */
    for (unsigned i = 0; i < RTC_READINGS; i++) {
        if (!read_all(now) || !read_all(again))
            return BAREMETAL_ENODEV;
        if (memcmp(now, again, RTC_REGISTERS) == 0)
            return rtc_decode(now, rtc_read(RTC_B),
                              century ? rtc_read(century) : 0, date)
                       ? 0
                       : BAREMETAL_ENODEV;
    }
    return BAREMETAL_ENODEV;
}

int rtc_date(struct baremetal_date *date)
{
    struct baremetal_date now;
    int error;

    os_system.kernel->block_lock();
    error = read_date(&now);
    os_system.kernel->block_release();
    if (!error)
        *date = now; /* may fault: without the lock */
    return error;
}
