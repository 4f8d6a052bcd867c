/* console.c - text out to COM1 and the screen.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "console.h"
#include "drivers/screen.h"
#include "drivers/serial_16550.h"
#include "system.h"
#include <kernel/lock.h>
#include <pure64/cpu.h>

/* Most bytes written under one hold of the lock, interrupts off. */
#define CONSOLE_LINE 128
/* Guards COM1 and screen. */
static struct lock lock;

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

void console_write(const char *text, size_t length)
{
    while (length > 0) {
        size_t size = length < CONSOLE_LINE ? length : CONSOLE_LINE;
        uint64_t flags = console_lock();

        serial_write(text, size);
        screen_write(text, size);
        console_unlock(flags);
        text += size;
        length -= size;
    }
}

void console_terminal(const char *text, size_t length)
{
    serial_write_raw(text, length);
}

void console_screen(struct baremetal_screen *screen)
{
    uint64_t flags = console_lock();

    screen_describe(screen);
    console_unlock(flags);
}

void console_start(void)
{
    serial_start();
    screen_init();
}
