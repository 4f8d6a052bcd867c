/* test_usb_keys.c - descriptors of USB devices, and reports of keyboards.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/drivers/usb_descriptor.c os/drivers/usb_keys.c os/drivers/key_decode.c os/keyboard_layout.c os/keyboard_layout_data.c os/utf8.c
#include <baremetal.h>
#include <drivers/usb_descriptor.h>
#include <drivers/usb_keys.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

#define MS 1000000ull

/* ---- descriptors */

/* Of a keyboard with a mouse behind it, as sold; of a disk that speaks UAS in
 * an alternate setting, SuperSpeed; of a hub. */
#define KEYBOARD 9, 4, 0, 0, 1, 3, 1, 1, 0, 9, 0x21, 0x11, 1, 0, 1, 0x22, 65, 0
#define KEYBOARD_IN 7, 5, 0x81, 3, 8, 0, 10
#define MOUSE 9, 4, 1, 0, 1, 3, 1, 2, 0, 9, 0x21, 0x11, 1, 0, 1, 0x22, 52, 0
#define MOUSE_IN 7, 5, 0x82, 3, 4, 0, 10
#define DISK 9, 4, 0, 0, 2, 8, 6, 0x50, 0
#define DISK_IN 7, 5, 0x81, 2, 0, 4, 0, 6, 0x30, 15, 0, 0, 0
#define DISK_OUT 7, 5, 0x02, 2, 0, 4, 0, 6, 0x30, 3, 0, 0, 0
#define DISK_UAS 9, 4, 0, 1, 1, 8, 6, 0x62, 0, 7, 5, 0x83, 2, 0, 4, 0
#define HUB 9, 4, 0, 0, 1, 9, 0, 1, 0, 7, 5, 0x81, 3, 1, 0, 12

static enum usb_kind parse(const uint8_t *body, size_t size,
                           struct usb_function *function)
{
    uint8_t *bytes = malloc(size + 9); /* so that an overrun is seen */
    enum usb_kind kind;

    memcpy(bytes, (uint8_t[]){9, 2, (uint8_t)(size + 9),
                              (uint8_t)((size + 9) >> 8), 1, 7, 0, 0x80, 50},
           9);
    memcpy(bytes + 9, body, size);
    kind = usb_descriptor_parse(bytes, size + 9, function);
    free(bytes);
    return kind;
}
#define PARSE(function, ...)                                               \
    parse((const uint8_t[]){__VA_ARGS__}, sizeof (uint8_t[]){__VA_ARGS__}, \
          function)

static void test_descriptors(void)
{
    struct usb_function f;

    CHECK(PARSE(&f, KEYBOARD, KEYBOARD_IN, MOUSE, MOUSE_IN) ==
          USB_KIND_KEYBOARD);
    CHECK(f.configuration == 7 && f.interface == 0 && f.in.address == 0x81 &&
          f.in.packet == 8 && f.in.interval == 10 && !f.out.address);
    CHECK(PARSE(&f, MOUSE, MOUSE_IN, KEYBOARD, KEYBOARD_IN) ==
          USB_KIND_KEYBOARD);
    CHECK(f.in.address == 0x81);
    CHECK(PARSE(&f, DISK, DISK_IN, DISK_OUT, DISK_UAS) == USB_KIND_STORAGE);
    CHECK(f.in.address == 0x81 && f.out.address == 2 && f.in.burst == 15 &&
          f.out.burst == 3 && f.in.packet == 1024);
    CHECK(PARSE(&f, DISK_UAS, DISK, DISK_OUT, DISK_IN) == USB_KIND_STORAGE);
    CHECK(PARSE(&f, HUB) == USB_KIND_HUB && f.in.packet == 1);
    CHECK(PARSE(&f, MOUSE, MOUSE_IN) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD) == USB_KIND_NONE);
    CHECK(PARSE(&f, DISK, DISK_IN) == USB_KIND_NONE);
    CHECK(PARSE(&f, DISK_UAS) == USB_KIND_NONE);
}

