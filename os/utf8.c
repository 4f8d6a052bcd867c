/* utf8.c - characters as bytes and back.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * RFC 3629, "UTF-8 definition" and "Syntax of UTF-8 Byte Sequences".
 */
#include "utf8.h"

unsigned utf8_decode(struct utf8_decoder *decoder, uint8_t byte,
                     uint32_t characters[2])
{
    unsigned count = 0;

    if (decoder->missing && byte >= decoder->least && byte <= decoder->most) {
        decoder->value = decoder->value << 6 | (byte & 0x3F);
        decoder->least = 0x80;
        decoder->most = 0xBF;
        characters[0] = decoder->value;
        return --decoder->missing == 0;
    }
    if (decoder->missing)
        characters[count++] = UTF8_REPLACEMENT;
    decoder->missing = 0;
    if (byte < 0x80 || byte < 0xC2 || byte > 0xF4) {
        characters[count++] = byte < 0x80 ? byte : UTF8_REPLACEMENT;
        return count;
    }
    decoder->missing = (uint8_t)(1 + (byte >= 0xE0) + (byte >= 0xF0));
    decoder->value = byte & (0x3F >> decoder->missing);
    /* Neither longer than need be, nor a surrogate, nor too large. */
    decoder->least = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    decoder->most = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return count;
}

uint32_t utf8_next(const char **text)
{
    struct utf8_decoder decoder = { .missing = 0 };
    uint32_t characters[2];

    while (**text)
        if (utf8_decode(&decoder, (uint8_t)*(*text)++, characters))
            return characters[0];
    return 0;
}

unsigned utf8_columns(const char *text, size_t bytes)
{
    unsigned columns = 0;

    while (bytes--)
        columns += !utf8_is_inside(*text++);
    return columns;
}
