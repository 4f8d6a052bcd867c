/* fat_new_name.c - names to be written: long ones, and short ones for them.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * FATSpec, "Name Limits and Character Sets" and "The Basis-Name Generation
 * Algorithm". A name that is a short one but for the case of its letters, all
 * alike in each part, needs no long one: two bits keep the case.
 */
#include "error.h"
#include "fat_internal.h"
#include "little_endian.h"
#include <pure64/string.h>

#define BASE_SIZE 8
#define EXTENSION_SIZE 3

/* One character of UTF-8; negative if it is none. Overlong forms, halves of
 * pairs and what Unicode has no place for are none. */
static int32_t next_character(const uint8_t **text, const uint8_t *end)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    uint32_t c = *(*text)++;
    unsigned more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;

    if (c >= 0xF8 || (c >= 0x80 && c < 0xC0))
        return -1;
    if (more)
        c &= 0x3Fu >> more;
    for (unsigned i = 0; i < more; i++) {
        if (*text == end || (**text & 0xC0) != 0x80)
            return -1;
        c = c << 6 | (*(*text)++ & 0x3F);
    }
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ||
        (c & 0xFFFE) == 0xFFFE)
        return -1;
    return (int32_t)c;
}

/* Control codes are refused up to 0x9F, as they could not be shown. */
static int is_allowed(uint32_t c)
{
    return c >= 0x20 && !(c >= 0x7F && c < 0xA0) &&
           !(c < 0x80 && strchr("\"*/:<>?\\|", (int)c));
}

static int parse_units(struct fat_new_name *name, const char *text,
                       size_t length)
{
    const uint8_t *next = (const uint8_t *)text, *end = next + length;

    name->length = 0;
    while (next < end) {
        int32_t c = next_character(&next, end);
        unsigned units = c >= 0x10000 ? 2 : 1;

        if (c < 0 || !is_allowed((uint32_t)c) ||
            name->length + units > FAT_NAME_UNITS)
            return FS_ENAME;
        if (units == 2) {
            name->units[name->length++] =
                (uint16_t)(0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + (c & 0x3FF);
        }
        name->units[name->length++] = (uint16_t)c;
    }
    /* Some systems leave dots and spaces at the end out. */
    if (!name->length || name->units[name->length - 1] == '.' ||
        name->units[name->length - 1] == ' ')
        return FS_ENAME;
    return 0;
}

static int is_short_character(uint16_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') ||
           (c < 0x80 && c && strchr("$%'-_@~`!(){}^#&", c));
}

/* Up to `size` characters of the units from first to end, in capitals.
 * *small and *capital: there are such letters. Returns how many. */
static unsigned put_part(struct fat_new_name *name, unsigned first,
                         unsigned end, uint8_t *to, unsigned size, int *small,
                         int *capital)
{
    unsigned count = 0;

    *small = *capital = 0;
    for (unsigned i = first; i < end; i++) {
        uint16_t c = name->units[i];

        if (c == ' ' || c == '.' || count == size) {
            name->lossy = 1;
            continue;
        }
        if (!is_short_character(c)) {
            name->lossy = 1;
            c = '_';
        }
        *small |= c >= 'a' && c <= 'z';
        *capital |= c >= 'A' && c <= 'Z';
        to[count++] = (uint8_t)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return count;
}

int fat_new_name_parse(struct fat_new_name *name, const char *text,
                       size_t length)
{
    unsigned start = 0, dot, base_small;
    int small, capital, mixed;
    int error = parse_units(name, text, length);

    if (error)
        return error;
    name->lossy = 0;
    memset(name->raw, ' ', sizeof name->raw);
    while (name->units[start] == '.' || name->units[start] == ' ')
        start++;
    if (start)
        name->lossy = 1;
    for (dot = name->length - 1; dot > start && name->units[dot] != '.';)
        dot--;
    if (dot == start)
        dot = name->length;
    name->base_length = put_part(name, start, dot, name->raw, BASE_SIZE,
                                 &small, &capital);
    mixed = small && capital;
    base_small = small ? FAT_CASE_BASE_SMALL : 0;
    put_part(name, dot + (dot < name->length), name->length,
             name->raw + BASE_SIZE, EXTENSION_SIZE, &small, &capital);
    mixed |= small && capital;
    name->case_bits =
        (uint8_t)(base_small | (small ? FAT_CASE_EXTENSION_SMALL : 0));
    name->pieces = 0;
    if (name->lossy || mixed) {
        name->case_bits = 0;
        name->pieces = (name->length + FAT_PIECE_UNITS - 1) / FAT_PIECE_UNITS;
    }
    return 0;
}

int fat_new_name_number(const struct fat_new_name *name, const uint8_t *raw)
{
    unsigned length = BASE_SIZE, wave, number = 0, digits;

    if (memcmp(name->raw + BASE_SIZE, raw + BASE_SIZE, EXTENSION_SIZE))
        return -1;
    if (!memcmp(name->raw, raw, BASE_SIZE))
        return 0;
    while (length && raw[length - 1] == ' ')
        length--;
    for (wave = length; wave && raw[wave - 1] >= '0' && raw[wave - 1] <= '9';)
        wave--;
    digits = length - wave;
    if (!wave || raw[--wave] != '~' || !digits || digits > 6 ||
        raw[wave + 1] == '0')
        return -1;
    for (unsigned i = wave + 1; i < length; i++)
        number = number * 10 + raw[i] - '0';
    length = BASE_SIZE - 1 - digits;
    if (length > name->base_length)
        length = name->base_length;
    return wave == length && !memcmp(name->raw, raw, wave) ? (int)number : -1;
}

void fat_new_name_set_number(struct fat_new_name *name, unsigned number)
{
    unsigned digits = 1, at = name->base_length;

    for (unsigned i = number; i >= 10; i /= 10)
        digits++;
    if (at > BASE_SIZE - 1 - digits)
        at = BASE_SIZE - 1 - digits;
    name->raw[at] = '~';
    for (unsigned i = at + digits; i > at; i--, number /= 10)
        name->raw[i] = (uint8_t)('0' + number % 10);
    for (unsigned i = at + digits + 1; i < BASE_SIZE; i++)
        name->raw[i] = ' ';
}

void fat_new_name_piece(const struct fat_new_name *name, unsigned number,
                        uint8_t *raw)
{
    unsigned first = (number - 1) * FAT_PIECE_UNITS;

    memset(raw, 0, FAT_ENTRY_SIZE);
    raw[0] = (uint8_t)(number |
                       (number == name->pieces ? FAT_PIECE_LAST : 0));
    raw[FAT_RAW_ATTRIBUTES] = FAT_ATTRIBUTE_LONG_NAME;
    raw[13] = fat_short_name_checksum(name->raw);
    /* Behind the name comes a zero, then all ones. */
    for (unsigned i = 0; i < FAT_PIECE_UNITS; i++)
        store16(raw + fat_piece_offsets[i],
                first + i < name->length    ? name->units[first + i]
                : first + i == name->length ? 0
                                            : 0xFFFF);
}
