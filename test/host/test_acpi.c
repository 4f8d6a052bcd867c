/* test_acpi.c - ACPI tables: good ones, broken ones, and random damage.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Tables stand in a make-believe physical memory of 1.5 MiB. Every piece the
 * parser asks for is given to it as a copy of exactly that size, so that the
 * address sanitizer sees each byte read outside.
 */
// sources: pure64/acpi.c
#include <acpi.h>
#include <paging.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define RAM_SIZE 0x180000
#define RSDP_AT 0xF5A40
#define XSDT_AT 0x110000
#define RSDT_AT 0x110400
#define MADT_AT 0x111000
#define FADT_AT 0x113000
#define HPET_AT 0x113800
#define MCFG_AT 0x114000
#define EBDA_AT 0x9F000
#define FUZZ_ROUNDS 20000
#define MAPS_MAX 8192

static uint8_t ram[RAM_SIZE];
static void *maps[MAPS_MAX];
static unsigned map_count;

/* The table between two walls that must stay as they are. */
static struct {
    uint64_t before[8];
    struct sysinfo table;
    uint64_t after[8];
} out;
static struct acpi acpi;

static const uint8_t *map_copy(void *context, uint64_t physical, size_t size)
{
    (void)context;
    if (physical >= RAM_SIZE || size > RAM_SIZE - physical ||
        map_count >= MAPS_MAX)
        return 0;
    maps[map_count] = malloc(size ? size : 1);
    memcpy(maps[map_count], ram + physical, size);
    return maps[map_count++];
}

/* Asked only by acpi_init, which is not tested here. */
int paging_map_device(uint64_t base, uint64_t size)
{
    (void)base, (void)size;
    return -1;
}

static void unmap_all(void)
{
    while (map_count)
        free(maps[--map_count]);
}

static void put(uint64_t at, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        ram[at + i] = (uint8_t)(value >> 8 * i);
}

/* Makes the bytes add up to 0 by the one at `field`. */
static void balance(uint64_t at, size_t size, size_t field)
{
    uint8_t sum = 0;

    ram[at + field] = 0;
    for (size_t i = 0; i < size; i++)
        sum += ram[at + i];
    ram[at + field] = (uint8_t)-sum;
}

static void finish(uint64_t at, const char *signature, uint32_t size,
                   uint8_t revision)
{
    memcpy(ram + at, signature, 4);
    put(at + 4, 4, size);
    ram[at + 8] = revision;
    memcpy(ram + at + 10, "TESTER", 6);
    balance(at, size, 9);
}

static uint32_t madt_size;

static void madt_begin(void)
{
    memset(ram + MADT_AT, 0, 0x2000);
    put(MADT_AT + 36, 4, 0xFEE00000);
    madt_size = 44;
}

static uint64_t madt_entry(uint8_t type, uint8_t size)
{
    uint64_t at = MADT_AT + madt_size;

    ram[at] = type;
    ram[at + 1] = size;
    madt_size += size;
    return at;
}

static void madt_cpu(uint8_t id, uint32_t flags)
{
    uint64_t at = madt_entry(0, 8);

    ram[at + 3] = id;
    put(at + 4, 4, flags);
}

static void madt_x2apic(uint32_t id, uint32_t flags)
{
    uint64_t at = madt_entry(9, 16);

    put(at + 4, 4, id);
    put(at + 8, 4, flags);
}

static void madt_ioapic(uint8_t id, uint32_t address, uint32_t gsi)
{
    uint64_t at = madt_entry(1, 12);

    ram[at + 2] = id;
    put(at + 4, 4, address);
    put(at + 8, 4, gsi);
}

static void madt_override(uint8_t source, uint32_t gsi, uint16_t flags)
{
    uint64_t at = madt_entry(2, 10);

    ram[at + 3] = source;
    put(at + 4, 4, gsi);
    put(at + 8, 2, flags);
}

static void madt_end(void)
{
    finish(MADT_AT, "APIC", madt_size, 3);
}

static void put_rsdp(uint64_t at, uint8_t revision)
{
    memset(ram + at, 0, 36);
    memcpy(ram + at, "RSD PTR ", 8);
    ram[at + 15] = revision;
    put(at + 16, 4, RSDT_AT);
    put(at + 20, 4, revision >= 2 ? 36 : 0);
    put(at + 24, 8, revision >= 2 ? XSDT_AT : 0);
    balance(at, 20, 8);
    if (revision >= 2)
        balance(at, 36, 32);
}

