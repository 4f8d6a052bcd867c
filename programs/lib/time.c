/* time.c - time and date, counted from 1970.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "stream.h"
#include <os_interface.h>
#include <time.h>

#define DAY 86400
#define YEARS_4 1461        /* days of four years, with one leap year */
#define YEARS_100 36524
#define YEARS_400 146097
/* Days from 1 March of year 0 to 1 January 1970: years that start with March
 * have their leap day at the end. */
#define EPOCH 719468

/* Days from 1970 to a day of a month, which may lie outside the month. */
static long days_of(long year, int month, int day)
{
    long era;

    year += month / 12;
    month %= 12;
    if (month < 0) {
        month += 12;
        year--;
    }
    year -= month < 2;
    month = (month + 10) % 12; /* from March */
    era = (year >= 0 ? year : year - 399) / 400;
    year -= era * 400;
    return era * YEARS_400 + year * 365 + year / 4 - year / 100 +
           (153 * month + 2) / 5 + day - 1 - EPOCH;
}

struct tm *gmtime_r(const time_t *time, struct tm *date)
{
    long seconds = *time % DAY, days = *time / DAY - (seconds < 0);
    long era, day, year, month;

    if (seconds < 0)
        seconds += DAY;
    date->tm_hour = (int)(seconds / 3600);
    date->tm_min = (int)(seconds / 60 % 60);
    date->tm_sec = (int)(seconds % 60);
    date->tm_wday = (int)(((days + 4) % 7 + 7) % 7);
    date->tm_isdst = 0;

    days += EPOCH;
    era = (days >= 0 ? days : days - YEARS_400 + 1) / YEARS_400;
    day = days - era * YEARS_400;
    year = (day - day / (YEARS_4 - 1) + day / YEARS_100 -
            day / (YEARS_400 - 1)) / 365;
    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153; /* from March */
    date->tm_mday = (int)(day - (153 * month + 2) / 5 + 1);
    date->tm_mon = (int)((month + 2) % 12);
    year += era * 400 + (month >= 10);
    date->tm_year = (int)(year - 1900);
    date->tm_yday = (int)(days - EPOCH - days_of(year, 0, 1));
    return date;
}

time_t mktime(struct tm *date)
{
    time_t time = days_of(date->tm_year + 1900L, date->tm_mon,
                          date->tm_mday) * DAY +
                  date->tm_hour * 3600L + date->tm_min * 60L + date->tm_sec;

    gmtime_r(&time, date);
    return time;
}

time_t time(time_t *now)
{
    struct baremetal_date date;
    int error = os_interface->date(&date);
    time_t result;

    if (error)
        result = error_set(error);
    else
        result = days_of(date.year, date.month - 1, date.day) * DAY +
                 date.hour * 3600L + date.minute * 60L + date.second;
    if (now)
        *now = result;
    return result;
}

clock_t clock(void)
{
    uint64_t ns;
    int error = os_interface->time_ns(&ns);

    return error ? error_set(error) : (clock_t)(ns / 1000);
}

/* To the nanosecond where the clock is, but its seconds are those of time. */
int timespec_get(struct timespec *now, int base)
{
    uint64_t ns;

    if (base != TIME_UTC || os_interface->time_ns(&ns) ||
        time(&now->tv_sec) < 0)
        return 0;
    now->tv_nsec = (long)(ns % 1000000000);
    return base;
}

int nanosleep(const struct timespec *wait, struct timespec *left)
{
    int error = os_interface->delay_us((uint64_t)wait->tv_sec * 1000000 +
                                       (uint64_t)(wait->tv_nsec + 999) / 1000);

    if (left)
        *left = (struct timespec){ 0, 0 };
    return error ? error_set(error) : 0;
}

double difftime(time_t end, time_t start)
{
    return (double)(end - start);
}

static struct tm shared_date;

struct tm *gmtime(const time_t *time)
{
    return gmtime_r(time, &shared_date);
}

struct tm *localtime_r(const time_t *time, struct tm *date)
{
    return gmtime_r(time, date);
}

struct tm *localtime(const time_t *time)
{
    return gmtime(time);
}
