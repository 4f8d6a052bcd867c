/* test_keyboard_layout.c - what is typed on keyboards of several countries.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/keyboard_layout.c os/keyboard_layout_data.c os/utf8.c os/drivers/key_decode.c
#include "check.h"
#include <drivers/key_decode.h>
#include <keyboard_layout.h>
#include <keyboard_layout_data.h>
#include <stdlib.h>
#include <string.h>
#include <utf8.h>

/* Keys are written as on a keyboard of the USA, < is the one beside the left
 * Shift key, _ the space bar, ! Backspace. Before a key: S Shift, A AltGr, K
 * Ctrl held with it, C Caps Lock typed. */
static const struct {
    const char *layout, *keys, *text;
} typed[] = {
    {"us", "qSq1S1;S;'S'`S`\\S\\-S-", "qQ1!;:'\"`~\\|-_"},
    {"us", "AqA1Sa<S<_", "q1A<> "},
    {"us", "CqSq1[S[K[", "Qq1[{\x1B"},
    {"uk", "S2S3S`A`A4<S<\\S\\'S'", "\"£¬¦€\\|#~'@"},
    {"uk", "AaSAeCAoSAo", "áÉÓó"},
    /* German: dead keys, letters, AltGr. */
    {"de", "y;'[S;S'S[-A-\\S`", "zöäüÖÄÜß\\#°"},
    {"de", "AqAeA7A8A9A0A]A<AmA2A3Aa", "@€{[]}~|µ²³"},
    {"de", "=a=eS=e`o=Sa`Su", "áéèôÁÛ"},
    {"de", "=_`_S=_`2", "´^`^2"},
    {"de", "``=``x", "^´^x"},
    {"de", "==S=S=", "´`"},
    {"de", "=-", "´ß"},
    {"de", "=AmS=Ae", "´µ`€"},
    {"de", "=!a=e", "aé"},
    {"de", "C;'[-1qS;=a", "ÖÄÜß1QöÁ"},
    {"de", "KqKcKyK;K`", "\x11\x03\x1A\x1E"},
    {"de", "`Kca", "\x03" "a"},
    {"ch", "y;'[S;S'S[S4A2A3A[A'\\A\\S\\A<A=]e", "zöäüéàèç@#[{$}£\\~ë"},
    {"fr", "qaw;m1234567890S2S9_", "aqzm,&é\"'(-è_çà29 "},
    {"fr", "S`Sm[eS[i`S'S/A2A0Ae", "?êï²%§~@€"},
    {"fr", "C20qS2", "ÉÀA2"},
    {"be", "[eS[iA'q=S=A[A]A\\qS\\<A<2_", "êïá-_[]à£<\\é "},
    {"es", ";S;'aS'uA1A2A3[o[_`S`=S=A;", "ñÑáü|@#ò`ºª¡¿"},
    {"it", "[S[;'\\`-S-=A[A]SA[SA]A;A'S;", "èéòàù\\'?ì[]{}@#ç"},
    {"se", "[;'S[S;S']aS]o]_A]`S`A7A-", "åöäÅÖÄäô¨~§½{\\"},
    {"fi", "[;'=eS=e", "åöäéè"},
    {"dk", "[;'S;A<`A=a", "åæøÆ\\½|a"},
    {"no", "[;';`S`=A=e", "åøæø|§\\é"},
    {"no", "A=eA=o", "éó"},
    {"pt", ";'\\aS\\oA[u]e`=S=[S[A0", "çºãôüé\\«»+*}"},
};

/* The scan code of a key. */
static uint8_t code_of(char key)
{
    static const char rows[] =
        "  1234567890-=  qwertyuiop[]  asdfghjkl;'` \\zxcvbnm,./";

    switch (key) {
    case '<':
        return 0x56;
    case '_':
        return 0x39;
    case '!':
        return 0x0E;
    }
    CHECK(strchr(rows, key));
    return (uint8_t)(strchr(rows, key) - rows);
}

static char text[200];
static size_t length;

