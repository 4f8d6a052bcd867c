/* console.c - text out to COM1 and the screen, keys in from COM1 and PS/2.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/console.h>
#include "drivers/keyboard_ps2.h"
#include "drivers/screen.h"
#include "drivers/serial_16550.h"
#include <kernel/cpu.h>
#include <kernel/interrupt.h>
#include <pure64/cpu.h>

/* Most bytes written under one hold of the lock, interrupts off. */
#define CONSOLE_LINE 128
/* A power of two, at most 128: the ring's counters are bytes. */
#define KEYS_MAX 128

/* Guards all of COM1, screen, i8042 and the ring: number of the CPU that
 * holds it, plus 1; 0 if none does. */
static uint32_t console_owner;

/* Ring of keys; the counters run on, their difference is the number kept. */
static struct {
    uint16_t key[KEYS_MAX];
    uint8_t added, taken;
} keys;

/* Interrupts are off while the lock is held, for the interrupt of a keyboard
 * wants it too. Returns the flags for console_unlock. */
static uint64_t console_lock(void)
{
    uint64_t flags = cpu_flags();
    uint32_t free;

    cpu_interrupts_off();
    for (;;) {
        free = 0;
        if (__atomic_compare_exchange_n(&console_owner, &free,
                                        cpu_number() + 1, 0, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return flags;
        cpu_pause();
    }
}

static void console_unlock(uint64_t flags)
{
    __atomic_store_n(&console_owner, 0, __ATOMIC_RELEASE);
    cpu_flags_restore(flags);
}

void console_unlock_for_panic(void)
{
    if (console_owner == cpu_number() + 1)
        __atomic_store_n(&console_owner, 0, __ATOMIC_RELEASE);
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

void console_key_add(unsigned key)
{
    if (key && (uint8_t)(keys.added - keys.taken) < KEYS_MAX)
        keys.key[keys.added++ % KEYS_MAX] = (uint16_t)key;
}

void console_receive(void)
{
    serial_receive();
    keyboard_receive();
}

void console_collect_keys(void)
{
    uint64_t flags = console_lock();

    console_receive();
    console_unlock(flags);
}

int console_key(void)
{
    uint64_t flags = console_lock();
    int key = 0;

    if (keys.added == keys.taken && !interrupt_available())
        console_receive();
    while (keys.added == keys.taken && serial_pending())
        console_receive();
    if (keys.added != keys.taken)
        key = keys.key[keys.taken++ % KEYS_MAX];
    console_unlock(flags);
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
    cpu_flags_restore(flags);
    return key;
}

void console_screen(struct baremetal_screen *screen)
{
    uint64_t flags = console_lock();

    screen_describe(screen);
    console_unlock(flags);
}

void console_init(void)
{
    serial_init();
    screen_init();
    keyboard_init();
}
