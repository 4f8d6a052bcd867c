/* time_text.c - dates as text, in English.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const days[] = { "Sunday", "Monday", "Tuesday",
                                    "Wednesday", "Thursday", "Friday",
                                    "Saturday" };
static const char *const months[] = {
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"
};

static const char *name(const char *const *names, int count, int at)
{
    return at >= 0 && at < count ? names[at] : "?";
}

/* What stands for several others. */
static const char *longer(char letter)
{
    switch (letter) {
    case 'c': return "%a %b %e %H:%M:%S %Y";
    case 'D':
    case 'x': return "%m/%d/%y";
    case 'F': return "%Y-%m-%d";
    case 'R': return "%H:%M";
    case 'r': return "%I:%M:%S %p";
    case 'T':
    case 'X': return "%H:%M:%S";
    default: return 0;
    }
}

/* One conversion; at most `size` bytes with a NUL. */
static void convert(char *text, size_t size, char letter,
                    const struct tm *date)
{
    int hour = (date->tm_hour + 11) % 12 + 1;

    switch (letter) {
    case 'a': snprintf(text, size, "%.3s", name(days, 7, date->tm_wday)); break;
    case 'A': snprintf(text, size, "%s", name(days, 7, date->tm_wday)); break;
    case 'b':
    case 'h': snprintf(text, size, "%.3s", name(months, 12, date->tm_mon)); break;
    case 'B': snprintf(text, size, "%s", name(months, 12, date->tm_mon)); break;
    case 'd': snprintf(text, size, "%02d", date->tm_mday); break;
    case 'e': snprintf(text, size, "%2d", date->tm_mday); break;
    case 'H': snprintf(text, size, "%02d", date->tm_hour); break;
    case 'I': snprintf(text, size, "%02d", hour); break;
    case 'j': snprintf(text, size, "%03d", date->tm_yday + 1); break;
    case 'm': snprintf(text, size, "%02d", date->tm_mon + 1); break;
    case 'M': snprintf(text, size, "%02d", date->tm_min); break;
    case 'p': snprintf(text, size, date->tm_hour < 12 ? "AM" : "PM"); break;
    case 'S': snprintf(text, size, "%02d", date->tm_sec); break;
    case 'u': snprintf(text, size, "%d", (date->tm_wday + 6) % 7 + 1); break;
    case 'w': snprintf(text, size, "%d", date->tm_wday); break;
    case 'y': snprintf(text, size, "%02d", date->tm_year % 100); break;
    case 'Y': snprintf(text, size, "%d", date->tm_year + 1900); break;
    case 'z': snprintf(text, size, "+0000"); break;
    case 'Z': snprintf(text, size, "UTC"); break;
    case 'n': snprintf(text, size, "\n"); break;
    case 't': snprintf(text, size, "\t"); break;
    default: snprintf(text, size, "%c", letter);
    }
}

size_t strftime(char *text, size_t size, const char *format,
                const struct tm *date)
{
    size_t length = 0;
    char part[64];

    for (; *format; format++) {
        size_t added = 1;

        part[0] = *format;
        if (*format == '%' && format[1]) {
            const char *other = longer(*++format);

            if (other)
                strftime(part, sizeof part, other, date);
            else
                convert(part, sizeof part, *format, date);
            added = strlen(part);
        }
        if (added >= size - length)
            return 0;
        memcpy(text + length, part, added);
        length += added;
    }
    if (!size)
        return 0;
    text[length] = 0;
    return length;
}

char *asctime(const struct tm *date)
{
    static char text[64];

    strftime(text, sizeof text, "%c\n", date);
    return text;
}

char *ctime(const time_t *time)
{
    return asctime(gmtime(time));
}
