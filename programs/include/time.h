/* time.h - date and time; local time is what the clock on the board is set to.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef long time_t;
typedef long clock_t;
#define CLOCKS_PER_SEC 1000000L

struct tm {
    int tm_sec, tm_min, tm_hour;
    int tm_mday, tm_mon, tm_year;   /* from 1; from 0; from 1900 */
    int tm_wday, tm_yday, tm_isdst; /* 0 is Sunday; from 0; always 0 */
};
struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

#define TIME_UTC 1
time_t time(time_t *now);
/* Since the machine started. */
clock_t clock(void);
int timespec_get(struct timespec *now, int base);
int nanosleep(const struct timespec *time, struct timespec *left);
double difftime(time_t end, time_t start);
time_t mktime(struct tm *date);
/* With _r: any CPU; the others share one result. */
struct tm *gmtime(const time_t *time);
struct tm *gmtime_r(const time_t *time, struct tm *date);
struct tm *localtime(const time_t *time);
struct tm *localtime_r(const time_t *time, struct tm *date);
char *asctime(const struct tm *date);
char *ctime(const time_t *time);
size_t strftime(char *text, size_t size, const char *format,
                const struct tm *date);

#ifdef __cplusplus
}
#endif
