/* options.c - boot options: words in a text, and the block they stand in.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Compiled into pure64, os and a tool of the PC.
 */
#include <pure64/options.h>
#include <pure64/string.h>

#define WORDS (sizeof(struct boot_options) / sizeof(uint32_t))

static size_t word_length(const char *word)
{
    size_t length = 0;

    while (word[length] && word[length] != ' ')
        length++;
    return length;
}

int options_find(const char *text, const char *name, const char **value)
{
    const size_t name_length = strlen(name);
    size_t length;
    int found = -1;

    for (; text && *text; text += length + (text[length] == ' ')) {
        length = word_length(text);
        if (length < name_length || strncmp(text, name, name_length) != 0)
            continue;
        if (length == name_length) {
            *value = text + length;
            found = 0;
        } else if (text[name_length] == '=') {
            *value = text + name_length + 1;
            found = (int)(length - name_length - 1);
        }
    }
    return found;
}

/* Reads digits up to `end`; behind them, or 0 if there are none or they make
 * 2^63 or more. */
static const char *read_digits(const char *digit, const char *end,
                               uint64_t *number)
{
    const char *const first = digit;

    for (*number = 0; digit < end && *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t value = (uint64_t)(*digit - '0');

        if (*number > (INT64_MAX - value) / 10)
            return 0;
        *number = *number * 10 + value;
    }
    return digit > first ? digit : 0;
}

static unsigned suffix_shift(char suffix)
{
    switch (suffix) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return 0;
    }
}

int options_number(const char *text, const char *name, int suffix,
                   uint64_t *number)
{
    const char *value, *end;
    int length = options_find(text, name, &value);
    unsigned shift = 0;
    uint64_t digits;

    if (length <= 0)
        return 0;
    end = value + length;
    value = read_digits(value, end, &digits);
    if (value && suffix && value < end) {
        shift = suffix_shift(*value);
        value += shift > 0;
    }
    if (value != end || digits > (uint64_t)INT64_MAX >> shift)
        return 0;
    *number = digits << shift;
    return 1;
}

/* Copies text without blanks at its ends and with one space for each run of
 * them inside; OPTIONS_ETEXT if it does not fit or is not ASCII. */
static int copy_words(char *to, const char *text)
{
    size_t length = 0;
    int blank = 0;

    for (; *text; text++) {
        if (*text == ' ' || *text == '\t') {
            blank = length > 0;
            continue;
        }
        if (*text < ' ' || *text > '~' ||
            length + (size_t)blank + 1 >= OPTIONS_TEXT_SIZE)
            return OPTIONS_ETEXT;
        if (blank)
            to[length++] = ' ';
        to[length++] = *text;
        blank = 0;
    }
    return 0;
}

static int is_value(const char *value, int length, const char *text)
{
    return (size_t)length == strlen(text) &&
           memcmp(value, text, (size_t)length) == 0;
}

static int read_size(struct boot_options *block, const char *value, int length)
{
    const char *const end = value + length;
    uint64_t width, height;

    value = read_digits(value, end, &width);
    if (!value || value == end || *value != 'x' || width < OPTIONS_WIDTH_MIN ||
        width > OPTIONS_SIZE_MAX)
        return OPTIONS_EVIDEO;
    value = read_digits(value + 1, end, &height);
    if (value != end || height < OPTIONS_HEIGHT_MIN ||
        height > OPTIONS_SIZE_MAX)
        return OPTIONS_EVIDEO;
    block->video = OPTIONS_VIDEO_SIZE;
    block->width = (uint16_t)width;
    block->height = (uint16_t)height;
    return 0;
}

static int read_video(struct boot_options *block)
{
    const char *value;
    int length = options_find(block->text, "video", &value);

    if (length < 0)
        return 0;
    if (is_value(value, length, "text"))
        block->video = OPTIONS_VIDEO_TEXT;
    else if (is_value(value, length, "none"))
        block->video = OPTIONS_VIDEO_NONE;
    else
        return read_size(block, value, length);
    return 0;
}

static uint32_t sum(const struct boot_options *block)
{
    uint32_t words[WORDS], total = 0;

    memcpy(words, block, sizeof words);
    for (unsigned i = 0; i < WORDS; i++)
        total += words[i];
    return total;
}

int options_make(struct boot_options *block, const char *text)
{
    int error;

    memset(block, 0, sizeof *block);
    block->magic = OPTIONS_MAGIC;
    error = copy_words(block->text, text);
    if (!error)
        error = read_video(block);
    block->checksum = 0 - sum(block);
    return error;
}

enum options_state options_check(const struct boot_options *block)
{
    if (block->magic != OPTIONS_MAGIC)
        return OPTIONS_NONE;
    if (sum(block) != 0 || block->text[OPTIONS_TEXT_SIZE - 1])
        return OPTIONS_DAMAGED;
    return OPTIONS_VALID;
}
