/* test_startup.c - lines of config.txt.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/startup_options.c
#include "check.h"
#include "startup_options.h"
#include <string.h>

static struct startup_options options;

/* What startup= is after the line, "wrong" if it is refused. */
static const char *after(const char *line)
{
    memset(&options, 0, sizeof options);
    return startup_option(&options, line) ? "wrong" : options.startup;
}

#define GIVES(line, result) CHECK(!strcmp(after(line), result))

int main(void)
{
    char line[200];

    GIVES("", "");
    GIVES("   ", "");
    GIVES("# startup=x", "");
    GIVES("startup=list.txt", "list.txt");
    GIVES("  STARTUP = a program  ", "a program");
    GIVES("startup=no", "no");
    GIVES("startup=", "wrong");
    GIVES("startup", "wrong");
    GIVES("startups=x", "wrong");
    GIVES("start=x", "wrong");
    GIVES("s", "wrong");
    memset(line, 'x', sizeof line);
    memcpy(line, "startup=", 8);
    line[8 + sizeof options.startup] = 0;
    GIVES(line, "wrong");
    line[8 + sizeof options.startup - 1] = 0;
    GIVES(line, line + 8);
    GIVES("keyboard = de ", "");
    CHECK(!strcmp(options.keyboard, "de"));
    GIVES("keyboard=much too long", "wrong");
    return check_report("test_startup");
}
