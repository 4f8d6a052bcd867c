/* library.c - asks each part of the program library for what it promises.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * library        the tests; writes library.tmp to the current folder
 * library type   repeats two lines and a number that are typed
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <os_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failures;

#define CHECK(what) check((what) != 0, #what, __LINE__)

static void check(int right, const char *what, int line)
{
    if (right)
        return;
    printf("library.c:%d: %s\n", line, what);
    failures++;
}

static void test_strings(void)
{
    char text[32] = "one", *rest = 0;
    volatile size_t three = 3; /* else the compiler sees what is cut off */

    CHECK(strlen("four") == 4 && strnlen("four", 2) == 2);
    CHECK(!strcmp(strcat(text, " two"), "one two"));
    CHECK(!strcmp(strncat(text, " three", three), "one two th"));
    CHECK(!strcmp(strcpy(text, "a,b;;c"), "a,b;;c"));
    CHECK(!strcmp(strtok_r(text, ",;", &rest), "a"));
    CHECK(!strcmp(strtok_r(0, ",;", &rest), "b"));
    CHECK(!strcmp(strtok_r(0, ",;", &rest), "c"));
    CHECK(!strtok_r(0, ",;", &rest));
    memset(text, 'x', sizeof text);
    strncpy(text, "abc", 5);
    CHECK(!memcmp(text, "abc\0\0x", 6));
    CHECK(strcmp("a", "b") < 0 && strcmp("\xFF", "a") > 0 &&
          strcmp("a", "a") == 0 && strcmp("ab", "a") > 0);
    CHECK(strncmp("abc", "abd", 2) == 0 && strcasecmp("HeLLo", "hEllO") == 0);
    CHECK(!strcmp(strchr("a/b/c", '/'), "/b/c") && !strchr("abc", 'x'));
    CHECK(!strcmp(strrchr("a/b/c", '/'), "/c") && *strchr("abc", 0) == 0);
    CHECK(!strcmp(strstr("haystack", "sta"), "stack") && !strstr("a", "ab"));
    CHECK(!strcmp(strstr("aaab", "aab"), "aab"));
    CHECK(strspn("aabc", "ab") == 3 && strcspn("abc", "xc") == 2);
    CHECK(!strcmp(strpbrk("key=value", "=:"), "=value"));
    memcpy(text, "0123456789", 11);
    memmove(text + 2, text, 5);
    CHECK(!strcmp(text, "0101234789"));
    memmove(text, text + 2, 5);
    CHECK(!strcmp(text, "0123434789"));
    CHECK(memchr("abc", 'c', 3) && !memchr("abc", 'c', 2));
    CHECK(isalpha('x') && !isalpha('1') && isspace('\t') && ispunct('!') &&
          isxdigit('F') && toupper('q') == 'Q' && tolower('1') == '1');
}

static void test_numbers(void)
{
    char *end = 0;

    CHECK(atoi(" -42x") == -42 && strtol("0x1Fz", &end, 0) == 31);
    CHECK(*end == 'z' && strtol("077", 0, 0) == 63 && strtol("0x", &end, 0) == 0);
    CHECK(*end == 'x' && strtol("zz", 0, 36) == 35 * 37);
    errno = 0;
    CHECK(strtol("9223372036854775807", 0, 10) == LONG_MAX && errno == 0);
    CHECK(strtol("9223372036854775808", 0, 10) == LONG_MAX);
    CHECK(errno == ERANGE);
    CHECK(strtol("-9223372036854775808", 0, 10) == LONG_MIN);
    CHECK(strtoul("18446744073709551615", 0, 10) == ULONG_MAX);
    CHECK(strtod("2.5e3", &end) == 2500 && !*end && atof("-.125") == -.125);
    CHECK(strtol("none", &end, 10) == 0 && *end == 'n');
    CHECK(abs(-3) == 3 && div(-7, 2).quot == -3 && div(-7, 2).rem == -1);
}

static void test_formats(void)
{
    char text[64];
    volatile size_t five = 5;

    CHECK(snprintf(text, five, "%d", 1234567) == 7 && !strcmp(text, "1234"));
    sprintf(text, "[%5.1f|%-4d|%#x|%s|%c|%lld]", 2.25, 7, 255, "s", 'c',
            LLONG_MIN);
    CHECK(!strcmp(text, "[  2.2|7   |0xff|s|c|-9223372036854775808]"));
    sprintf(text, "%" PRIu64 " %" PRIx32 " %zu", UINT64_MAX, UINT32_MAX,
            sizeof text);
    CHECK(!strcmp(text, "18446744073709551615 ffffffff 64"));
}

