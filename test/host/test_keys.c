/* test_keys.c - terminal sequences and scan codes into keys.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/drivers/key_decode.c os/keyboard_layout.c os/keyboard_layout_data.c os/utf8.c
#include <baremetal.h>
#include <drivers/key_decode.h>
#include <keyboard_layout.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

/* Keys as text: special keys by the low byte of their number, 1 to 10, and
 * nothing else in the tests below has such a number. */
static size_t text_add(char *text, size_t length, uint32_t keys)
{
    for (; keys; keys >>= 16)
        text[length++] = (char)keys;
    return length;
}

static const char *terminal_keys(const char *bytes, size_t size)
{
    static char text[64];
    struct key_terminal terminal = {0, 0, 0};
    size_t length = 0;

    for (size_t i = 0; i < size; i++)
        length = text_add(text, length,
                          key_decode_terminal(&terminal, (uint8_t)bytes[i]));
    length = text_add(text, length, key_decode_terminal_end(&terminal));
    CHECK(!key_terminal_pending(&terminal));
    text[length] = 0;
    return text;
}

#define TYPED(bytes, keys) \
    CHECK(strcmp(terminal_keys(bytes, sizeof(bytes) - 1), keys) == 0)

static void test_terminal_characters(void)
{
    TYPED("ls -l", "ls -l");
    TYPED("\r", "\n");
    TYPED("\n", "\n");
    TYPED("\r\n", "\n");
    TYPED("a\r\nb\r\n", "a\nb\n");
    TYPED("\r\r\n\n", "\n\n\n");
    TYPED("\n\r", "\n\n");
    TYPED("\x7F\b\t\x03", "\b\b\t\x03");
    TYPED("a\0b", "ab");
    TYPED("\xC3\xA4", "\xC3\xA4");
}

static void test_terminal_sequences(void)
{
    static const struct {
        const char *bytes;
        int key;
    } sequences[] = {
        {"\x1B[A", BAREMETAL_KEY_UP}, {"\x1B[B", BAREMETAL_KEY_DOWN},
        {"\x1B[C", BAREMETAL_KEY_RIGHT}, {"\x1B[D", BAREMETAL_KEY_LEFT},
        {"\x1B[H", BAREMETAL_KEY_HOME}, {"\x1B[F", BAREMETAL_KEY_END},
        {"\x1BOA", BAREMETAL_KEY_UP}, {"\x1BOB", BAREMETAL_KEY_DOWN},
        {"\x1BOC", BAREMETAL_KEY_RIGHT}, {"\x1BOD", BAREMETAL_KEY_LEFT},
        {"\x1BOH", BAREMETAL_KEY_HOME}, {"\x1BOF", BAREMETAL_KEY_END},
        {"\x1B[1~", BAREMETAL_KEY_HOME}, {"\x1B[2~", BAREMETAL_KEY_INSERT},
        {"\x1B[3~", BAREMETAL_KEY_DELETE}, {"\x1B[4~", BAREMETAL_KEY_END},
        {"\x1B[5~", BAREMETAL_KEY_PAGE_UP},
        {"\x1B[6~", BAREMETAL_KEY_PAGE_DOWN},
        {"\x1B[7~", BAREMETAL_KEY_HOME}, {"\x1B[8~", BAREMETAL_KEY_END},
        {"\x1B[1;5C", BAREMETAL_KEY_RIGHT},
    };
    for (size_t i = 0; i < sizeof(sequences) / sizeof(*sequences); i++) {
        struct key_terminal terminal = {0, 0, 0};
        const char *byte = sequences[i].bytes;

        for (; byte[1]; byte++) {
            CHECK(key_decode_terminal(&terminal, (uint8_t)*byte) == 0);
            CHECK(key_terminal_pending(&terminal));
        }
        CHECK(key_decode_terminal(&terminal, (uint8_t)*byte) ==
              (uint32_t)sequences[i].key);
        CHECK(!key_terminal_pending(&terminal));
    }
}