static void put_roots(void)
{
    static const uint32_t tables[] = {FADT_AT, MADT_AT, HPET_AT, MCFG_AT};

    for (unsigned i = 0; i < 4; i++) {
        put(XSDT_AT + 36 + 8 * i, 8, tables[i]);
        put(RSDT_AT + 36 + 4 * i, 4, tables[i]);
    }
    finish(XSDT_AT, "XSDT", 36 + 4 * 8, 1);
    finish(RSDT_AT, "RSDT", 36 + 4 * 4, 1);
}

static void put_fadt(uint32_t size, uint8_t revision)
{
    memset(ram + FADT_AT, 0, 0x200);
    put(FADT_AT + 76, 4, 0x608);
    ram[FADT_AT + 91] = 4;
    put(FADT_AT + 109, 2, 0x0011);
    if (size >= 220) {
        ram[FADT_AT + 208] = 1;
        put(FADT_AT + 212, 8, 0xB008);
    }
    finish(FADT_AT, "FACP", size, revision);
}

static void put_hpet(void)
{
    memset(ram + HPET_AT, 0, 56);
    put(HPET_AT + 44, 8, 0xFED00000);
    put(HPET_AT + 53, 2, 0x1234);
    finish(HPET_AT, "HPET", 56, 1);
}

static void put_mcfg(unsigned ranges, unsigned zero_at)
{
    memset(ram + MCFG_AT, 0, 0x1000);
    for (unsigned i = 0; i < ranges; i++) {
        uint64_t at = MCFG_AT + 44 + 16 * i;

        put(at, 8, 0xB0000000 + 0x10000000ull * i);
        put(at + 8, 2, i == zero_at ? 0 : i + 1);
        ram[at + 11] = 0xFF;
    }
    finish(MCFG_AT, "MCFG", 44 + 16 * ranges, 1);
}

static void put_madt(void)
{
    madt_begin();
    madt_cpu(0, 1);
    madt_cpu(2, 1);
    madt_cpu(4, 0);      /* disabled */
    madt_cpu(6, 2);      /* may be added later: not enabled */
    madt_cpu(2, 1);      /* repeated */
    madt_cpu(0xFF, 1);   /* not an id */
    madt_x2apic(2, 1);   /* repeated as another type */
    madt_x2apic(300, 1);
    madt_x2apic(301, 0);
    madt_x2apic(70000, 1);
    madt_x2apic(70000, 1);
    madt_x2apic(0xFFFFFFFF, 1);
    madt_ioapic(9, 0xFEC01000, 24);
    madt_ioapic(8, 0xFEC00000, 0);
    madt_override(0, 2, 0);
    madt_override(9, 9, 0x000D);
    put(madt_entry(5, 12) + 4, 8, 0x1FEE00000ull);
    madt_end();
}

static void machine(void)
{
    memset(ram, 0, RAM_SIZE);
    put_rsdp(RSDP_AT, 2);
    put_roots();
    put_fadt(244, 3);
    put_madt();
    put_hpet();
    put_mcfg(3, 1);
}

static int walls_stand(void)
{
    for (unsigned i = 0; i < 8; i++)
        if (out.before[i] != ~0ull || out.after[i] != ~0ull)
            return 0;
    return out.table.ioapics <= SYSINFO_IOAPICS_MAX &&
           out.table.overrides <= SYSINFO_OVERRIDES_MAX &&
           out.table.pcie_ranges <= SYSINFO_PCIE_MAX &&
           out.table.pcie[out.table.pcie_ranges].base == ~0ull;
}

static void parse(uint64_t rsdp, uint64_t ebda)
{
    const struct acpi_memory memory = {map_copy, 0};

    unmap_all();
    memset(&out, 0xFF, sizeof out);
    memset(&out.table, 0, sizeof out.table);
    acpi_read(&acpi, &memory, rsdp, ebda, &out.table);
    CHECK(walls_stand());
}

static void check_ids(uint32_t boot, uint32_t max, const uint32_t *expected,
                      uint32_t count)
{
    uint32_t *ids = malloc(max * sizeof *ids);

    CHECK(acpi_list_cpus(&acpi, boot, ids, max) == count);
    CHECK(!memcmp(ids, expected, count * sizeof *ids));
    free(ids);
}