static void add(unsigned key)
{
    CHECK(key && key < 0x100 && length + 1 < sizeof text);
    text[length++] = (char)key;
}

static const char *type(const char *keys)
{
    struct key_scan scan = {0, 0, 0, 0, 0};

    length = 0;
    for (; *keys; keys++) {
        if (*keys == 'S')
            key_decode_scan(&scan, 0x36, add);
        else if (*keys == 'K')
            key_decode_scan(&scan, 0x1D, add);
        else if (*keys == 'C')
            key_decode_scan(&scan, 0x3A, add);
        else if (*keys == 'A')
            scan.held |= KEY_HELD_RIGHT_ALT;
        else {
            key_decode_scan(&scan, code_of(*keys), add);
            scan.held = 0;
        }
    }
    text[length] = 0;
    return text;
}

static void check_typed(void)
{
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        CHECK(!keyboard_layout_set(typed[i].layout));
        if (!strcmp(type(typed[i].keys), typed[i].text)) {
            CHECK(1);
            continue;
        }
        CHECK(!"as on the keyboard");
        fprintf(stderr, "%s: %s is \"%s\", not \"%s\"\n", typed[i].layout,
                typed[i].keys, text, typed[i].text);
    }
}

static unsigned count(const char *characters)
{
    unsigned n = 0;

    while (utf8_next(&characters))
        n++;
    return n;
}

static int has(const char *characters, uint32_t wanted)
{
    uint32_t c;

    while ((c = utf8_next(&characters)))
        if (c == wanted)
            return 1;
    return 0;
}

/* What a table must be, whatever the country. */
static void check_layout(const struct keyboard_layout *layout)
{
    static char keys[300]; /* the part without pairs */
    const char *alt = layout->keys, *keys_plain = alt;

    CHECK(count(alt) >= 2 * KEYBOARD_KEYS && count(alt) % 2 == 0);
    for (unsigned i = 0; i < KEYBOARD_KEYS; i++)
        utf8_next(&alt);
    for (unsigned i = 0; i < KEYBOARD_KEYS; i++) {
        uint32_t plain = utf8_next(&keys_plain), shifted = utf8_next(&alt);

        if (plain >= 'a' && plain <= 'z')
            CHECK(shifted == plain - 0x20);
        if (i == KEYBOARD_KEYS - 11)
            CHECK(plain == '<' ? shifted == '>' : shifted == '|');
    }
    memcpy(keys, layout->keys, (size_t)(alt - layout->keys));
    keys[alt - layout->keys] = 0;
    while (*alt) { /* each pair names a key */
        CHECK(has(keys, utf8_next(&alt)));
        CHECK(utf8_next(&alt));
    }
    /* All of ASCII can be typed, be it by a dead key and a space. */
    for (uint32_t c = '!'; c <= '~'; c++) {
        int found = has(layout->keys, c);

        for (uint32_t dead = 1; dead <= KEYBOARD_DEAD_MAX; dead++)
            found |= keyboard_layout_compose(dead, ' ') == c &&
                     has(layout->keys, dead);
        CHECK(found);
        if (!found)
            fprintf(stderr, "%s lacks %c\n", layout->name, (int)c);
    }
}

static void check_names(void)
{
    unsigned n = 0;

    for (; keyboard_layout_number(n); n++) {
        CHECK(!keyboard_layout_set(keyboard_layout_number(n)));
        CHECK(!strcmp(keyboard_layout_name(), keyboard_layout_number(n)));
        check_layout(&keyboard_layouts[n]);
    }
    CHECK(n == 13);
    CHECK(keyboard_layout_set("dvorak") == 1 && keyboard_layout_set("") == 1);
    CHECK(!strcmp(keyboard_layout_name(), "se"));
    CHECK(!keyboard_layout_set("DE"));
    CHECK(!strcmp(keyboard_layout_name(), "de"));
}

int main(void)
{
    CHECK(!strcmp(keyboard_layout_name(), "us"));
    check_typed();
    check_names();
    return check_report("keyboard_layout");
}
