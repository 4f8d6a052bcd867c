/* console.c - text out to COM1 and the screen, keys in from COM1 and PS/2.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/console.h>
#include "drivers/keyboard_ps2.h"
#include "drivers/screen.h"
#include "drivers/serial_16550.h"
#include <kernel/interrupt.h>
#include <pure64/cpu.h>
#include <pure64/format.h>
#include <stdarg.h>

/* Most bytes written under one hold of the lock, interrupts off. */
#define CONSOLE_LINE 128
/* A power of two, at most 128: the ring's counters are bytes. */
#define KEYS_MAX 128

/* Guards COM1's transmitter and the screen. Taken before key_lock. */
static uint8_t write_lock;
/* Guards the receiving side of COM1, the i8042 and the ring. */
static uint8_t key_lock;

/* Ring of keys; the counters run on, their difference is the number kept. */
static struct {
    uint16_t key[KEYS_MAX];
    uint8_t added, taken;
} keys;

/* Interrupts are off while a lock is held, for the interrupt of a keyboard
 * wants key_lock. Returns the flags for console_unlock. */
static uint64_t console_lock(uint8_t *lock)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        cpu_pause();
    return flags;
}

static void console_unlock(uint8_t *lock, uint64_t flags)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    if (flags & RFLAGS_IF)
        cpu_interrupts_on();
}

void console_unlock_for_panic(void)
{
    __atomic_store_n(&write_lock, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&key_lock, 0, __ATOMIC_RELEASE);
}

void console_write(const char *text, size_t length)
{
    while (length > 0) {
        size_t size = length < CONSOLE_LINE ? length : CONSOLE_LINE;
        uint64_t flags = console_lock(&write_lock);

        serial_write(text, size);
        screen_write(text, size);
        console_unlock(&write_lock, flags);
        text += size;
        length -= size;
    }
}

struct console_line {
    size_t length;
    char text[CONSOLE_LINE];
};

static void console_line_flush(struct console_line *line)
{
    console_write(line->text, line->length);
    line->length = 0;
}

static void console_line_put(void *context, char c)
{
    struct console_line *line = context;

    line->text[line->length++] = c;
    if (line->length == CONSOLE_LINE)
        console_line_flush(line);
}

void console_print(const char *text, ...)
{
    struct console_line line;
    va_list list;

    line.length = 0;
    va_start(list, text);
    format_list(console_line_put, &line, text, list);
    va_end(list);
    console_line_flush(&line);
}

void console_key_add(unsigned key)
{
    if (key && (uint8_t)(keys.added - keys.taken) < KEYS_MAX)
        keys.key[keys.added++ % KEYS_MAX] = (uint16_t)key;
}

static void console_receive(void)
{
    serial_receive();
    keyboard_receive();
}

void console_collect_keys(void)
{
    uint64_t flags = console_lock(&key_lock);

    console_receive();
    console_unlock(&key_lock, flags);
}

int console_key(void)
{
    uint64_t flags = console_lock(&key_lock);
    int key = 0;

    if (keys.added == keys.taken && !interrupt_available())
        console_receive();
    while (keys.added == keys.taken && serial_pending())
        console_receive();
    if (keys.added != keys.taken)
        key = keys.key[keys.taken++ % KEYS_MAX];
    console_unlock(&key_lock, flags);
    return key;
}

int console_key_wait(void)
{
    uint64_t flags = cpu_flags();
    int key;

    for (;;) {
        /* Off, so that no key comes between the look and the halt. */
        cpu_interrupts_off();
        key = console_key();
        if (key)
            break;
        if (interrupt_available())
            cpu_wait_for_interrupt();
        else
            cpu_pause();
    }
    if (flags & RFLAGS_IF)
        cpu_interrupts_on();
    return key;
}

void console_screen(struct baremetal_screen *screen)
{
    uint64_t flags = console_lock(&write_lock);

    screen_describe(screen);
    console_unlock(&write_lock, flags);
}

void console_init(void)
{
    serial_init();
    screen_init();
    keyboard_init();
}
