/* input.c - the ring of keys, and who fills it.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "input.h"
#include "drivers/keyboard_ps2.h"
#include "drivers/serial_keys.h"
#include "callback.h"
#include "drivers/usb.h"
#include "interrupts.h"
#include "system.h"
#include <pure64/cpu.h>

/* A power of two, at most 128: the ring's counters are bytes. */
#define KEYS_MAX 128
#define KEY_CTRL_C 3

/* Guards the ring and all sources; interrupts are off while it is held, for
 * their handlers want it too. */
static uint32_t lock;

/* Keyboards have something; whoever holds the lock, or takes it, sees to it.
 * So no interrupt waits for another CPU. */
static uint32_t collect;

static void (*sources[INPUT_SOURCES_MAX])(void);

/* The counters run on, their difference is the number of keys. */
static struct {
    uint16_t key[KEYS_MAX];
    uint8_t added, taken;
    uint8_t lost; /* the last one did not fit */
} keys;

/* The program's function for keys. */
static struct {
    baremetal_callback *callback;
    void *argument;
    volatile uint8_t pending; /* keys may have come */
} notice;

static int lock_try(void)
{
    return !__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE);
}

static void receive(void)
{
    for (unsigned i = 0; i < INPUT_SOURCES_MAX && sources[i]; i++)
        sources[i]();
}

/* Full barriers, here and in input_collect: of the one that leaves and the
 * one that finds the lock taken, one sees what the other did. */
static void unlock(void)
{
    do {
        if (__atomic_exchange_n(&collect, 0, __ATOMIC_RELAXED))
            receive();
        __atomic_store_n(&lock, 0, __ATOMIC_SEQ_CST);
    } while (__atomic_load_n(&collect, __ATOMIC_SEQ_CST) && lock_try());
}

void input_collect(void)
{
    __atomic_store_n(&collect, 1, __ATOMIC_SEQ_CST);
    if (lock_try())
        unlock();
    if (notice.callback) {
        notice.pending = 1;
        callback_raise();
    }
}

void input_add_source(void (*source)(void))
{
    for (unsigned i = 0; i < INPUT_SOURCES_MAX; i++)
        if (!sources[i]) {
            sources[i] = source;
            return;
        }
}

/* Keys that a character takes whose first byte this is; 1 for other keys. */
static unsigned key_size(unsigned key)
{
    if (key < 0xC0 || key > 0xFF)
        return 1;
    return key < 0xE0 ? 2 : key < 0xF0 ? 3 : 4;
}

void input_key_add(unsigned key)
{
    unsigned room = KEYS_MAX - (uint8_t)(keys.added - keys.taken);

    if (!key || (key == KEY_CTRL_C && os_system.kernel->program_stop()))
        return;
    if (keys.lost && key >= 0x80 && key < 0xC0)
        return; /* the rest of a character that is not there */
    keys.lost = room < key_size(key);
    if (keys.lost) {
        if (key != KEY_CTRL_C)
            return;
        keys.added--;
    }
    keys.key[keys.added++ % KEYS_MAX] = (uint16_t)key;
}

/* 1 if some keyboard has to be asked for keys. */
static int polled(void)
{
    return usb_polled || !interrupts_available();
}

static uint64_t take_lock(void)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    while (!lock_try())
        cpu_pause();
    return flags;
}

/* 1 if there is a key; waits only for what may follow an Escape. With the
 * lock. */
static int look(void)
{
    if (keys.added == keys.taken && polled())
        receive();
    while (keys.added == keys.taken && serial_keys_pending())
        receive();
    return keys.added != keys.taken;
}

int input_key(void)
{
    uint64_t flags = take_lock();
    int key = 0;

    if (look())
        key = keys.key[keys.taken++ % KEYS_MAX];
    unlock();
    cpu_flags_restore(flags);
    os_system.kernel->stop_check(); /* Ctrl-C may have been among them */
    return key;
}

int input_key_wait(void)
{
    uint64_t flags = cpu_flags();
    int key;

    for (;;) {
        /* Off, so that no key comes between the look and the halt. */
        cpu_interrupts_off();
        key = input_key();
        if (key)
            break;
        /* Keys may have come while it attended to that, or when input_key
         * gave its lock up and looked for another CPU. */
        if (usb_attend() || keys.added != keys.taken)
            continue;
        if (polled()) {
            cpu_interrupts_on();
            cpu_pause();
        } else {
            cpu_wait_for_interrupt();
        }
        os_system.kernel->stop_check(); /* callbacks */
    }
    cpu_flags_restore(flags);
    os_system.kernel->exception_forgive();
    return key;
}

int input_callback(baremetal_callback *callback, void *argument)
{
    uint64_t flags = cpu_flags();

    if (callback && polled())
        return BAREMETAL_ENODEV;
    cpu_interrupts_off();
    notice.callback = callback;
    notice.argument = argument;
    /* For keys that are there already. */
    input_collect();
    cpu_flags_restore(flags);
    os_system.kernel->stop_check();
    if (callback)
        callback_later(); /* the caller may have interrupts off */
    return 0;
}

/* Another CPU may hold the lock, and have the key: it is waited for. */
static int has_key(void)
{
    uint64_t flags = take_lock();
    int has = look();

    unlock();
    cpu_flags_restore(flags);
    return has;
}

void input_callback_run(void)
{
    if (!notice.pending)
        return;
    notice.pending = 0;
    if (notice.callback && has_key())
        notice.callback(notice.argument);
}

void input_callback_reset(void)
{
    notice.callback = 0;
    notice.pending = 0;
}

void input_look(void)
{
    uint64_t flags;

    if (!polled())
        return;
    flags = take_lock();
    receive();
    unlock();
    cpu_flags_restore(flags);
    os_system.kernel->stop_check();
}

int input_take_ctrl_c(void)
{
    int found = 0;

    for (uint8_t taken = keys.taken; taken != keys.added;)
        if (keys.key[taken++ % KEYS_MAX] == KEY_CTRL_C) {
            keys.taken = taken;
            found = 1;
        }
    return found;
}

void input_reset(void)
{
    lock = 0;
    usb_reset();
    /* Who was to look is gone: the next one does, whatever makes it come. */
    collect = 1;
}

void input_cpus_stopped(void)
{
    uint64_t flags = cpu_flags();

    cpu_interrupts_off();
    input_reset();
    input_collect();
    cpu_flags_restore(flags);
}

void input_start(void)
{
    serial_keys_start();
    keyboard_ps2_start();
}