static void check_no_acpi(void)
{
    static const uint32_t alone[] = {7};

    CHECK(acpi.root == 0 && acpi.rsdp == 0 && acpi.madt == 0);
    CHECK(out.table.acpi_root == 0);
    CHECK(out.table.iapc_boot_arch == 3);
    CHECK(out.table.ioapics == 1);
    CHECK(out.table.ioapic[0].address == 0xFEC00000);
    CHECK(out.table.overrides == 0 && out.table.pcie_ranges == 0);
    check_ids(7, 1, alone, 1);
}

static void test_good(void)
{
    static const uint32_t ids[] = {0, 2, 300, 70000};
    static const uint32_t others[] = {300, 0, 2, 70000};
    static const uint32_t unlisted[] = {5, 0, 2, 300, 70000};

    machine();
    parse(RSDP_AT, 0);
    CHECK(acpi.rsdp == RSDP_AT && acpi.root == XSDT_AT);
    CHECK(out.table.acpi_root == XSDT_AT);
    CHECK(acpi.fadt == FADT_AT && acpi.madt == MADT_AT);
    CHECK(acpi.pm_timer == 0xB008);
    CHECK(acpi.hpet == 0xFED00000 && acpi.hpet_minimum_tick == 0x1234);
    CHECK(acpi.lapic == 0x1FEE00000ull);
    CHECK(acpi.apic_id_max == 70000);
    CHECK(out.table.iapc_boot_arch == 0x11);
    check_ids(0, acpi.cpu_entries + 1, ids, 4);
    check_ids(300, acpi.cpu_entries + 1, others, 4);
    check_ids(5, acpi.cpu_entries + 1, unlisted, 5);
    check_ids(0, 2, ids, 2);
    CHECK(out.table.ioapics == 2);
    CHECK(out.table.ioapic[0].id == 8 && out.table.ioapic[0].first_gsi == 0);
    CHECK(out.table.ioapic[0].address == 0xFEC00000);
    CHECK(out.table.ioapic[1].id == 9 && out.table.ioapic[1].first_gsi == 24);
    CHECK(out.table.overrides == 2);
    CHECK(out.table.override[0].gsi[0] == 2);
    CHECK(out.table.override[1].source == 9);
    CHECK(out.table.override[1].flags[0] == 0x0D);
    CHECK(out.table.pcie_ranges == 3);
    CHECK(out.table.pcie[0].segment == 0);
    CHECK(out.table.pcie[0].base == 0xC0000000);
    CHECK(out.table.pcie[0].last_bus == 0xFF);
    CHECK(out.table.pcie[1].segment == 1 && out.table.pcie[2].segment == 3);
    CHECK(out.table.pcie[3].base == ~0ull);
    CHECK(out.table.pcie[3].segment == 0xFFFF);
    CHECK(out.table.pcie[3].first_bus == 0xFF);
    CHECK(out.table.pcie[3].last_bus == 0xFF);
    CHECK(out.table.pcie[3].zero == 0xFFFFFFFF);
}

static void test_search(void)
{
    machine();
    parse(0, 0);
    CHECK(acpi.rsdp == RSDP_AT);
    put_rsdp(EBDA_AT + 0x3F0 - 0x10, 0); /* 20 bytes, at the EBDA KiB's end */
    parse(0, EBDA_AT);
    CHECK(acpi.rsdp == EBDA_AT + 0x3E0 && acpi.root == RSDT_AT);
    parse(RSDP_AT + 16, EBDA_AT); /* a wrong address from the firmware */
    CHECK(acpi.rsdp == EBDA_AT + 0x3E0);
    memset(ram + RSDP_AT, 0, 36);
    parse(0, 0);
    check_no_acpi();
    parse(0, 0xFFFF0); /* garbage in the BIOS data area */
    check_no_acpi();
    for (uint64_t at = 0xE0000; at < 0xE0040; at += 16) {
        put_rsdp(at, 2);
        parse(0, 0);
        CHECK(acpi.rsdp == at && acpi.root == XSDT_AT);
        memset(ram + at, 0, 36);
    }
    put_rsdp(0xFFFE0, 0); /* the last place, and only 20 bytes long */
    parse(0, 0);
    CHECK(acpi.rsdp == 0xFFFE0 && acpi.root == RSDT_AT);
}

