/* fat_name.c - names in folders: short, long, and how they compare.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FATSpec, "Long Directory Entry Implementation" and "Name Limits and
 * Character Sets". Names go to the console, so nothing in them may be a
 * control code, and none may hold a separator of paths.
 */
#include "code_page.h"
#include "../utf8.h"
#include "fat_internal.h"
#include "little_endian.h"

const uint8_t fat_piece_offsets[FAT_PIECE_UNITS] = {
    1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30,
};

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == '/' || c == '\\')
        c = '?';
    return to + utf8_encode(c, to);
}

void fat_long_name_reset(struct fat_long_name *name)
{
    name->count = 0;
}

void fat_long_name_piece(struct fat_long_name *name, const uint8_t *raw)
{
    unsigned number = raw[0] & ~FAT_PIECE_LAST;
    uint16_t *units;

    if (raw[0] & FAT_PIECE_LAST && number <= FAT_PIECES_MAX) {
        name->count = name->next = (uint8_t)number;
        name->checksum = raw[13];
    }
    if (!name->count || !number || number != name->next ||
        raw[13] != name->checksum) {
        name->count = 0;
        return;
    }
    units = name->units + (number - 1) * FAT_PIECE_UNITS;
    for (unsigned i = 0; i < FAT_PIECE_UNITS; i++)
        units[i] = load16(raw + fat_piece_offsets[i]);
    name->next--;
}

/* FATSpec, "ChkSum": rotate right, add, over the 11 bytes. */
uint8_t fat_short_name_checksum(const uint8_t *raw)
{
    uint8_t sum = 0;

    for (unsigned i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + raw[i]);
    return sum;
}

int fat_long_name_text(const struct fat_long_name *name, const uint8_t *raw,
                       char *text)
{
    unsigned limit = name->count * FAT_PIECE_UNITS;
    unsigned length = 0;

    if (!name->count || name->next ||
        name->checksum != fat_short_name_checksum(raw))
        return 0;
    while (length < limit && name->units[length])
        length++;
    if (!length || length > FAT_NAME_UNITS)
        return 0;
    for (unsigned i = 0; i < length; i++) {
        uint32_t c = name->units[i];
        uint32_t low = i + 1 < length ? name->units[i + 1] : 0;
        if (c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i++;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = UTF8_REPLACEMENT; /* half a pair */
        }
        text = put_utf8(text, c);
    }
    *text = 0;
    return 1;
}

/* One part of a short name, without the spaces that fill it up. */
static char *put_short_part(char *to, const uint8_t *part, unsigned length,
                            int small)
{
    while (length && part[length - 1] == ' ')
        length--;
    for (unsigned i = 0; i < length; i++) {
        uint8_t c = part[i];
        if (small && c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + 'a' - 'A');
        to = put_utf8(to, c < 0x80 ? c : code_page_437[c - 0x80]);
    }
    return to;
}

void fat_short_name_text(const uint8_t *raw, char *text)
{
    uint8_t base[8];
    char *end;

    for (unsigned i = 0; i < 8; i++)
        base[i] = raw[i];
    if (base[0] == 0x05)
        base[0] = 0xE5; /* 0xE5 itself would mean a free entry */
    text = put_short_part(text, base, 8, raw[FAT_RAW_CASE] & FAT_CASE_BASE_SMALL);
    *text = '.';
    end = put_short_part(text + 1, raw + 8, 3,
                         raw[FAT_RAW_CASE] & FAT_CASE_EXTENSION_SMALL);
    *(end == text + 1 ? text : end) = 0;
}

uint32_t fat_name_character(const uint8_t **text, const uint8_t *end)
{
    uint32_t c = *(*text)++;

    if (c >= 0xC0 && c < 0xE0 && *text < end && (**text & 0xC0) == 0x80)
        c = (c & 0x1F) << 6 | (*(*text)++ & 0x3F);
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    return c;
}

int fat_name_equal(const char *name, const char *text, size_t length)
{
    const uint8_t *a = (const uint8_t *)name;
    const uint8_t *b = (const uint8_t *)text;
    const uint8_t *a_end = a, *b_end = b + length;

    while (*a_end)
        a_end++;
    while (a < a_end && b < b_end)
        if (fat_name_character(&a, a_end) != fat_name_character(&b, b_end))
            return 0;
    return a == a_end && b == b_end;
}
