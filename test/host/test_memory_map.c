/* test_memory_map.c - memory maps: clean, broken, and random ones.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The random ones are compared with a model that keeps a mark for each 512
 * bytes of a small address space.
 */
// sources: pure64/memory_map.c
#include <memory_map.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define UNIT 512u
#define UNITS 2048u
#define LIMIT ((uint64_t)UNIT * UNITS)
#define RECORDS_MAX 400
#define ROUNDS 3000
#define UEFI_RECORD_BYTES 56 /* more than the structure: as firmware may */

static struct memory_ranges set;

/* A map under construction. The code under test gets a copy of its exact
 * size, so that the address sanitizer sees reads behind it. */
static struct memory_e820 e820[RECORDS_MAX];
static unsigned count;

static void add(uint64_t base, uint64_t length, uint32_t type)
{
    e820[count++] = (struct memory_e820){base, length, type, 1, 0};
}

static struct memory_source source_e820(void)
{
    static void *copy;
    free(copy);
    copy = malloc(count * sizeof e820[0]);
    if (count > 0)
        memcpy(copy, e820, count * sizeof e820[0]);
    return (struct memory_source){copy, count * (uint32_t)sizeof e820[0],
                                  sizeof e820[0], MEMORY_E820};
}

static uint32_t uefi_type(uint32_t type)
{
    static const uint32_t usable[] = {1, 2, 3, 4, 7};
    return type == 1 ? usable[(unsigned)rand() % 5] : type == 2 ? 0 : 9;
}

/* The same as a UEFI map; lengths must be whole pages. */
static struct memory_source source_uefi(void)
{
    static char *copy;
    free(copy);
    copy = calloc(count, UEFI_RECORD_BYTES);
    for (unsigned i = 0; i < count; i++) {
        struct memory_uefi record = {uefi_type(e820[i].type), 0xDEAD,
                                     e820[i].base, 0,
                                     e820[i].length / MEMORY_MAP_PAGE, 0xF};
        memcpy(copy + i * UEFI_RECORD_BYTES, &record, sizeof record);
    }
    return (struct memory_source){copy, count * UEFI_RECORD_BYTES,
                                  UEFI_RECORD_BYTES, MEMORY_UEFI};
}

static int is(unsigned i, uint64_t base, uint64_t end)
{
    return i < set.count && set.range[i].base == base &&
           set.range[i].base + set.range[i].size == end;
}

static void read_map(void)
{
    struct memory_source source = source_e820();
    memory_map_read(&source, 1ull << 47, &set);
}

static void test_ordinary(void)
{
    struct memory_source source;

    count = 0;
    add(0x100000, 0xFEE0000, 1);
    add(0, 0x9FC00, 1);
    add(0x9FC00, 0x400, 2);
    add(0xF0000, 0x10000, 2);
    add(0xFFE0000, 0x20000, 3);
    add(0x100000000, 0x80000000, 1);
    add(0xFD00000000, 0x300000000, 2);
    read_map();
    CHECK(set.count == 3 && set.lost == 0);
    CHECK(is(0, 0, 0x9FC00));
    CHECK(is(1, 0x100000, 0xFFE0000));
    CHECK(is(2, 0x100000000, 0x180000000));
    CHECK(memory_ranges_total(&set) == 0x9FC00 + 0xFEE0000 + 0x80000000ull);
    memory_ranges_align(&set);
    CHECK(is(0, 0, 0x9F000));
    CHECK(memory_ranges_find(&set, 0x9EFFF) == &set.range[0]);
    CHECK(memory_ranges_find(&set, 0x9F000) == 0);
    CHECK(memory_ranges_find(&set, 0x100000) == &set.range[1]);

    source = source_e820();
    CHECK(memory_map_type(&source, 0x9FC00) == 2);
    CHECK(memory_map_type(&source, 0x9FBFF) == 1);
    CHECK(memory_map_type(&source, 0xFFE0000) == 3);
    CHECK(memory_map_type(&source, 0xA0000) == MEMORY_TYPE_NONE);
    memory_map_read(&source, 0x140000000, &set);
    CHECK(set.count == 3 && is(2, 0x100000000, 0x140000000));
}

