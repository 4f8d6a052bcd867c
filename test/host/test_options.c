/* test_options.c - boot options: words, numbers, the block.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: pure64/options.c
#include "check.h"
#include <pure64/options.h>
#include <string.h>

/* The value, "-" if there is no such word. */
static const char *found(const char *text, const char *name)
{
    static char copy[OPTIONS_TEXT_SIZE];
    const char *value = 0;
    int length = options_find(text, name, &value);

    if (length < 0)
        return "-";
    memcpy(copy, value, (size_t)length);
    copy[length] = 0;
    return copy;
}

#define FINDS(text, name, result) CHECK(!strcmp(found(text, name), result))

static void test_find(void)
{
    FINDS(0, "cpus", "-");
    FINDS("", "cpus", "-");
    FINDS("cpus=2", "cpus", "2");
    FINDS("nousb cpus=2", "cpus", "2");
    FINDS("cpus=2 nousb", "cpus", "2");
    FINDS("cpus=2 nousb", "nousb", "");
    FINDS("nousb", "nousb", "");
    FINDS("cpus=", "cpus", "");
    FINDS("cpus=1 x cpus=3", "cpus", "3");
    FINDS("cpus=1 cpus", "cpus", "");
    FINDS("mycpus=2", "cpus", "-");
    FINDS("cpus2=2", "cpus", "-");
    FINDS("cpus", "cpus2", "-");
    FINDS("a=cpus=2", "cpus", "-");
    FINDS("a==", "a", "=");
    FINDS("CPUS=2", "cpus", "-");
}

/* The number; 777 if there is none. */
static uint64_t number(const char *text, int suffix)
{
    uint64_t value = 777;
    int good = options_number(text, "n", suffix, &value);

    CHECK(good == (value != 777));
    return value;
}

static void test_number(void)
{
    CHECK(number("n=0", 0) == 0);
    CHECK(number("n=12 m=3", 0) == 12);
    CHECK(number("n=1 n=2", 0) == 2);
    CHECK(number("n=1 n=x", 0) == 777); /* the last one counts */
    CHECK(number("n=64K", 1) == 65536);
    CHECK(number("n=64M", 1) == 64 << 20);
    CHECK(number("n=8G", 1) == 8ull << 30);
    CHECK(number("n=5", 1) == 5);
    CHECK(number("n=64M", 0) == 777);
    CHECK(number("n=64m", 1) == 777);
    CHECK(number("n=64MM", 1) == 777);
    CHECK(number("n=M", 1) == 777);
    CHECK(number("n=", 1) == 777);
    CHECK(number("n", 1) == 777);
    CHECK(number("", 1) == 777);
    CHECK(number("n=-1", 0) == 777);
    CHECK(number("n=1x", 0) == 777);
    CHECK(number("n=0x10", 0) == 777);
    CHECK(number("n=9223372036854775807", 0) == INT64_MAX);
    CHECK(number("n=9223372036854775808", 0) == 777);
    CHECK(number("n=18446744073709551617", 0) == 777);
    CHECK(number("n=99999999999999999999999999", 0) == 777);
    CHECK(number("n=8589934591G", 1) == 8589934591ull << 30);
    CHECK(number("n=8589934592G", 1) == 777);
}

static struct boot_options block;