static void test_hostile_descriptors(void)
{
    struct usb_function f;
    uint8_t bytes[64] = {9, 2, 64, 0, 1, 1, 0, 0, 0};

    /* Lengths of 0 and 1, cut off, beyond the end. */
    CHECK(PARSE(&f, 0, 4, KEYBOARD, KEYBOARD_IN) == USB_KIND_NONE);
    CHECK(PARSE(&f, 1, KEYBOARD, KEYBOARD_IN) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD, 7, 5, 0x81) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD, 255, 5, 0x81, 3, 8, 0, 10) == USB_KIND_NONE);
    CHECK(PARSE(&f, 5, 4, 0, 0, 1) == USB_KIND_NONE);
    /* Endpoint 0, packets of 0 and 2047 bytes, wrong kinds. */
    CHECK(PARSE(&f, KEYBOARD, 7, 5, 0x80, 3, 8, 0, 10) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD, 7, 5, 0x81, 3, 0, 0, 10) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD, 7, 5, 0x81, 3, 0xFF, 7, 10) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD, 7, 5, 0x81, 2, 8, 0, 10) == USB_KIND_NONE);
    CHECK(PARSE(&f, KEYBOARD, 7, 5, 0x01, 3, 8, 0, 10) == USB_KIND_NONE);
    /* No configuration at all; a total shorter than what comes. */
    CHECK(!usb_descriptor_total(bytes, 8));
    CHECK(usb_descriptor_total(bytes, 9) == 64);
    bytes[1] = 3;
    CHECK(!usb_descriptor_total(bytes, 9));
    CHECK(usb_descriptor_parse(bytes, sizeof bytes, &f) == USB_KIND_NONE);
    bytes[1] = 2;
    bytes[2] = 8;
    CHECK(!usb_descriptor_total(bytes, 9));
    bytes[2] = 20;
    memcpy(bytes + 9, (uint8_t[]){KEYBOARD, KEYBOARD_IN}, 25);
    CHECK(usb_descriptor_parse(bytes, sizeof bytes, &f) == USB_KIND_NONE);
    bytes[2] = 34;
    CHECK(usb_descriptor_parse(bytes, sizeof bytes, &f) == USB_KIND_KEYBOARD);
}

/* Whatever comes, it ends, stays inside, and what it found is in range. */
static void test_descriptor_noise(void)
{
    static const uint8_t words[] = {0, 1, 2, 4, 5, 7, 9, 0x30, 3, 8, 6, 0x50,
                                    0x81, 0x02};
    struct usb_function f;

    srand(3);
    for (int i = 0; i < 300000; i++) {
        uint8_t bytes[96];
        size_t size = (size_t)rand() % sizeof bytes;

        for (size_t j = 0; j < size; j++)
            bytes[j] = rand() % 4 ? words[(size_t)rand() % sizeof words]
                                  : (uint8_t)rand();
        if (parse(bytes, size, &f) != USB_KIND_NONE &&
            (!(f.in.address & 0x80) || !(f.in.address & 0xF) ||
             !f.in.packet || f.in.packet > 1024 || f.in.burst > 15 ||
             f.out.address & 0x80))
            CHECK(!"not in range");
    }
    CHECK(1);
}

/* ---- keyboards */
static unsigned typed[256];
static size_t count;

static void add(unsigned key)
{
    if (count < sizeof typed / sizeof *typed)
        typed[count++] = key;
}

static struct usb_keys keys;
static uint64_t now;

/* One report; the keys it makes are in `typed`. */
static void report(uint8_t modifiers, uint8_t a, uint8_t b, uint8_t c)
{
    const uint8_t bytes[USB_KEYS_REPORT_BYTES] = {modifiers, 0, a, b, c};

    count = 0;
    usb_keys_report(&keys, bytes, now, add);
}

static void start(void)
{
    memset(&keys, 0, sizeof keys);
    now = 1;
}

static int typed_is(unsigned key)
{
    return count == 1 && typed[0] == key;
}

enum { A = 4, B = 5, CAPS = 0x39, LEFT_CTRL = 1, LEFT_SHIFT = 2,
       RIGHT_CTRL = 16, RIGHT_SHIFT = 32 };

/* Each usage alone gives the key of a US keyboard, released nothing. */
static void test_usages(void)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz1234567890\n\x1B"
                                "\b\t -=[]\\\\;'`,./";
    static const char shifted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\n\x1B"
                                  "\b\t _+{}||:\"~<>?";
    static const struct {
        uint8_t usage;
        unsigned key;
    } others[] = {
        {0x49, BAREMETAL_KEY_INSERT}, {0x4A, BAREMETAL_KEY_HOME},
        {0x4B, BAREMETAL_KEY_PAGE_UP}, {0x4C, BAREMETAL_KEY_DELETE},
        {0x4D, BAREMETAL_KEY_END}, {0x4E, BAREMETAL_KEY_PAGE_DOWN},
        {0x4F, BAREMETAL_KEY_RIGHT}, {0x50, BAREMETAL_KEY_LEFT},
        {0x51, BAREMETAL_KEY_DOWN}, {0x52, BAREMETAL_KEY_UP},
        {0x54, '/'}, {0x55, '*'}, {0x56, '-'}, {0x57, '+'}, {0x58, '\n'},
        {0x59, BAREMETAL_KEY_END}, {0x60, BAREMETAL_KEY_UP},
        {0x63, BAREMETAL_KEY_DELETE},
    };

    start();
    for (uint8_t i = 0; plain[i]; i++) {
        report(0, A + i, 0, 0);
        CHECK(typed_is((uint8_t)plain[i]));
        report(0, 0, 0, 0);
        CHECK(!count);
        report(i % 2 ? LEFT_SHIFT : RIGHT_SHIFT, A + i, 0, 0);
        CHECK(typed_is((uint8_t)shifted[i]));
        report(0, 0, 0, 0);
        CHECK(!count);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        report(0, others[i].usage, 0, 0);
        CHECK(typed_is(others[i].key));
        report(0, 0, 0, 0);
    }
}