static void test_broken(void)
{
    struct memory_source source;

    count = 0;
    read_map();
    CHECK(set.count == 0);

    add(0x5000, 0, 1);              /* empty */
    add(0, 0, 2);
    add(0x10000, 0x10000, 1);
    add(0x18000, 0x10000, 1);       /* overlaps */
    add(0x28000, 0x8000, 1);        /* touches */
    add(0x1C000, 0x1000, 5);        /* inside */
    add(0x12000, 0, 2);             /* empty, inside */
    add(0x40000, UINT64_MAX, 1);    /* wraps: not believed */
    add(1ull << 60, 1ull << 40, 1); /* beyond every CPU */
    read_map();
    CHECK(set.count == 2 && set.lost == 0);
    CHECK(is(0, 0x10000, 0x1C000));
    CHECK(is(1, 0x1D000, 0x30000));

    add(0x20000, UINT64_MAX, 2);    /* wraps: all from there is taken */
    read_map();
    CHECK(set.count == 2 && is(1, 0x1D000, 0x20000));
    add(0, UINT64_MAX, 2);
    read_map();
    CHECK(set.count == 0);

    /* Pages that only two records together make whole. */
    count = 0;
    add(0x1800, 0x1000, 1);
    add(0x2800, 0x900, 1);
    read_map();
    memory_ranges_align(&set);
    CHECK(set.count == 1 && is(0, 0x2000, 0x3000));

    /* A record cut short, a record size too small, none at all. */
    source = source_e820();
    source.bytes -= 1;
    memory_map_read(&source, LIMIT, &set);
    CHECK(set.count == 1 && is(0, 0x1800, 0x2800));
    source.record_bytes = 24;
    memory_map_read(&source, LIMIT, &set);
    CHECK(set.count == 0);
    source.record_bytes = 0;
    memory_map_read(&source, LIMIT, &set);
    CHECK(set.count == 0);
}

static void test_uefi(void)
{
    const uint64_t huge_pages = 1ull << 53;
    struct memory_uefi record = {7, 0, 0x100000, 0, huge_pages, 0};
    struct memory_source source = {&record, sizeof record, sizeof record,
                                   MEMORY_UEFI};

    memory_map_read(&source, 1ull << 40, &set);
    CHECK(set.count == 0); /* 2^65 bytes: not believed */
    for (uint32_t type = 0; type < 20; type++) {
        int usable = (type >= 1 && type <= 4) || type == 7;
        record = (struct memory_uefi){type, 0, 0x100000, 0, 16, 0};
        memory_map_read(&source, 1ull << 40, &set);
        CHECK(set.count == (unsigned)usable);
        CHECK(!usable || is(0, 0x100000, 0x110000));
        CHECK(memory_map_type(&source, 0x10FFFF) == type);
    }
}

/* More ranges than fit: the smallest go, and it is told. */
static void test_full(void)
{
    const unsigned pieces = MEMORY_RANGES_MAX + 40;

    count = 0;
    for (unsigned i = 0; i < pieces; i++)
        add((uint64_t)i * 0x10000, i % 2 ? 0x8000 : 0x4000, 1);
    add(0x100000000, 0x100000000, 1);
    read_map();
    CHECK(set.count == MEMORY_RANGES_MAX);
    CHECK(set.lost == 41);
    CHECK(is(set.count - 1, 0x100000000, 0x200000000));
    for (unsigned i = 0; i < set.count; i++) {
        unsigned piece = (unsigned)(set.range[i].base / 0x10000);
        CHECK(i == 0 || set.range[i].base > set.range[i - 1].base +
                                                set.range[i - 1].size);
        CHECK(piece >= pieces ||
              set.range[i].size == (piece % 2 ? 0x8000u : 0x4000u));
    }
    /* What is smaller than all the others stays outside. */
    memory_ranges_add(&set, 0x80000000, 0x1000);
    CHECK(set.count == MEMORY_RANGES_MAX && set.lost == 42);
    CHECK(memory_ranges_find(&set, 0x80000000) == 0);
    /* A hole in a full set costs a range, and never frees the hole. */
    memory_ranges_remove(&set, 0x140000000, 0x1000);
    CHECK(set.count == MEMORY_RANGES_MAX && set.lost == 43);
    CHECK(memory_ranges_find(&set, 0x140000000) == 0);
    CHECK(memory_ranges_find(&set, 0x140001000) != 0);
    CHECK(memory_ranges_find(&set, 0x13FFFFFFF) != 0);
}

