/* test_acpi_s5.c - the numbers that switch a machine off, in its byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/acpi_s5.c os/acpi_aml.c
#include "check.h"
#include <acpi_s5.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_ROUNDS 100000

/* 1 if the code has the package and its numbers are a and b. The code is a
 * copy of exactly that length: the address sanitizer sees what is outside. */
static int says(const char *code, size_t length, unsigned a, unsigned b)
{
    uint8_t *copy = malloc(length ? length : 1);
    uint8_t types[2] = {0xEE, 0xEE};
    int found;

    memcpy(copy, code, length);
    found = acpi_find_s5(copy, length, types);
    free(copy);
    return found && types[0] == a && types[1] == b;
}
#define SAYS(code, a, b) says((code), sizeof(code) - 1, (a), (b))

/* As compilers write it: with a prefix, without, with a root, in words. */
static void test_forms(void)
{
    CHECK(SAYS("\x08_S5_\x12\x06\x04\x0A\x05\x0A\x06\x00\x00", 5, 6));
    CHECK(SAYS("junk\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 0, 0));
    CHECK(SAYS("\x08\\_S5_\x12\x08\x04\x01\x0A\x07\x00\x00", 1, 7));
    CHECK(SAYS("\x08_S5_\x12\x0A\x02\x0B\x03\x00\x0C\x04\x00\x00\x00", 3, 4));
    CHECK(SAYS("\x08_S5_\x12\x40\x00\x02\x0A\x02\x0A\x01", 2, 1));
    CHECK(SAYS("\x08_S5_\x12\x04\x01\x0A\x07", 7, 0));
    /* Behind another name that begins alike, and behind a damaged one. */
    CHECK(SAYS("\x08_S4_\x12\x06\x02\x0A\x06\x0A\x06"
               "\x08_S5_\x12\x06\x02\x0A\x07\x0A\x07", 7, 7));
    CHECK(SAYS("\x08_S5_\x99\x08_S5_\x12\x06\x02\x0A\x03\x0A\x02", 3, 2));
}

static void test_refused(void)
{
    uint8_t types[2];

    CHECK(!acpi_find_s5((const uint8_t *)"", 0, types));
    CHECK(!SAYS("_S5_\x12\x06\x02\x0A\x07\x0A\x07", 7, 7)); /* no name */
    CHECK(!SAYS("\x08_S5_\x12\x06\x00\x0A\x07\x0A\x07", 7, 7)); /* empty */
    CHECK(!SAYS("\x08_S5_\x12\x06\x02\x0A\x07\x70", 7, 0)); /* no number */
    CHECK(!SAYS("\x08_S5_\x12\x06\x02\x0A", 7, 0));
    CHECK(!SAYS("\x08_S5_\x12", 7, 0));
    CHECK(!SAYS("\x08_S5_\x12\xC0\x01", 7, 0));
}

/* Never reads outside; every cut of a good one is refused or right. */
static void test_damage(void)
{
    static const char good[] = "\x08\\_S5_\x12\x0A\x02\x0B\x03\x00\x0B\x04";
    unsigned right = 0;

    for (size_t length = 0; length <= sizeof good; length++)
        right += says(good, length, 3, 4);
    CHECK(right == 1);
    srand(1);
    for (unsigned i = 0; i < FUZZ_ROUNDS; i++) {
        char code[sizeof good];

        memcpy(code, good, sizeof good);
        code[(unsigned)rand() % sizeof code] = (char)rand();
        right += says(code, (unsigned)rand() % sizeof code, 3, 4);
    }
    CHECK(right > 1);
}

int main(void)
{
    test_forms();
    test_refused();
    test_damage();
    return check_report("acpi_s5");
}
