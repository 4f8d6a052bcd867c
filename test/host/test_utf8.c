/* test_utf8.c - characters as bytes and back.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/utf8.c os/drivers/screen_font.c os/fs/code_page.c
#include "check.h"
#include <drivers/screen_font.h>
#include <stdlib.h>
#include <string.h>
#include <utf8.h>

/* What is decoded, with . for UTF8_REPLACEMENT and hex for what is not ASCII;
 * nothing for what has not come whole. */
static const char *decoded(const char *bytes)
{
    static char text[200];
    struct utf8_decoder decoder = { .missing = 0 };
    size_t at = 0;

    for (; *bytes; bytes++) {
        uint32_t c[2];
        unsigned count = utf8_decode(&decoder, (uint8_t)*bytes, c);

        CHECK(count <= 2);
        for (unsigned i = 0; i < count; i++)
            at += (size_t)sprintf(text + at,
                                  c[i] == UTF8_REPLACEMENT ? "."
                                  : c[i] < 0x80            ? "%c"
                                                           : "<%X>", c[i]);
    }
    text[at] = 0;
    return text;
}

#define DECODES(bytes, text) CHECK(!strcmp(decoded(bytes), text))

static void check_decode(void)
{
    DECODES("ab\x7F\n", "ab\x7F\n");
    DECODES("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80!", "<E4><20AC><1F600>!");
    DECODES("\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF", "<80><7FF><800><FFFF>");
    DECODES("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "<10000><10FFFF>");
    /* Not whole: nothing yet, and one sign when something else comes. */
    DECODES("a\xC3", "a");
    DECODES("a\xC3" "b", "a.b");
    DECODES("\xE2\x82" "b\xF0\x9F\x98\xC3\xA4", ".b.<E4>");
    DECODES("\xE2\x82\n", ".\n");
    /* Alone, too long, surrogates, too large, never used. */
    DECODES("\x80\xBF" "a\xC3\xA4\xA4", "..a<E4>.");
    DECODES("\xC0\x80\xC1\xBF\xE0\x80\x80\xE0\x9F\xBF", "..........");
    DECODES("\xF0\x80\x80\x80\xF0\x8F\xBF\xBF", "........");
    DECODES("\xED\xA0\x80\xED\x9F\xBF", "...<D7FF>");
    DECODES("\xF4\x90\x80\x80\xF5\xFF\xFE", ".......");
}

/* Each character there and back; each has one start. */
static void check_encode(void)
{
    char bytes[UTF8_BYTES_MAX + 1];

    for (uint32_t c = 1; c < 0x110000; c++) {
        struct utf8_decoder decoder = { .missing = 0 };
        const char *end = bytes;
        size_t length;

        if (c == 0xD800)
            c = 0xE000;
        length = utf8_encode(c, bytes);
        bytes[length] = 0;
        if (utf8_next(&end) != c || end != bytes + length ||
            utf8_columns(bytes, length) != 1 || decoder.missing)
            CHECK(!"the same character");
    }
    CHECK(utf8_columns("\xC3\xA4z\xE2\x82\xAC", 6) == 3);
    CHECK(utf8_columns("", 0) == 0);
}

static void check_noise(void)
{
    struct utf8_decoder decoder = { .missing = 0 };

    srand(5);
    for (int i = 0; i < 1000000; i++) {
        uint32_t c[2] = {0, 0};
        unsigned count = utf8_decode(&decoder, (uint8_t)rand(), c);

        if (count > 2 || c[0] > 0x10FFFF || c[1] > 0x10FFFF ||
            (c[0] >= 0xD800 && c[0] < 0xE000) || decoder.missing > 3)
            CHECK(!"a character");
    }
    CHECK(1);
}

/* Which cells of the screen they are, and how text mode shows those. */
static void check_screen(void)
{
    CHECK(screen_font_code('A') == 'A' && screen_font_code('~') == '~');
    CHECK(screen_font_code(0xE4) == 0xE4 && screen_font_code(0xA0) == 0xA0);
    CHECK(screen_font_code(0x7F) == SCREEN_FONT_REPLACEMENT);
    CHECK(screen_font_code(0x85) == SCREEN_FONT_REPLACEMENT);
    CHECK(screen_font_code(0x100) == SCREEN_FONT_REPLACEMENT);
    CHECK(screen_font_code(UTF8_REPLACEMENT) == SCREEN_FONT_REPLACEMENT);
    CHECK(screen_font_code(0x1F600) == SCREEN_FONT_REPLACEMENT);
    CHECK(screen_font_code(0x20AC) == 0x80 && screen_font_code(0x2265) == 0x9F);
    CHECK(screen_font_text_mode('A') == 'A');
    CHECK(screen_font_text_mode(0xE4) == 0x84);
    CHECK(screen_font_text_mode(screen_font_code(0x2500)) == 0xC4);
    CHECK(screen_font_text_mode(0x80) == '?');
    CHECK(screen_font_text_mode(0xA0) == 0xFF);
    CHECK(screen_font_text_mode(0xC3) == '?'); /* A with tilde */
    CHECK(screen_font_text_mode(SCREEN_FONT_REPLACEMENT) == '?');
    for (unsigned code = 0x80; code < 0x100; code++) {
        unsigned bits = 0;

        for (unsigned line = 0; line < 16; line++)
            bits |= screen_font_glyph((uint8_t)code)[line];
        CHECK((bits == 0) == (code == 0xA0));
    }
    CHECK(screen_font_glyph(0xE4)[2] == 0x24); /* the dots of a-umlaut */
}

int main(void)
{
    check_decode();
    check_encode();
    check_noise();
    check_screen();
    return check_report("utf8");
}
