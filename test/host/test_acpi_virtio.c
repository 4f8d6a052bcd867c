/* test_acpi_virtio.c - virtio devices in ACPI's byte code.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/acpi_virtio.c os/acpi_aml.c
#include "check.h"
#include <acpi_aml.h>
#include <acpi_virtio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_ROUNDS 100000

/* Device (VR00) { _HID, _UID 0, _CCA 1, _CRS { registers at `base`, one
 * interrupt with these flags } }: as QEMU writes it. */
#define DEVICE "\x5B\x82\x41\x04VR00"
#define HID "\x08_HID\x0DLNRO0005\0"
#define UID "\x08_UID\x00\x08_CCA\x01"
#define CRS "\x08_CRS\x11\x1A\x0A\x17"
#define MEMORY(base) "\x86\x09\x00\x01" base "\x00\x02\x00\x00"
#define INTERRUPT(flags, gsi) "\x89\x06\x00" flags "\x01" gsi "\x00\x00\x00"
#define END "\x79\x00"
#define ONE(base, flags, gsi) \
    DEVICE HID UID CRS MEMORY(base) INTERRUPT(flags, gsi) END

_Static_assert(sizeof(ONE("\x00\x2E\xB0\xFE", "\x01", "\x2F")) - 1 ==
                   2 + 0x41, "0x41 0x04 is the package's length");

static size_t find(const char *code, size_t length, size_t from,
                   struct acpi_virtio *found)
{
    /* The address sanitizer sees what is outside of a copy. */
    uint8_t *copy = malloc(length ? length : 1);
    size_t at;

    memcpy(copy, code, length);
    at = acpi_find_virtio(copy, length, from, found);
    free(copy);
    return at;
}

/* How many there are; *last is the last one. Comes to an end. */
static unsigned count(const char *code, size_t length,
                      struct acpi_virtio *last)
{
    struct acpi_virtio found;
    unsigned n = 0;

    for (size_t at = 0, next; (next = find(code, length, at, &found)); n++) {
        CHECK(next > at && next <= length);
        at = next;
        *last = found;
    }
    return n;
}
#define COUNT(code, last) count((code), sizeof(code) - 1, (last))

static void test_forms(void)
{
    struct acpi_virtio found;

    CHECK(COUNT(ONE("\x00\x2E\xB0\xFE", "\x01", "\x2F"), &found) == 1);
    CHECK(found.address == 0xFEB02E00 && found.size == 0x200);
    CHECK(found.has_interrupt && found.interrupt == 0x2F);
    CHECK(!found.edge && !found.low);
    CHECK(COUNT(ONE("\x00\x00\x00\xD0", "\x03", "\x05") "junk"
                ONE("\x00\x10\x00\xD0", "\x07", "\x06"), &found) == 2);
    CHECK(found.address == 0xD0001000 && found.interrupt == 6);
    CHECK(found.edge && found.low);
    /* Inside another device, which is none. */
    CHECK(COUNT("\x5B\x82\x4F\x04" "BUS0" "\x08_UID\x00"
                ONE("\x00\x20\x00\xD0", "\x05", "\x07"), &found) == 1);
    CHECK(found.address == 0xD0002000 && !found.edge && found.low);
    /* Without an interrupt; resources first, of a kind we do not know too. */
    CHECK(COUNT("\x5B\x82\x38VR00\x08_CRS\x11\x18\x0B\x14\x00"
                "\x22\x10\x00" MEMORY("\x00\x30\x00\xD0") "\x8A\x00\x00" END
                HID "\x08_X0_\x00", &found) == 1);
    CHECK(found.address == 0xD0003000 && !found.has_interrupt);
}

static void test_refused(void)
{
    struct acpi_virtio found;

    CHECK(COUNT("", &found) == 0);
    CHECK(COUNT("\x5B\x82", &found) == 0);
    CHECK(COUNT("\x5B\x82\x01", &found) == 0);
    CHECK(COUNT("\x5B\x82\x00" HID, &found) == 0);
    CHECK(COUNT("\x5B\x82\xFF\xFF\xFF\xFF" HID, &found) == 0);
    CHECK(COUNT(HID CRS MEMORY("\x00\x00\x00\xD0") END, &found) == 0);
    /* No memory; resources that do not end; another device's resources. */
    CHECK(COUNT("\x5B\x82\x1CVR00" HID "\x08_CRS\x11\x02\x00", &found) == 0);
    CHECK(COUNT("\x5B\x82\x21VR00" HID "\x08_CRS\x11\x07\x0A\x05\x86\xFF\xFF\x00",
                &found) == 0);
    CHECK(COUNT("\x5B\x82\x3BVR00" HID "\x5B\x82\x25VR01"
                CRS MEMORY("\x00\x00\x00\xD0") INTERRUPT("\x01", "\x01") END,
                &found) == 0);
}

static void test_numbers(void)
{
    const uint8_t code[] = {0x0C, 0x78, 0x56, 0x34, 0x12, 0xFF, 0x0D};
    uint32_t value;
    size_t size;

    CHECK(aml_number(code, 5, &value) == 5 && value == 0x12345678);
    CHECK(aml_number(code, 4, &value) == 0 && aml_number(code, 0, &value) == 0);
    CHECK(aml_number(code + 5, 1, &value) == 1 && value == 0xFFFFFFFF);
    CHECK(aml_number(code + 6, 1, &value) == 0);
    CHECK(aml_package((const uint8_t *)"\x3F", 63, &size) == 1 && size == 63);
    CHECK(aml_package((const uint8_t *)"\x3F", 62, &size) == 0);
    CHECK(aml_package((const uint8_t *)"\xC1\x02\x03\x04", 1 << 24, &size) ==
              4 && size == 0x403021);
    CHECK(aml_package((const uint8_t *)"\x41\x00", 9, &size) == 0);
    CHECK(aml_package((const uint8_t *)"\x41", 1, &size) == 0);
}

/* Never reads outside, and always comes to an end. */
static void test_damage(void)
{
    static const char good[] = ONE("\x00\x2E\xB0\xFE", "\x01", "\x2F")
                               ONE("\x00\x2C\xB0\xFE", "\x01", "\x2E");
    struct acpi_virtio found;
    unsigned whole = 0;

    for (size_t length = 0; length < sizeof good; length++)
        whole += count(good, length, &found);
    CHECK(whole == 67 + 2); /* bytes of one with its head; all of it */
    srand(1);
    for (unsigned i = 0; i < FUZZ_ROUNDS; i++) {
        char code[sizeof good];

        memcpy(code, good, sizeof good);
        for (int n = rand() % 4; n >= 0; n--)
            code[(unsigned)rand() % sizeof code] = (char)rand();
        whole += count(code, (unsigned)rand() % sizeof code, &found);
    }
    CHECK(whole > FUZZ_ROUNDS / 4);
}

int main(void)
{
    test_forms();
    test_refused();
    test_numbers();
    test_damage();
    return check_report("acpi_virtio");
}