static void test_checksums(void)
{
    machine();
    ram[RSDP_AT + 33] ^= 1; /* extended checksum: as ACPI 1.0 then */
    parse(RSDP_AT, 0);
    CHECK(acpi.root == RSDT_AT && acpi.madt == MADT_AT);
    put_rsdp(RSDP_AT, 2);
    put(RSDP_AT + 20, 4, 0xFFFFFFFF); /* a length nobody could add up */
    balance(RSDP_AT, 36, 32);
    parse(RSDP_AT, 0);
    CHECK(acpi.root == RSDT_AT && acpi.madt == MADT_AT);
    ram[RSDP_AT + 9] ^= 1;
    parse(RSDP_AT, 0);
    check_no_acpi();

    machine();
    ram[XSDT_AT + 9] ^= 1;
    parse(RSDP_AT, 0);
    CHECK(acpi.root == RSDT_AT && acpi.madt == MADT_AT);
    ram[RSDT_AT + 9] ^= 1;
    parse(RSDP_AT, 0);
    check_no_acpi();

    machine();
    ram[MADT_AT + 50] ^= 1;
    ram[HPET_AT + 53] ^= 1;
    ram[MCFG_AT + 44] ^= 1;
    ram[FADT_AT + 76] ^= 1;
    parse(RSDP_AT, 0);
    CHECK(!acpi.madt && !acpi.hpet && !acpi.fadt && !acpi.pm_timer);
    CHECK(out.table.pcie_ranges == 0 && out.table.ioapics == 1);
    CHECK(out.table.iapc_boot_arch == 3);
}

static void test_fadt(void)
{
    machine();
    put_fadt(116, 1); /* ACPI 1.0: the field is reserved */
    parse(RSDP_AT, 0);
    CHECK(out.table.iapc_boot_arch == 3 && acpi.pm_timer == 0x608);
    put_fadt(110, 3); /* ends inside the field */
    parse(RSDP_AT, 0);
    CHECK(out.table.iapc_boot_arch == 3 && acpi.pm_timer == 0x608);
    put_fadt(80, 3); /* does not tell the timer's length */
    parse(RSDP_AT, 0);
    CHECK(acpi.pm_timer == 0 && acpi.fadt == FADT_AT);
    put_fadt(36, 3);
    parse(RSDP_AT, 0);
    CHECK(acpi.pm_timer == 0 && acpi.fadt == FADT_AT);
    put_fadt(244, 3);
    memcpy(ram + FADT_AT + 10, "BOCHS ", 6);
    balance(FADT_AT, 244, 9);
    parse(RSDP_AT, 0);
    CHECK(out.table.iapc_boot_arch == 3 && acpi.pm_timer == 0xB008);
    put_fadt(244, 3);
    put(FADT_AT + 212, 8, 0x10000B008ull); /* not a port */
    balance(FADT_AT, 244, 9);
    parse(RSDP_AT, 0);
    CHECK(acpi.pm_timer == 0);
    ram[FADT_AT + 208] = 0; /* in memory: the old field counts */
    balance(FADT_AT, 244, 9);
    parse(RSDP_AT, 0);
    CHECK(acpi.pm_timer == 0x608);
}

/* Lengths that lie. */
static void test_lengths(void)
{
    static const uint32_t two[] = {0, 1};
    uint64_t at;

    machine();
    madt_begin();
    madt_cpu(0, 1);
    madt_cpu(1, 1);
    at = madt_entry(0, 8);
    madt_cpu(3, 1);
    ram[at + 1] = 0; /* no length: what follows cannot be found */
    madt_end();
    parse(RSDP_AT, 0);
    check_ids(0, acpi.cpu_entries + 1, two, 2);
    ram[at + 1] = 1;
    madt_end();
    parse(RSDP_AT, 0);
    check_ids(0, acpi.cpu_entries + 1, two, 2);
    ram[at + 1] = 200; /* beyond the table */
    madt_end();
    parse(RSDP_AT, 0);
    check_ids(0, acpi.cpu_entries + 1, two, 2);

    madt_begin();
    madt_cpu(0, 1);
    madt_entry(0, 4);  /* each too short for its type */
    put(madt_entry(9, 8) + 4, 4, 5);
    madt_entry(1, 8);
    madt_entry(2, 8);
    madt_entry(5, 4);
    madt_cpu(1, 1);
    ram[MADT_AT + madt_size] = 0; /* a single byte at the end */
    madt_size++;
    madt_end();
    parse(RSDP_AT, 0);
    check_ids(0, acpi.cpu_entries + 1, two, 2);
    CHECK(out.table.overrides == 0 && acpi.lapic == 0xFEE00000);

    put(MADT_AT + 4, 4, 43); /* shorter than a MADT can be */
    balance(MADT_AT, 43, 9);
    parse(RSDP_AT, 0);
    CHECK(!acpi.madt);
    put(MADT_AT + 4, 4, 0xFFFFFFFF);
    parse(RSDP_AT, 0);
    CHECK(!acpi.madt);
    put(MADT_AT + 4, 4, 0x50000); /* could be read, but is beyond belief */
    balance(MADT_AT, 0x50000, 9);
    parse(RSDP_AT, 0);
    CHECK(!acpi.madt);
    put(XSDT_AT + 4, 4, 0);
    put(RSDT_AT + 4, 4, 0x7FFFFFFF);
    parse(RSDP_AT, 0);
    check_no_acpi();
}

