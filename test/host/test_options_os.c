/* test_options_os.c - the option words of config.txt and boot command line.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/options.c pure64/options.c
#include "check.h"
#include "options.h"
#include <string.h>

static char word[OPTIONS_WORD_SIZE];
static unsigned option;

static int read_line(const char *line)
{
    return options_read(line, strlen(line), word, &option);
}

/* The line is right, and means that word. */
#define IS(line, number, result) \
    CHECK(read_line(line) == (number) && option == (number) && \
          !strcmp(word, result))
/* It says nothing. */
#define SAYS_NOTHING(line) CHECK(read_line(line) == OPTIONS)
#define WRONG_NAME(line) \
    CHECK(read_line(line) == OPTIONS_ENAME && option == OPTIONS)
#define WRONG_VALUE(line, number) \
    CHECK(read_line(line) == OPTIONS_EVALUE && option == (number))

static void test_lines(void)
{
    SAYS_NOTHING("");
    SAYS_NOTHING("   \t");
    SAYS_NOTHING("\r");
    SAYS_NOTHING("# startup=x");
    SAYS_NOTHING("  # cpus=0");
    IS("startup=list.txt", OPTION_STARTUP, "startup=list.txt");
    IS("  STARTUP = A Program  \r", OPTION_STARTUP, "startup=A Program");
    IS("keyboard = de ", OPTION_KEYBOARD, "keyboard=de");
    IS("nousb", OPTION_NOUSB, "nousb");
    IS(" NoUSB\r", OPTION_NOUSB, "nousb");
    IS("cpus\t=\t2", OPTION_CPUS, "cpus=2");
    WRONG_NAME("cpu=2");
    WRONG_NAME("cpuss=2");
    WRONG_NAME("=2");
    WRONG_NAME("c");
    WRONG_NAME("start up=x");
    /* Only what is inside the length counts. */
    CHECK(options_read("cpus=23", 6, word, &option) == OPTION_CPUS &&
          !strcmp(word, "cpus=2"));
    CHECK(options_read("nousbx", 5, word, &option) == OPTION_NOUSB);
}

static void test_numbers(void)
{
    IS("cpus=1", OPTION_CPUS, "cpus=1");
    WRONG_VALUE("cpus", OPTION_CPUS);
    WRONG_VALUE("cpus=", OPTION_CPUS);
    WRONG_VALUE("cpus=0", OPTION_CPUS);
    WRONG_VALUE("cpus=-1", OPTION_CPUS);
    WRONG_VALUE("cpus=2K", OPTION_CPUS);
    WRONG_VALUE("cpus=2 3", OPTION_CPUS);
    WRONG_VALUE("cpus=99999999999999999999", OPTION_CPUS);
    IS("memory=4M", OPTION_MEMORY, "memory=4M");
    IS("memory=64m", OPTION_MEMORY, "memory=64M");
    IS("memory=4194304", OPTION_MEMORY, "memory=4194304");
    IS("memory=2G", OPTION_MEMORY, "memory=2G");
    WRONG_VALUE("memory=4095K", OPTION_MEMORY);
    WRONG_VALUE("memory=64MB", OPTION_MEMORY);
    WRONG_VALUE("memory=M", OPTION_MEMORY);
    WRONG_VALUE("memory=64 M", OPTION_MEMORY);
    IS("tsc_mhz=100000", OPTION_TSC_MHZ, "tsc_mhz=100000");
    WRONG_VALUE("tsc_mhz=100001", OPTION_TSC_MHZ);
    WRONG_VALUE("tsc_mhz=0", OPTION_TSC_MHZ);
}

