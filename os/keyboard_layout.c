/* keyboard_layout.c - which characters the keys of PS/2 and USB keyboards are.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Only keys that differ from those of the USA. The 102nd key, 0x56, is between
 * the left Shift key and the letters.
 */
#include "keyboard_layout.h"
#include "drivers/key_decode.h"
#include "text.h"

/* A scan code of set 1; the characters alone, with Shift, with the right Alt
 * key, 0 for none. */
struct layout_key {
    uint8_t code;
    uint8_t characters[3];
};

static const struct layout_key uk[] = {
    { 0x03, "2\"" }, { 0x04, "3" }, { 0x28, "'@" }, { 0x29, "`\0|" },
    { 0x2B, "#~" }, { 0x56, "\\|" }, { 0, "" },
};

static const struct layout_key de[] = {
    { 0x03, "2\"" }, { 0x04, "3" }, { 0x07, "6&" }, { 0x08, "7/{" },
    { 0x09, "8([" }, { 0x0A, "9)]" }, { 0x0B, "0=}" }, { 0x0C, "\0?\\" },
    { 0x0D, "\0`" }, { 0x10, "qQ@" }, { 0x15, "zZ" }, { 0x1A, "" },
    { 0x1B, "+*~" }, { 0x27, "" }, { 0x28, "" }, { 0x29, "^" },
    { 0x2B, "#'" }, { 0x2C, "yY" }, { 0x33, ",;" }, { 0x34, ".:" },
    { 0x35, "-_" }, { 0x56, "<>|" }, { 0, "" },
};

static const struct layout_key fr[] = {
    { 0x02, "&1" }, { 0x03, "\0" "2~" }, { 0x04, "\"3#" }, { 0x05, "'4{" },
    { 0x06, "(5[" }, { 0x07, "-6|" }, { 0x08, "\0" "7`" },
    { 0x09, "_8\\" }, { 0x0A, "\0" "9^" }, { 0x0B, "\0" "0@" },
    { 0x0C, ")\0]" }, { 0x0D, "=+}" }, { 0x10, "aA" }, { 0x11, "zZ" },
    { 0x1A, "^" }, { 0x1B, "$" }, { 0x1E, "qQ" }, { 0x27, "mM" },
    { 0x28, "\0%" }, { 0x29, "" }, { 0x2B, "*" }, { 0x2C, "wW" },
    { 0x32, ",?" }, { 0x33, ";." }, { 0x34, ":/" }, { 0x35, "!" },
    { 0x56, "<>" }, { 0, "" },
};

static const struct {
    const char *name;
    const struct layout_key *keys; /* 0: none differs */
} layouts[] = { { "us", 0 }, { "uk", uk }, { "de", de }, { "fr", fr } };
#define LAYOUTS (sizeof layouts / sizeof layouts[0])

static unsigned in_use;

static const uint8_t *find_key(uint8_t code)
{
    const struct layout_key *key = layouts[in_use].keys;

    for (; key && key->code; key++)
        if (key->code == code)
            return key->characters;
    return 0;
}

int keyboard_layout_set(const char *name)
{
    for (unsigned i = 0; i < LAYOUTS; i++)
        if (text_equal(name, layouts[i].name)) {
            in_use = i;
            key_decode_layout = find_key;
            return 0;
        }
    return 1;
}

const char *keyboard_layout_name(void)
{
    return layouts[in_use].name;
}
