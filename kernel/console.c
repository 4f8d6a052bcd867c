/* console.c - text out to COM1 and the screen, keys in from COM1 and PS/2.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include <kernel/console.h>
#include "drivers/keyboard_ps2.h"
#include "drivers/screen.h"
#include "drivers/serial_16550.h"
#include <kernel/interrupt.h>
#include <kernel/lock.h>
#include <kernel/program.h>
#include <pure64/cpu.h>

/* Most bytes written under one hold of the lock, interrupts off. */
#define CONSOLE_LINE 128
/* A power of two, at most 128: the ring's counters are bytes. */
#define KEYS_MAX 128
#define KEY_CTRL_C 3

/* Guards all of COM1, screen, i8042 and the ring. */
static struct lock lock;

/* Keyboards have something; whoever holds the lock, or takes it, sees to it.
 * So their interrupt need not wait for CPUs that write and write. */
static uint8_t collect;

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

    cpu_interrupts_off();
    lock_take(&lock);
    return flags;
}

static void console_unlock(uint64_t flags)
{
    do {
        if (__atomic_exchange_n(&collect, 0, __ATOMIC_RELAXED))
            console_receive();
        lock_release(&lock);
    } while (collect && lock_try(&lock));
    cpu_flags_restore(flags);
    program_check(); /* a key may have asked for the end of the program */
}

void console_unlock_for_panic(void)
{
    if (lock_held(&lock))
        lock_release(&lock);
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
    if (key == KEY_CTRL_C && program_ask(PROGRAM_STOPPED))
        return;
    if (key && (uint8_t)(keys.added - keys.taken) < KEYS_MAX)
        keys.added++;
    else if (key != KEY_CTRL_C)
        return;
    keys.key[(uint8_t)(keys.added - 1) % KEYS_MAX] = (uint16_t)key;
}

int console_take_ctrl_c(void)
{
    int found = 0;

    for (uint8_t taken = keys.taken; taken != keys.added;)
        if (keys.key[taken++ % KEYS_MAX] == KEY_CTRL_C) {
            keys.taken = taken;
            found = 1;
        }
    return found;
}

void console_receive(void)
{
    serial_receive();
    keyboard_receive();
}

void console_collect_keys(void)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    /* Full barriers, this store and the holder's release: one of the two
     * sees what the other did. */
    __atomic_store_n(&collect, 1, __ATOMIC_SEQ_CST);
    if (lock_try(&lock))
        console_unlock(flags);
    else
        cpu_flags_restore(flags);
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