static void model_apply(unsigned char *model)
{
    memset(model, 0, UNITS);
    for (int usable = 1; usable >= 0; usable--)
        for (unsigned i = 0; i < count; i++)
            for (unsigned u = 0; u < UNITS; u++)
                if ((e820[i].type == 1) == usable &&
                    u * UNIT - e820[i].base < e820[i].length)
                    model[u] = (unsigned char)usable;
}

static int matches(const unsigned char *model)
{
    unsigned i = 0;

    for (unsigned u = 0; u < UNITS; u++) {
        uint64_t at = (uint64_t)u * UNIT;
        while (i < set.count &&
               at >= set.range[i].base + set.range[i].size)
            i++;
        int in = i < set.count && at >= set.range[i].base;
        if (in != model[u])
            return 0;
    }
    for (i = 0; i < set.count; i++)
        if (set.range[i].size == 0 ||
            set.range[i].base + set.range[i].size > LIMIT ||
            (i > 0 && set.range[i].base <=
                          set.range[i - 1].base + set.range[i - 1].size))
            return 0;
    return 1;
}

static void model_align(unsigned char *model)
{
    const unsigned units = MEMORY_MAP_PAGE / UNIT;

    for (unsigned page = 0; page < UNITS; page += units) {
        int whole = !memchr(model + page, 0, units);
        memset(model + page, whole, units);
    }
}

static void test_random(void)
{
    static unsigned char model[UNITS];
    unsigned good = 0, good_aligned = 0, lost = 0;

    srand(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const int uefi = round % 2;
        const uint64_t unit = uefi ? MEMORY_MAP_PAGE : UNIT;
        const unsigned units = uefi ? UNITS / 8 : UNITS;
        struct memory_source source;

        count = 0;
        for (unsigned n = 1 + (unsigned)rand() % 60; n > 0; n--)
            add((uint64_t)rand() % (units + 20) * unit,
                (uint64_t)rand() % (rand() % 4 ? units / 16 : units) * unit,
                rand() % 3 ? 1 : 2 + (uint32_t)rand() % 3);
        source = uefi ? source_uefi() : source_e820();
        memory_map_read(&source, LIMIT, &set);
        model_apply(model);
        good += (unsigned)matches(model);
        memory_ranges_align(&set);
        model_align(model);
        good_aligned += (unsigned)matches(model);
        lost += set.lost;
    }
    CHECK(good == ROUNDS);
    CHECK(good_aligned == ROUNDS);
    CHECK(lost == 0);
}

static void test_limit(void)
{
    static const uint64_t sizes[] = {0x300, 0x100, 0x101, 0x1FF, 0x2FF, 1};

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        set.count = 0;
        memory_ranges_add(&set, 0x1000, 0x100);
        memory_ranges_add(&set, 0x2000, 0x100);
        memory_ranges_add(&set, 0x4000, 0x100);
        memory_ranges_limit(&set, UINT64_MAX);
        CHECK(set.count == 3 && memory_ranges_total(&set) == 0x300);
        memory_ranges_limit(&set, sizes[i]);
        CHECK(memory_ranges_total(&set) == sizes[i]);
        CHECK(set.count == (sizes[i] + 0xFF) / 0x100);
    }
    CHECK(is(0, 0x1000, 0x1001));
    memory_ranges_limit(&set, 0);
    CHECK(set.count == 0);
    memory_ranges_limit(&set, 5);
    CHECK(set.count == 0);
}

int main(void)
{
    test_ordinary();
    test_broken();
    test_uefi();
    test_full();
    test_limit();
    test_random();
    return check_report("test_memory_map");
}