static void test_terminal_escapes(void)
{
    TYPED("\x1B", "\x1B");
    TYPED("\x1B\x1B", "\x1B\x1B");
    TYPED("\x1B[", "\x1B[");
    TYPED("\x1BO", "\x1BO");
    TYPED("\x1B" "x", "\x1Bx");
    TYPED("\x1B\r\n", "\x1B\n");
    TYPED("\x1B\x1B[A", "\x1B" "\x01");
    /* Keys without a name leave nothing behind. */
    TYPED("\x1B[15~a", "a");
    TYPED("\x1B[9~\x1B[0~\x1B[~a", "a");
    TYPED("\x1B[Z\x1B[E\x1BOP\x1B[?1;2ca", "a");
    /* Broken off by what cannot be part of a sequence. */
    TYPED("\x1B[1\ra", "\na");
    TYPED("\x1B[1\x1B[B", "\x02");
}

/* Whatever comes, keys are keys, and Enter typed twice gets through. */
static void test_terminal_noise(void)
{
    struct key_terminal terminal = {0, 0, 0};

    srand(1);
    for (int i = 0; i < 1000000; i++) {
        uint8_t byte = (uint8_t)"\x1B[O;1~A\r\n?"[rand() % 11];
        uint32_t keys;

        if (rand() % 4 == 0)
            byte = (uint8_t)rand();
        keys = key_decode_terminal(&terminal, byte);
        if ((keys & 0xFFFF) > BAREMETAL_KEY_INSERT || keys >> 16 > 0xFF)
            CHECK(!"not a key");
    }
    key_decode_terminal(&terminal, '\r');
    CHECK(key_decode_terminal(&terminal, '\r') == '\n');
}

static unsigned scanned[64];
static size_t scanned_count;

static void scan_add(unsigned key)
{
    if (scanned_count < sizeof scanned / sizeof *scanned)
        scanned[scanned_count++] = key;
}

static int scan_is(struct key_scan *scan, const char *codes, size_t size,
                   const int *keys, size_t count)
{
    scanned_count = 0;
    for (size_t i = 0; i < size; i++)
        key_decode_scan(scan, (uint8_t)codes[i], scan_add);
    for (size_t i = 0; i < scanned_count && i < count; i++)
        if ((int)scanned[i] != keys[i])
            return 0;
    return scanned_count == count;
}

#define SCANNED(codes, ...)                                             \
    do {                                                                \
        const int keys[] = {__VA_ARGS__};                               \
        CHECK(scan_is(&scan, codes, sizeof(codes) - 1, keys,            \
                      sizeof(keys) / sizeof(*keys)));                   \
    } while (0)
#define NOTHING(codes) \
    CHECK(scan_is(&scan, codes, sizeof(codes) - 1, 0, 0))

static void test_scan_characters(void)
{
    struct key_scan scan = {0, 0, 0, 0, 0};

    SCANNED("\x26\xA6\x1F\x9F", 'l', 's');
    SCANNED("\x01\x0E\x0F\x1C\x39", 27, '\b', '\t', '\n', ' ');
    SCANNED("\x02\x0B\x0C\x0D\x1A\x1B", '1', '0', '-', '=', '[', ']');
    SCANNED("\x27\x28\x29\x2B\x33\x34\x35", ';', '\'', '`', '\\', ',', '.',
            '/');
    SCANNED("\x10\x1E\x2C\x32", 'q', 'a', 'z', 'm');
    /* Either shift, alone and both. */
    SCANNED("\x2A\x1E\x03\xAA\x1E", 'A', '@', 'a');
    SCANNED("\x36\x1E\x28\xB6\x1E", 'A', '"', 'a');
    SCANNED("\x2A\x36\xAA\x2B\xB6\x2B", '|', '\\');
    /* Ctrl: left, right, with letters and brackets. */
    SCANNED("\x1D\x2E\x9D\x2E", 3, 'c');
    SCANNED("\xE0\x1D\x2E\xE0\x9D\x2E", 3, 'c');
    SCANNED("\x1D\x1A\x1B\x9D", 27, 29);
    SCANNED("\x1D\x02\x9D", '1');
    /* Releases, Alt, function keys, and what a controller answers. */
    NOTHING("\x9E\x38\xB8\x3B\xBB\x58\xFA\xFE\xEE\xFF\x7F");
}