static uint32_t sum_of(const struct boot_options *options)
{
    const unsigned char *bytes = (const void *)options;
    uint32_t sum = 0;

    for (unsigned i = 0; i < 512; i += 4)
        sum += bytes[i] | (uint32_t)bytes[i + 1] << 8 |
               (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;
    return sum;
}

/* The text of the block made of `text`, "wrong" if that is refused. */
static const char *made(const char *text)
{
    memset(&block, 0xA5, sizeof block);
    if (options_make(&block, text) != 0)
        return "wrong";
    CHECK(block.magic == 0x4F4D4250 && block.reserved == 0);
    CHECK(sum_of(&block) == 0);
    CHECK(options_check(&block) == OPTIONS_VALID);
    for (unsigned i = 0; i < sizeof block.zeros; i++)
        CHECK(block.zeros[i] == 0);
    for (size_t i = strlen(block.text); i < sizeof block.text; i++)
        CHECK(block.text[i] == 0);
    return block.text;
}

#define MAKES(text, result) CHECK(!strcmp(made(text), result))

static void test_text(void)
{
    char text[2 * OPTIONS_TEXT_SIZE];

    MAKES("", "");
    MAKES("   \t ", "");
    MAKES("cpus=2", "cpus=2");
    MAKES("  cpus=2 \t  nousb  ", "cpus=2 nousb");
    CHECK(options_make(&block, "caf\xc3\xa9") == OPTIONS_ETEXT);
    CHECK(options_make(&block, "a\nb") == OPTIONS_ETEXT);
    CHECK(options_make(&block, "a\x7f") == OPTIONS_ETEXT);
    MAKES("!~", "!~");
    memset(text, 'x', sizeof text);
    text[OPTIONS_TEXT_SIZE - 1] = 0;
    MAKES(text, text);
    text[OPTIONS_TEXT_SIZE - 1] = 'x';
    text[OPTIONS_TEXT_SIZE] = 0;
    CHECK(options_make(&block, text) == OPTIONS_ETEXT);
    text[OPTIONS_TEXT_SIZE - 2] = ' '; /* 254, a space, one more */
    CHECK(options_make(&block, text) == OPTIONS_ETEXT);
    text[OPTIONS_TEXT_SIZE - 1] = ' '; /* blanks behind do not count */
    text[OPTIONS_TEXT_SIZE - 2] = 'x';
    text[OPTIONS_TEXT_SIZE] = ' ';
    text[OPTIONS_TEXT_SIZE + 1] = 0;
    CHECK(strlen(made(text)) == OPTIONS_TEXT_SIZE - 1);
}

/* Video fields of the block: kind, width, height; -1: refused. */
static int has_video(const char *text, int video, int width, int height)
{
    int error = options_make(&block, text);

    if (error)
        return error == OPTIONS_EVIDEO && video == -1;
    return block.video == video && block.width == width &&
           block.height == height;
}

static void test_video(void)
{
    CHECK(has_video("cpus=2", OPTIONS_VIDEO_DEFAULT, 0, 0));
    CHECK(has_video("cpus=2 video=800x600", OPTIONS_VIDEO_SIZE, 800, 600));
    CHECK(has_video("video=320x200", OPTIONS_VIDEO_SIZE, 320, 200));
    CHECK(has_video("video=16384x16384", OPTIONS_VIDEO_SIZE, 16384, 16384));
    CHECK(has_video("video=text nousb", OPTIONS_VIDEO_TEXT, 0, 0));
    CHECK(has_video("video=none", OPTIONS_VIDEO_NONE, 0, 0));
    CHECK(has_video("video=800x600 video=text", OPTIONS_VIDEO_TEXT, 0, 0));
    CHECK(has_video("video=text video=640x480", OPTIONS_VIDEO_SIZE, 640, 480));
    for (const char *const *bad = (const char *const[]){
             "video", "video=", "video=texts", "video=tex", "video=Text",
             "video=319x200", "video=320x199", "video=16385x600",
             "video=800x16385", "video=800", "video=800x", "video=x600",
             "video=800x600x", "video=800x600x32", "video=800X600",
             "video=-800x600", "video=66336x600",
             "video=18446744073709552416x600", 0}; *bad; bad++)
        CHECK(has_video(*bad, -1, 0, 0));
}

/* Any single changed byte is noticed. */
static void test_check(void)
{
    unsigned noticed = 0;

    CHECK(!options_make(&block, "cpus=2 video=text"));
    for (unsigned i = 0; i < sizeof block; i++) {
        unsigned char *byte = (unsigned char *)&block + i;

        *byte ^= 0x40;
        noticed += options_check(&block) ==
                   (i < 4 ? OPTIONS_NONE : OPTIONS_DAMAGED);
        *byte ^= 0x40;
    }
    CHECK(noticed == sizeof block);
    CHECK(options_check(&block) == OPTIONS_VALID);
    /* No end of the text, but the sum is right. */
    memset(block.text, 'x', sizeof block.text);
    block.checksum -= sum_of(&block);
    CHECK(sum_of(&block) == 0);
    CHECK(options_check(&block) == OPTIONS_DAMAGED);
    memset(&block, 0, sizeof block);
    CHECK(options_check(&block) == OPTIONS_NONE);
}

int main(void)
{
    test_find();
    test_number();
    test_text();
    test_video();
    test_check();
    return check_report("test_options");
}
