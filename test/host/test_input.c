/* test_input.c - the ring of keys: interrupts that meet, CPUs that are stopped.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A keyboard here interrupts once and not again before it was looked at, as
 * they all do.
 */
// sources:
#include "check.h"
#include <pure64/cpu.h>
#include <setjmp.h>
#include <string.h>

#define cpu_interrupts_off() ((void)0)
#define cpu_flags_restore(flags) ((void)(flags))
#define cpu_wait_for_interrupt() halt()
static void halt(void);
#include <input.c>

static char keyboard[16];   /* what was typed there, not looked at yet */
static char typed_later[16]; /* what is while receive() is at work */
static unsigned halts;
static int stop;            /* the CPU is stopped inside receive() */
static jmp_buf stopped;
uint8_t usb_polled;

static void press(const char *keys_pressed)
{
    strcat(keyboard, keys_pressed);
    input_collect();
}

static void keyboard_look(void)
{
    char later[sizeof typed_later];

    for (const char *c = keyboard; *c; c++)
        input_key_add((unsigned char)*c);
    keyboard[0] = 0;
    memcpy(later, typed_later, sizeof later);
    typed_later[0] = 0;
    if (later[0])
        press(later);
    if (stop)
        longjmp(stopped, 1);
}

static void halt(void)
{
    halts++;
    CHECK(keys.added == keys.taken); /* nothing would wake it */
    press("h");
}

/* ---- The rest of the system. */
static int no(void)
{
    return 0;
}

static void nothing(void)
{
}

static const struct kernel_services kernel = {
    .program_stop = no,
    .stop_check = nothing,
    .exception_forgive = nothing,
};
const struct os_system os_system = {0, &kernel};

int interrupts_available(void)
{
    return 1;
}

void callback_raise(void)
{
}

void callback_later(void)
{
}

int serial_keys_pending(void)
{
    return 0;
}

void serial_keys_start(void)
{
}

void keyboard_ps2_start(void)
{
}

void usb_reset(void)
{
}

int usb_attend(void)
{
    return 0;
}

/* ---- The tests. */
static void test_order(void)
{
    press("abc");
    CHECK(input_key() == 'a' && input_key() == 'b' && input_key() == 'c');
    CHECK(!input_key());
}

/* The interrupt comes while somebody looks, who then looks again. */
static void test_meeting(void)
{
    strcpy(typed_later, "y");
    press("x");
    CHECK(input_key() == 'x' && input_key() == 'y' && !input_key());
}

/* The interrupt came while this CPU had the ring: its key is not slept
 * over. */
static void test_no_halt(void)
{
    strcpy(keyboard, "z");
    collect = 1;
    halts = 0;
    CHECK(input_key_wait() == 'z' && !halts);
    CHECK(input_key_wait() == 'h' && halts == 1);
}

/* The CPU that had to look again is stopped before it does. */
static void test_stopped(void (*reset)(void))
{
    strcpy(typed_later, "n");
    stop = 1;
    if (!setjmp(stopped))
        press("m");
    stop = 0;
    CHECK(keyboard[0] == 'n');
    reset();
    halts = 0;
    CHECK(input_key_wait() == 'm' && input_key_wait() == 'n' && !halts);
}

/* A character that does not fit is dropped with all its bytes, before and
 * behind what does. */
static void test_full(void)
{
    for (int i = 0; i < KEYS_MAX - 2; i++)
        press("x");
    press("\xC3\xA4\xC3\xB6y\xE2\x82\xAC");
    for (int i = 0; i < KEYS_MAX - 2; i++)
        CHECK(input_key() == 'x');
    CHECK(input_key() == 0xC3 && input_key() == 0xA4 && !input_key());
    for (int i = 0; i < KEYS_MAX - 1; i++)
        press("x");
    press("\xE2\x82\xAC" "y\xC3\xA4");
    for (int i = 0; i < KEYS_MAX - 1; i++)
        CHECK(input_key() == 'x');
    CHECK(input_key() == 'y' && !input_key());
    press("\xE2\x82\xAC");
    CHECK(input_key() == 0xE2 && input_key() == 0x82 && input_key() == 0xAC);
}

/* Ctrl-C of a keyboard that does not interrupt. */
static void test_polled(void)
{
    strcpy(keyboard, "a\003b");
    CHECK(!input_take_ctrl_c());
    input_look();
    CHECK(!input_take_ctrl_c());
    usb_polled = 1;
    input_look();
    CHECK(input_take_ctrl_c() && !input_take_ctrl_c());
    usb_polled = 0;
    CHECK(input_key() == 'b' && !input_key());
}

int main(void)
{
    input_add_source(keyboard_look);
    test_order();
    test_full();
    test_polled();
    test_meeting();
    test_no_halt();
    test_stopped(input_reset);
    test_stopped(input_cpus_stopped);
    CHECK(!keyboard[0] && !lock && !collect);
    return check_report("input");
}
