/* utf8.h - characters as bytes and back.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * RFC 3629. Text of users, programs and disks may be anything: what is not
 * UTF-8 becomes UTF8_REPLACEMENT, as terminals show it (The Unicode Standard,
 * "U+FFFD Substitution of Maximal Subparts").
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xFFFD
#define UTF8_BYTES_MAX 4 /* of a character */

/* Starts as zeros. */
struct utf8_decoder {
    uint32_t value;       /* of the bytes so far */
    uint8_t missing;      /* bytes */
    uint8_t least, most;  /* the next one is in between */
};

/* Takes the next byte and puts the characters that end with it into
 * `characters`. Returns how many: 0 in the midst of one, 2 if the one before
 * was broken off by this byte. */
unsigned utf8_decode(struct utf8_decoder *decoder, uint8_t byte,
                     uint32_t characters[2]);

/* The character at *text, which moves behind it; 0 at the end. For constants
 * and what was encoded here: nothing is checked but the end. */
uint32_t utf8_next(const char **text);

/* Writes a character, below 0x110000; returns the number of bytes. */
static inline size_t utf8_encode(uint32_t character, char *text)
{
    size_t more = character < 0x80      ? 0
                  : character < 0x800   ? 1
                  : character < 0x10000 ? 2
                                        : 3;

    for (size_t i = more; i; i--) {
        text[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    text[0] = (char)(character | (more ? 0xFF00 >> (more + 1) : 0));
    return more + 1;
}

/* 1 for a byte that is not the first one of its character. */
static inline int utf8_is_inside(char byte)
{
    return ((uint8_t)byte & 0xC0) == 0x80;
}

/* Characters in that many bytes; each takes one column of the screen. */
unsigned utf8_columns(const char *text, size_t bytes);
