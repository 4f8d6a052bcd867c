/* options.c - writes a block of boot options.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs on the developer's PC: `options OUT WORD...` writes the 512 bytes of
 * struct boot_options that boot stages read. Values that boot stages and
 * pure64 could not read are errors; what other words mean only os knows.
 * Errors exit with 1, and OUT is then not written.
 */
#include <errno.h>
#include <pure64/options.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noreturn, format(printf, 1, 2))) void fail(
    const char *text, ...)
{
    va_list list;
    va_start(list, text);
    fputs("options: ", stderr);
    vfprintf(stderr, text, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

/* All words with a space behind each. */
static char *join(char **words, int count)
{
    size_t size = 1;
    for (int i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *text = calloc(1, size);
    if (!text)
        fail("no memory");
    for (int i = 0; i < count; i++) {
        strcat(text, words[i]);
        strcat(text, " ");
    }
    return text;
}

static void check_number(const char *text, const char *name, int suffix,
                         uint64_t least, const char *advice)
{
    const char *value;
    uint64_t number;
    int length = options_find(text, name, &value);
    if (length >= 0 && (!options_number(text, name, suffix, &number) ||
                        number < least))
        fail("%s=%.*s: %s", name, length, value, advice);
}

static void check_console(const char *text)
{
    static const char *const places[] = {"serial", "screen", "both"};
    const char *value;
    int length = options_find(text, "console", &value);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (length == (int)strlen(places[i]) &&
            !memcmp(value, places[i], (size_t)length))
            return;
    if (length >= 0)
        fail("console=%.*s: only serial, screen and both are places to "
             "write to", length, value);
}

static void make(struct boot_options *block, const char *text)
{
    const char *value;
    int length;
    switch (options_make(block, text)) {
    case OPTIONS_ETEXT:
        fail("the words are longer than %d characters, or not all of them "
             "are ASCII", OPTIONS_TEXT_SIZE - 1);
    case OPTIONS_EVIDEO:
        length = options_find(block->text, "video", &value);
        fail("video=%.*s: write a size from 320x200 to 16384x16384, text or "
             "none", length, value);
    }
    check_number(block->text, "cpus", 0, 1, "write a number from 1 on");
    check_number(block->text, "memory", 1, OPTIONS_MEMORY_MIN,
                 "write 4M or more, with K, M or G behind the number");
    check_number(block->text, "tsc_mhz", 0, 1, "write a number from 1 on");
    check_console(block->text);
}

static void write_block(const char *name, const struct boot_options *block)
{
    FILE *file = fopen(name, "wb");
    if (!file)
        fail("%s: %s", name, strerror(errno));
    size_t written = fwrite(block, sizeof *block, 1, file);
    if (fclose(file) || written != 1)
        fail("%s: %s", name, strerror(errno));
}

int main(int argc, char **argv)
{
    struct boot_options block;
    if (argc < 2) {
        fputs("usage: options OUT WORD...\n", stderr);
        return 1;
    }
    char *text = join(argv + 2, argc - 2);
    make(&block, text);
    write_block(argv[1], &block);
    free(text);
    return 0;
}