static void test_modifiers(void)
{
    start();
    report(LEFT_CTRL, 6, 0, 0);
    CHECK(typed_is(3));
    report(RIGHT_CTRL, 6, 0, 0); /* still held */
    CHECK(!count);
    report(RIGHT_CTRL, 0, 0, 0);
    report(RIGHT_CTRL, 6, 0, 0);
    CHECK(typed_is(3));
    report(0, 0, 0, 0);
    report(0, CAPS, 0, 0);
    report(0, CAPS, A, 0);
    CHECK(typed_is('A'));
    report(0, 0, 0, 0);
    report(LEFT_SHIFT, A, 0, 0);
    CHECK(typed_is('a'));
    report(0, CAPS, 0, 0);
    report(0, 0, 0, 0);
    report(0, A, 0, 0);
    CHECK(typed_is('a'));
    report(0xCC, A, B, 0); /* Alt and the logo keys change nothing */
    CHECK(typed_is('b'));
}

static void test_several(void)
{
    start();
    report(0, A, B, 6);
    CHECK(count == 3 && typed[0] == 'a' && typed[1] == 'b' && typed[2] == 'c');
    report(0, 6, A, 7); /* in other places; one more, one less */
    CHECK(typed_is('d'));
    report(0, 1, 1, 1); /* more than it can tell: all as it was */
    CHECK(!count);
    report(0, 6, A, 7);
    CHECK(!count);
    report(LEFT_SHIFT, 1, 1, 1);
    report(LEFT_SHIFT, 6, A, 8);
    CHECK(typed_is('E'));
    CHECK(usb_keys_held((const uint8_t[8]){0, 0, 0, 0, 0, 0, 0, A}));
    CHECK(!usb_keys_held((const uint8_t[8]){255, 255, 0, 1, 2, 3}));
}

/* As with PS/2: after half a second, then 30 ms, the last key pressed. */
static void test_repeat(void)
{
    unsigned repeats = 0;

    start();
    report(0, A, 0, 0);
    CHECK(typed_is('a'));
    for (int i = 0; i < 15; i++) { /* 480 ms */
        now += 32 * MS;
        report(0, A, 0, 0);
        CHECK(!count);
    }
    for (int i = 0; i < 32; i++) { /* a second */
        now += 32 * MS;
        report(0, A, 0, 0);
        repeats += (unsigned)count;
    }
    CHECK(repeats == 32);
    for (int i = 0; i < 100; i++) { /* reports that come too often */
        now += 3 * MS;
        report(0, A, 0, 0);
        repeats += (unsigned)count;
    }
    CHECK(repeats >= 32 + 9 && repeats <= 32 + 11);
    report(0, A, B, 0);
    CHECK(typed_is('b'));
    now += 501 * MS;
    report(0, A, B, 0);
    CHECK(typed_is('b'));
    report(0, A, 0, 0);
    now += 1000 * MS;
    report(0, A, 0, 0);
    CHECK(!count);
    /* Caps Lock repeats, but does not toggle. */
    report(0, CAPS, 0, 0);
    now += 600 * MS;
    report(0, CAPS, 0, 0);
    report(0, A, 0, 0);
    CHECK(typed_is('A'));
}

static void test_report_noise(void)
{
    srand(4);
    start();
    for (int i = 0; i < 300000; i++) {
        uint8_t bytes[USB_KEYS_REPORT_BYTES];

        for (size_t j = 0; j < sizeof bytes; j++)
            bytes[j] = (uint8_t)(rand() % 3 ? rand() % 10 : rand());
        count = 0;
        now += (uint64_t)rand() % (100 * MS);
        usb_keys_report(&keys, bytes, now, add);
        for (size_t j = 0; j < count; j++)
            if (!typed[j] || typed[j] > BAREMETAL_KEY_INSERT)
                CHECK(!"not a key");
    }
    report(0, 0, 0, 0);
    report(0, 0x28, 0, 0);
    CHECK(typed_is('\n'));
}

int main(void)
{
    test_descriptors();
    test_hostile_descriptors();
    test_descriptor_noise();
    test_usages();
    test_modifiers();
    test_several();
    test_repeat();
    test_report_noise();
    return check_report("usb_keys");
}