static void test_scan_locks(void)
{
    struct key_scan scan = {0, 0, 0, 0, 0};

    /* Caps Lock, held so that it repeats: letters only. */
    SCANNED("\x3A\x3A\xBA\x1E\x02", 'A', '1');
    SCANNED("\x2A\x1E\x02\xAA", 'a', '!');
    SCANNED("\x3A\xBA\x1E", 'a');
    SCANNED("\x1D\x3A\xBA\x1E\x9D", 1);
}

static void test_scan_extended(void)
{
    struct key_scan scan = {0, 0, 0, 0, 0};

    SCANNED("\xE0\x48\xE0\xC8\xE0\x50\xE0\x4B\xE0\x4D", BAREMETAL_KEY_UP,
            BAREMETAL_KEY_DOWN, BAREMETAL_KEY_LEFT, BAREMETAL_KEY_RIGHT);
    SCANNED("\xE0\x47\xE0\x4F\xE0\x49\xE0\x51", BAREMETAL_KEY_HOME,
            BAREMETAL_KEY_END, BAREMETAL_KEY_PAGE_UP,
            BAREMETAL_KEY_PAGE_DOWN);
    SCANNED("\xE0\x52\xE0\x53\xE0\x1C\xE0\x35", BAREMETAL_KEY_INSERT,
            BAREMETAL_KEY_DELETE, '\n', '/');
    /* The shifts a keyboard makes up round them are none. */
    SCANNED("\xE0\x2A\xE0\x48\xE0\xC8\xE0\xAA\x1E", BAREMETAL_KEY_UP, 'a');
    SCANNED("\x2A\xE0\xAA\xE0\x48\xE0\x2A\x1E\xAA", BAREMETAL_KEY_UP, 'A');
    NOTHING("\xE0\x5B\xE0\xDB\xE0\x20\xE0\x37\xE0\xB7\xE0\x46\xE0\xC6");
    /* Pause is 6 bytes; none of them is Ctrl or Num Lock. */
    SCANNED("\xE1\x1D\x45\xE1\x9D\xC5\x1E\x47", 'a', BAREMETAL_KEY_HOME);
    /* The keypad is what Num Lock off makes of it. */
    SCANNED("\x37\x4A\x4E\x48\x53", '*', '-', '+', BAREMETAL_KEY_UP,
            BAREMETAL_KEY_DELETE);
}

/* Each byte, in each state of the modifiers: a key or none, nothing else. */
static void test_scan_noise(void)
{
    struct key_scan scan = {0, 0, 0, 0, 0};

    srand(2);
    for (int layout = 0; keyboard_layout_number((unsigned)layout); layout++) {
        keyboard_layout_set(keyboard_layout_number((unsigned)layout));
        for (int i = 0; i < 200000; i++) {
            scanned_count = 0;
            key_decode_scan(&scan, (uint8_t)rand(), scan_add);
            if (scanned_count > 6)
                CHECK(!"more than a sign and a character");
            for (size_t j = 0; j < scanned_count; j++)
                if (!scanned[j] || scanned[j] > BAREMETAL_KEY_INSERT)
                    CHECK(!"not a key");
        }
    }
    keyboard_layout_set("us");
    CHECK(1);
}

int main(void)
{
    test_terminal_characters();
    test_terminal_sequences();
    test_terminal_escapes();
    test_terminal_noise();
    test_scan_characters();
    test_scan_locks();
    test_scan_extended();
    test_scan_noise();
    return check_report("keys");
}