static void test_scan(void)
{
    char word[8] = "", set[8] = "", c = 0;
    int number = 0, hex = 0, end = 0;
    long large = 0;
    double value = 0;
    float half = 0;

    CHECK(sscanf(" 12 word 3.5e1,x", "%d %7s %lf,%c", &number, word, &value,
                 &c) == 4);
    CHECK(number == 12 && !strcmp(word, "word") && value == 35 && c == 'x');
    CHECK(sscanf("ff:12345678901 .5", "%x:%ld%n%f", &hex, &large, &end,
                 &half) == 3);
    CHECK(hex == 255 && large == 12345678901 && end == 14 && half == 0.5f);
    CHECK(sscanf("abc123", "%[a-c]%*1d%d", set, &number) == 2);
    CHECK(!strcmp(set, "abc") && number == 23);
    CHECK(sscanf("a]b-c", "%[^]]%c%3[]b-]", set, &c, word) == 3 && c == ']');
    CHECK(sscanf("", "%d", &number) == EOF && sscanf("x", "%d", &number) == 0);
    CHECK(sscanf("100%", "%d%%%n", &number, &end) == 1 && end == 4);
    CHECK(sscanf("12345", "%2d%d", &number, &hex) == 2 && number == 12 &&
          hex == 345);
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void test_sort(void)
{
    enum { COUNT = 1000 };
    static int numbers[COUNT];
    long sum = 0, sorted_sum = 0;
    int key = 500;

    srand(1);
    for (int count = 0; count < COUNT; count++) {
        for (int i = 0; i < count; i++)
            sum += numbers[i] = rand() % COUNT;
        qsort(numbers, (size_t)count, sizeof numbers[0], by_value);
        for (int i = 0; i < count; i++) {
            sorted_sum += numbers[i];
            CHECK(!i || numbers[i - 1] <= numbers[i]);
        }
    }
    CHECK(sum == sorted_sum && sum > 0);
    for (int i = 0; i < COUNT; i++)
        numbers[i] = 2 * i;
    CHECK(bsearch(&key, numbers, COUNT, sizeof key, by_value) ==
          &numbers[250]);
    key = 501;
    CHECK(!bsearch(&key, numbers, COUNT, sizeof key, by_value));
}

static void test_memory(void)
{
    char *block = malloc(100), *other;
    int *zeros = calloc(1000, sizeof *zeros);
    uint64_t before = os_interface->memory_free();
    volatile size_t most = SIZE_MAX;
    uintptr_t address;

    CHECK(block && zeros && (uintptr_t)block % 16 == 0);
    for (int i = 0; i < 1000; i++)
        CHECK(!zeros[i]);
    strcpy(block, "kept");
    block = realloc(block, 100000);
    CHECK(!strcmp(block, "kept"));
    address = (uintptr_t)block;
    other = realloc(block, 60000);
    CHECK((uintptr_t)other == address);
    free(other);
    free(zeros);
    free(0);
    CHECK(os_interface->memory_free() > before);
    block = aligned_alloc(4096, 10);
    CHECK((uintptr_t)block % 4096 == 0);
    free(block);
    errno = 0;
    CHECK(!malloc(most) && errno == ENOMEM);
    CHECK(!calloc(most / 2, 4) && !malloc(most >> 14));
}

#define NAME "library.tmp"

static void test_streams(void)
{
    char line[64];
    static char large[10000];
    FILE *file = fopen(NAME, "w+");
    size_t i;

    CHECK(file != 0);
    if (!file)
        return;
    CHECK(fprintf(file, "line %d\n", 1) == 7 && fputs("line 2\n", file) >= 0);
    CHECK(ftell(file) == 14 && !fseek(file, 5, SEEK_SET));
    CHECK(ungetc('8', file) == '8' && fgetc(file) == '8');
    CHECK(fgetc(file) == '1' && ungetc('9', file) == '9' && ftell(file) == 5);
    CHECK(fgetc(file) == '9' && fgetc(file) == '\n' && ftell(file) == 7);
    CHECK(fgets(line, sizeof line, file) && !strcmp(line, "line 2\n"));
    CHECK(!fgets(line, sizeof line, file) && feof(file) && !ferror(file));
    for (i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 7);
    CHECK(!fseek(file, 0, SEEK_END));
    CHECK(fwrite(large, 1, sizeof large, file) == sizeof large);
    CHECK(fputc('!', file) == '!' && !fclose(file));

    file = fopen(NAME, "r");
    CHECK(file && fscanf(file, "line %d line %*d", &failures) == 1);
    failures -= 1; /* it has read the 1 */
    CHECK(fgetc(file) == '\n');
    memset(large, 0, sizeof large);
    CHECK(fread(large, 100, 100, file) == 100 && large[9999] == (char)(9999 * 7));
    CHECK(fgetc(file) == '!' && fgetc(file) == EOF);
    CHECK(fputc('x', file) == EOF && errno == EBADF && ferror(file));
    fclose(file);

    file = fopen(NAME, "a");
    CHECK(file && fputs("end", file) >= 0 && !fclose(file));
    file = fopen(NAME, "r+");
    CHECK(file && !fseek(file, -3, SEEK_END) && fgetc(file) == 'e');
    CHECK(fputc('N', file) == 'N' && !fseek(file, -1, SEEK_CUR));
    CHECK(fgetc(file) == 'N' && fgetc(file) == 'd' && fgetc(file) == EOF);
    fclose(file);
    CHECK(!fopen(NAME, "wx") && errno == EEXIST && !fopen(NAME, "q"));
    CHECK(!remove(NAME) && !fopen(NAME, "r") && errno == ENOENT);
    CHECK(!strcmp(strerror(ENOENT), os_interface->error_text(-9)));
}

static void test_time(void)
{
    struct tm date = { .tm_year = 124, .tm_mon = 1, .tm_mday = 29,
                       .tm_hour = 23, .tm_min = 59, .tm_sec = 61 };
    time_t leap = mktime(&date), now = time(0), zero = 0, old = -1;
    char text[64];

    CHECK(leap == 1709251201 && date.tm_mon == 2 && date.tm_mday == 1 &&
          date.tm_yday == 60 && date.tm_wday == 5);
    CHECK(strftime(text, sizeof text, "%F %T %a %j %I%p %%", &date) == 34);
    CHECK(!strcmp(text, "2024-03-01 00:00:01 Fri 061 12AM %"));
    CHECK(!strftime(text, 5, "%F", &date));
    CHECK(!strcmp(ctime(&zero), "Thu Jan  1 00:00:00 1970\n"));
    CHECK(!strcmp(ctime(&old), "Wed Dec 31 23:59:59 1969\n"));
    for (time_t day = -200000; day < 200000; day += 37) {
        time_t there = day * 86400 + 4242;

        CHECK(mktime(gmtime(&there)) == there);
    }
    CHECK(now > 1700000000 && clock() > 0);
}

/* On all CPUs at once: whole lines, blocks of their own, an errno each. */
static void work(uint64_t begin, uint64_t end, void *argument)
{
    (void)argument;
    for (uint64_t i = begin; i < end; i++) {
        char *block = malloc(1 + i % 1000);
        char expected[32];

        errno = (int)i;
        memset(block, (int)i, 1 + i % 1000);
        snprintf(expected, sizeof expected, "%" PRIu64, i);
        CHECK(strtoul(expected, 0, 10) == i);
        CHECK(block[i % 1000] == (char)i && errno == (int)i);
        if (i % 50 == 0)
            printf("part %" PRIu64 " of the work, done by CPU %u.\n", i,
                   os_interface->cpu_number());
        free(block);
    }
}

/* Callbacks print while all CPUs do: nobody waits for ever. */
static volatile unsigned calls;

static void print_in_callback(void *argument)
{
    fputs("", stdout);
    printf("%s", (const char *)argument);
    if (++calls < 200)
        os_interface->timer(20000, print_in_callback, argument);
}

static void print_nothing(uint64_t begin, uint64_t end, void *argument)
{
    for (uint64_t i = begin; i < end || calls < 200; i++)
        printf("%s", (const char *)argument);
}

static void test_callback(void)
{
    static char nothing[1];

    os_interface->timer(20000, print_in_callback, nothing);
    os_interface->parallel_for(0, os_interface->cpu_count(), 1,
                               print_nothing, nothing);
    CHECK(calls == 200);
}

static int type(void)
{
    char line[20];
    int number;

    for (int i = 0; i < 2; i++) {
        printf("? ");
        if (!fgets(line, sizeof line, stdin))
            return 1;
        printf("[%s]\n", strtok(line, "\n"));
    }
    if (scanf("%d", &number) != 1)
        return 1;
    printf("<%d>\n", number + 1);
    while (getchar() != '\n')
        ;
    printf("%d\n", getchar());
    return 0;
}

static int copy(void)
{
    int c;

    while ((c = getchar()) != EOF)
        putchar(c);
    return 0;
}

static void at_end(void)
{
    puts("library: the end");
}

int main(int argc, char **argv)
{
    assert(argc > 0);
    if (argc > 1 && !strcmp(argv[1], "type"))
        return type();
    if (argc > 1 && !strcmp(argv[1], "copy"))
        return copy();
    assert(argc == 1);
    atexit(at_end);
    test_strings();
    test_numbers();
    test_formats();
    test_scan();
    test_sort();
    test_memory();
    test_streams();
    test_time();
    os_interface->parallel_for(0, 1000, 10, work, 0);
    test_callback();
    CHECK(!getenv("NOBODY_SET_THIS"));
    printf("library: %d failures\n", failures);
    setvbuf(stderr, 0, _IOFBF, 0);
    fputs("library: flushed at the end\n", stderr);
    exit(failures != 0);
}