static void test_choices(void)
{
    IS("video=1024x768", OPTION_VIDEO, "video=1024x768");
    IS("video=320X200", OPTION_VIDEO, "video=320x200");
    IS("video=16384x16384", OPTION_VIDEO, "video=16384x16384");
    IS("video=Text", OPTION_VIDEO, "video=text");
    IS("video=none", OPTION_VIDEO, "video=none");
    WRONG_VALUE("video=319x200", OPTION_VIDEO);
    WRONG_VALUE("video=320x199", OPTION_VIDEO);
    WRONG_VALUE("video=16385x200", OPTION_VIDEO);
    WRONG_VALUE("video=1024x768x32", OPTION_VIDEO);
    WRONG_VALUE("video=1024", OPTION_VIDEO);
    WRONG_VALUE("video=x768", OPTION_VIDEO);
    WRONG_VALUE("video=", OPTION_VIDEO);
    WRONG_VALUE("video", OPTION_VIDEO);
    WRONG_VALUE("video=320x200 nousb", OPTION_VIDEO);
    IS("console=serial", OPTION_CONSOLE, "console=serial");
    IS("console=SCREEN", OPTION_CONSOLE, "console=screen");
    IS("console=both", OPTION_CONSOLE, "console=both");
    WRONG_VALUE("console=com1", OPTION_CONSOLE);
    WRONG_VALUE("nousb=1", OPTION_NOUSB);
    WRONG_VALUE("nousb=", OPTION_NOUSB);
    WRONG_VALUE("startup", OPTION_STARTUP);
    WRONG_VALUE("startup=", OPTION_STARTUP);
    WRONG_VALUE("startup= ", OPTION_STARTUP);
}

/* The longest that fits, and one more. */
static void test_lengths(void)
{
    char line[200];

    memset(line, 'x', sizeof line);
    memcpy(line, "startup=", 8);
    line[8 + 63] = 0;
    IS(line, OPTION_STARTUP, line);
    line[8 + 63] = 'x';
    line[8 + 64] = 0;
    CHECK(read_line(line) < 0 && option == OPTION_STARTUP);
    line[sizeof line - 1] = 0;
    CHECK(read_line(line) == OPTIONS_ELONG && option == OPTION_STARTUP);
    memcpy(line, "cpusxxxx", 8);
    WRONG_NAME(line);
}

static void test_same(void)
{
    CHECK(options_same(OPTION_MEMORY, "memory=1G", "memory=1024M"));
    CHECK(!options_same(OPTION_MEMORY, "memory=1G", "memory=1000M"));
    CHECK(options_same(OPTION_CPUS, "cpus=2", "cpus=02"));
    CHECK(!options_same(OPTION_CPUS, "cpus=2", ""));
    CHECK(options_same(OPTION_NOUSB, "nousb", "nousb"));
    CHECK(!options_same(OPTION_NOUSB, "nousb", ""));
    CHECK(!options_same(OPTION_VIDEO, "video=text", "video=none"));
}

/* The boot words, in the order of the table, and a block made of them. */
static void test_text(void)
{
    static struct options_set set;
    char text[OPTIONS_TEXT_SIZE];
    struct boot_options block;

    CHECK(!options_text(&set, text) && !text[0]);
    strcpy(set.word[OPTION_NOUSB], "nousb");
    strcpy(set.word[OPTION_CPUS], "cpus=2");
    strcpy(set.word[OPTION_STARTUP], "startup=x");
    strcpy(set.word[OPTION_VIDEO], "video=800x600");
    CHECK(!options_text(&set, text));
    CHECK(!strcmp(text, "cpus=2 video=800x600 nousb"));
    CHECK(!options_make(&block, text) && block.width == 800);
    CHECK(options_check(&block) == OPTIONS_VALID);
    for (unsigned i = 0; i < OPTIONS; i++) {
        memset(set.word[i], 'x', OPTIONS_WORD_SIZE - 1);
        set.word[i][OPTIONS_WORD_SIZE - 1] = 0;
    }
    CHECK(options_text(&set, text) == OPTIONS_ETEXT);
}

/* What the table says of itself. */
static void test_table(void)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        CHECK(options_table[i].name && options_table[i].values[0] &&
              options_table[i].summary[0]);
        CHECK(strlen(options_table[i].name) + 1 + options_table[i].most <
                  OPTIONS_WORD_SIZE ||
              options_table[i].kind != OPTIONS_NAME);
    }
}

int main(void)
{
    test_lines();
    test_numbers();
    test_choices();
    test_lengths();
    test_same();
    test_text();
    test_table();
    return check_report("test_options_os");
}