/* More of everything than fits. */
static void test_counts(void)
{
    uint32_t *ids;

    machine();
    madt_begin();
    for (unsigned i = 0; i < 20; i++)
        madt_ioapic((uint8_t)i, 0xFEC00000 + 0x1000 * i, 24 * (20 - i));
    madt_ioapic(78, 0xFEC78000, 500);
    madt_ioapic(77, 0xFEC77000, 0);
    madt_ioapic(79, 0xFEC79000, 600);
    for (unsigned i = 0; i < 50; i++)
        madt_override((uint8_t)i, i, 0);
    for (unsigned i = 0; i < 254; i++)
        madt_cpu((uint8_t)i, 1);
    madt_end();
    put_mcfg(40, 39);
    parse(RSDP_AT, 0);
    CHECK(out.table.ioapics == SYSINFO_IOAPICS_MAX);
    CHECK(out.table.ioapic[0].id == 77);
    CHECK(out.table.overrides == SYSINFO_OVERRIDES_MAX);
    CHECK(out.table.pcie_ranges == SYSINFO_PCIE_MAX);
    CHECK(out.table.pcie[0].segment == 0);
    CHECK(acpi.cpu_entries == 254);
    ids = malloc(10 * sizeof *ids);
    CHECK(acpi_list_cpus(&acpi, 253, ids, 10) == 10);
    CHECK(ids[0] == 253 && ids[9] == 8);
    free(ids);
}

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

/* Damages some bytes of some table, then mostly repairs its checksum, so that
 * the parser goes on to the damage. */
static void damage(void)
{
    static const struct {
        uint32_t at, size, checksum;
    } target[] = {
        {RSDP_AT, 36, 8},  {XSDT_AT, 68, 9},  {RSDT_AT, 52, 9},
        {MADT_AT, 250, 9}, {FADT_AT, 244, 9}, {HPET_AT, 56, 9},
        {MCFG_AT, 92, 9},
    };
    unsigned t = random_below(7), bytes = 1 + random_below(6);
    uint32_t at = target[t].at, size;

    while (bytes--)
        ram[at + random_below(target[t].size)] = (uint8_t)random_below(256);
    if (random_below(3) == 0) /* a believable length, still another one */
        put(at + 4, 4, random_below(2 * target[t].size));
    memcpy(&size, ram + at + 4, 4);
    if (t == 0) {
        balance(at, 20, 8);
        balance(at, 36, 32);
    } else if (random_below(8) && size > 9 && size < 0x1000) {
        balance(at, size, 9);
    }
}

static void test_random_damage(void)
{
    static uint8_t good[RAM_SIZE - RSDP_AT];
    uint64_t with_cpus = 0;

    machine();
    memcpy(good, ram + RSDP_AT, sizeof good);
    for (unsigned round = 0; round < FUZZ_ROUNDS; round++) {
        uint32_t max, count, *ids;

        memcpy(ram + RSDP_AT, good, 36);
        memcpy(ram + XSDT_AT, good + (XSDT_AT - RSDP_AT), 0x5000);
        for (unsigned n = 1 + random_below(3); n; n--)
            damage();
        parse(RSDP_AT, 0);
        max = 1 + random_below(acpi.cpu_entries + 1);
        ids = malloc(max * sizeof *ids);
        count = acpi_list_cpus(&acpi, 0, ids, max);
        CHECK(count >= 1 && count <= max && ids[0] == 0);
        with_cpus += count > 1;
        free(ids);
    }
    /* The damage must not hide everything behind a bad checksum. */
    CHECK(with_cpus > FUZZ_ROUNDS / 4);
}

int main(void)
{
    test_good();
    test_search();
    test_checksums();
    test_fadt();
    test_lengths();
    test_counts();
    test_random_damage();
    unmap_all();
    return check_report("test_acpi");
}
