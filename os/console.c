/* console.c - text out to COM1 and the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "console.h"
#include "drivers/screen.h"
#include "drivers/serial_16550.h"
#include "log.h"
#include "system.h"
#include "utf8.h"
#include <kernel/lock.h>
#include <pure64/boot_info.h>
#include <pure64/cpu.h>
#include <pure64/options.h>
#include <pure64/string.h>
#include <pure64/sysinfo.h>

/* Most bytes written under one hold of the lock, interrupts off. */
#define CONSOLE_LINE 128
/* Guards COM1 and screen. */
static struct lock lock;

/* console=screen: nothing is written to COM1. */
static uint8_t serial_is_quiet;

/* Interrupts are off while the lock is held: what is written at once stays
 * together. Returns the flags for console_unlock. */
uint64_t console_lock(void)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    os_system.kernel->lock_take(&lock);
    return flags;
}

void console_unlock(uint64_t flags)
{
    os_system.kernel->lock_release(&lock);
    cpu_flags_restore(flags);
    os_system.kernel->stop_check(); /* a key may have asked for the end of the program */
}

void console_leave(void)
{
    if (os_system.kernel->lock_held(&lock))
        os_system.kernel->lock_release(&lock);
}

/* How much of a text is written at once. No character is cut, so that nothing
 * of another CPU comes in between; what is no UTF-8 may be. */
static size_t console_part(const char *text, size_t length)
{
    size_t size = CONSOLE_LINE;

    if (length <= size)
        return length;
    while (size > CONSOLE_LINE - UTF8_BYTES_MAX && utf8_is_inside(text[size]))
        size--;
    return size;
}

void console_write(const char *text, size_t length)
{
    while (length > 0) {
        size_t size = console_part(text, length);
        uint64_t flags = console_lock();

        if (!serial_is_quiet)
            serial_write(text, size);
        screen_write(text, size);
        log_console(text, size);
        console_unlock(flags);
        text += size;
        length -= size;
    }
}

void console_terminal(const char *text, size_t length)
{
    if (!serial_is_quiet)
        serial_write_raw(text, length);
}

void console_screen(struct baremetal_screen *screen)
{
    uint64_t flags = console_lock();

    screen_describe(screen);
    console_unlock(flags);
}

/* 1 if the boot command line says so. */
static int option_is(const char *where)
{
    const char *text = (const char *)SYSINFO_EXTENSION->command_line, *value;
    int length = options_find(text, "console", &value);

    return length == (int)strlen(where) &&
           !memcmp(value, where, strlen(where));
}

/* Where text is not wanted, it goes all the same if there is nothing else. */
void console_start(void)
{
    unsigned video = SYSINFO_EXTENSION->video;

    serial_start();
    serial_is_quiet = video != VIDEO_NONE && option_is("screen");
    screen_init(serial_available() && option_is("serial") ? VIDEO_NONE
                                                          : video);
}
