/* acpi.c - what the firmware's ACPI tables say about this machine.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Nothing in a table is believed before it is checked: the firmware's own
 * lengths bound every loop, and sane limits bound the lengths.
 */
#include "acpi.h"
#include "paging.h"
#include <pure64/string.h>

/* Where the RSDP may be (ACPI 6.4, "Finding the RSDP on IA-PC Systems"): the
 * first KiB of the EBDA, and the BIOS's ROM area. */
#define EBDA_LOWEST 0x400
#define EBDA_HIGHEST 0x9FC00
#define EBDA_SEARCHED 1024
#define ROM_HIGH 0xF0000
#define ROM_LOW 0xE0000
#define ROM_SIZE 0x10000
#define RSDP_STEP 16

#define RSDP_SIGNATURE 0x2052545020445352ull /* "RSD PTR " */
#define RSDP_SIZE_1 20
#define RSDP_SIZE_2 36
#define RSDP_REVISION 15
#define RSDP_RSDT 16
#define RSDP_LENGTH 20
#define RSDP_XSDT 24

#define SIGNATURE_XSDT 0x54445358
#define SIGNATURE_RSDT 0x54445352
#define SIGNATURE_MADT 0x43495041 /* "APIC" */
#define SIGNATURE_FADT 0x50434146 /* "FACP" */
#define SIGNATURE_HPET 0x54455048
#define SIGNATURE_MCFG 0x4746434D

#define TABLE_HEADER_SIZE 36
#define TABLE_LENGTH 4
#define TABLE_REVISION 8
#define TABLE_OEM_ID 10
/* 4096 CPUs of type 9 need 64 KiB; anything above this is garbage. */
#define TABLE_SIZE_MAX (256 * 1024)
#define ROOT_ENTRIES_MAX 512

/* A generic address structure: address space, then 3 bytes, then address. */
#define GAS_SIZE 12
#define GAS_ADDRESS 4
#define GAS_SPACE_MEMORY 0
#define GAS_SPACE_IO 1

#define FADT_PM_TMR_BLK 76
#define FADT_PM_TMR_LEN 91
#define FADT_IAPC_BOOT_ARCH 109
#define FADT_X_PM_TMR_BLK 208
/* Legacy devices and an 8042: true of PCs older than the field. */
#define IAPC_BOOT_ARCH_DEFAULT 3

#define HPET_SIZE 56
#define HPET_ADDRESS 40
#define HPET_MINIMUM_TICK 53

#define MCFG_ENTRIES 44
#define MCFG_ENTRY_SIZE 16

#define MADT_LAPIC 36
#define MADT_ENTRIES 44
#define MADT_ENABLED 1
#define IOAPIC_DEFAULT 0xFEC00000
enum madt_type {
    MADT_TYPE_LAPIC = 0,
    MADT_TYPE_IOAPIC = 1,
    MADT_TYPE_OVERRIDE = 2,
    MADT_TYPE_LAPIC_ADDRESS = 5,
    MADT_TYPE_X2APIC = 9,
};

static uint16_t get16(const uint8_t *p)
{
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static const uint8_t *map(const struct acpi *acpi, uint64_t physical,
                          size_t size)
{
    return acpi->memory.map(acpi->memory.context, physical, size);
}

/* Every ACPI structure's bytes add up to 0. Four at a time: large tables
 * make this the longest loop of the start-up. */
static int checksum_good(const uint8_t *p, size_t size)
{
    uint8_t sum = 0;

    for (; size >= 4; size -= 4, p += 4)
        sum += p[0] + p[1] + p[2] + p[3];
    while (size--)
        sum += *p++;
    return sum == 0;
}

/* Size of the good RSDP at p, of which `size` bytes can be read, or 0. */
static size_t rsdp_size(const uint8_t *p, size_t size)
{
    if (size < RSDP_SIZE_1 || get64(p) != RSDP_SIGNATURE ||
        !checksum_good(p, RSDP_SIZE_1))
        return 0;
    if (size >= RSDP_SIZE_2 && p[RSDP_REVISION] >= 2 &&
        get32(p + RSDP_LENGTH) == RSDP_SIZE_2 &&
        checksum_good(p, RSDP_SIZE_2))
        return RSDP_SIZE_2;
    return RSDP_SIZE_1;
}

static size_t rsdp_size_at(const struct acpi *acpi, uint64_t physical)
{
    const uint8_t *p = map(acpi, physical, RSDP_SIZE_2);

    if (p)
        return rsdp_size(p, RSDP_SIZE_2);
    p = map(acpi, physical, RSDP_SIZE_1);
    return p ? rsdp_size(p, RSDP_SIZE_1) : 0;
}

/* Physical address of the RSDP in `size` bytes (a multiple of 64), or 0. */
static uint64_t rsdp_search(const struct acpi *acpi, uint64_t physical,
                            size_t size)
{
    const uint8_t *area = map(acpi, physical, size);

    if (!area)
        return 0;
    for (size_t at = 0; at < size; at += 4 * RSDP_STEP) {
        const uint8_t *p = area + at;

        if (get64(p) != RSDP_SIGNATURE && get64(p + 16) != RSDP_SIGNATURE &&
            get64(p + 32) != RSDP_SIGNATURE && get64(p + 48) != RSDP_SIGNATURE)
            continue;
        for (size_t i = at; i < at + 4 * RSDP_STEP; i += RSDP_STEP)
            if (rsdp_size(area + i, size - i))
                return physical + i;
    }
    return 0;
}

static uint64_t rsdp_find(const struct acpi *acpi, uint64_t ebda)
{
    uint64_t found = 0;

    if (ebda >= EBDA_LOWEST && ebda <= EBDA_HIGHEST)
        found = rsdp_search(acpi, ebda, EBDA_SEARCHED);
    if (!found) /* most BIOSes have it in the upper half: look there first */
        found = rsdp_search(acpi, ROM_HIGH, ROM_SIZE);
    if (!found)
        found = rsdp_search(acpi, ROM_LOW, ROM_SIZE);
    return found;
}

/* The whole table at that address if it is what it should be and at least
 * `least` bytes long, its size in *size; else 0. */
static const uint8_t *table_at(const struct acpi *acpi, uint64_t physical,
                               uint32_t signature, uint32_t least,
                               uint32_t *size)
{
    const uint8_t *p = map(acpi, physical, TABLE_HEADER_SIZE);

    if (!p || get32(p) != signature)
        return 0;
    *size = get32(p + TABLE_LENGTH);
    if (*size < least || *size < TABLE_HEADER_SIZE || *size > TABLE_SIZE_MAX)
        return 0;
    p = map(acpi, physical, *size);
    return p && checksum_good(p, *size) ? p : 0;
}

/* Which MADT entry enables a CPU: its APIC id in *id and 1, else 0. The ids
 * of all ones are the broadcasts, never a CPU. */
static int madt_cpu(const uint8_t *entry, uint32_t *id)
{
    if (entry[0] == MADT_TYPE_LAPIC && entry[1] >= 8) {
        *id = entry[3];
        return (get32(entry + 4) & MADT_ENABLED) && *id != 0xFF;
    }
    if (entry[0] == MADT_TYPE_X2APIC && entry[1] >= 16) {
        *id = get32(entry + 4);
        return (get32(entry + 8) & MADT_ENABLED) && *id != 0xFFFFFFFF;
    }
    return 0;
}

/* Offset of the entry behind the one at `at`; 0 when that one, or its length,
 * is not inside the table. */
static uint32_t madt_next(const uint8_t *madt, uint32_t size, uint32_t at)
{
    if (size - at < 2 || madt[at + 1] < 2 || madt[at + 1] > size - at)
        return 0;
    return at + madt[at + 1];
}

/* Keeps the I/O APIC with the lowest first interrupt in front. */
static void add_ioapic(volatile struct sysinfo *sysinfo, const uint8_t *entry)
{
    uint32_t id = entry[2], address = get32(entry + 4);
    uint32_t first_gsi = get32(entry + 8);
    volatile struct sysinfo_ioapic *front = &sysinfo->ioapic[0], *last;

    if (!address)
        return;
    last = &sysinfo->ioapic[sysinfo->ioapics];
    if (sysinfo->ioapics && first_gsi < front->first_gsi) {
        if (sysinfo->ioapics < SYSINFO_IOAPICS_MAX) {
            last->id = front->id;
            last->address = front->address;
            last->first_gsi = front->first_gsi;
            sysinfo->ioapics++;
        }
        last = front;
    } else {
        if (sysinfo->ioapics >= SYSINFO_IOAPICS_MAX)
            return;
        sysinfo->ioapics++;
    }
    last->id = id;
    last->address = address;
    last->first_gsi = first_gsi;
}

static void add_override(volatile struct sysinfo *sysinfo,
                         const uint8_t *entry)
{
    volatile struct sysinfo_override *override;

    if (sysinfo->overrides >= SYSINFO_OVERRIDES_MAX)
        return;
    override = &sysinfo->override[sysinfo->overrides++];
    override->bus = entry[2];
    override->source = entry[3];
    for (unsigned i = 0; i < 4; i++)
        override->gsi[i] = entry[4 + i];
    override->flags[0] = entry[8];
    override->flags[1] = entry[9];
}

static void read_madt(struct acpi *acpi, uint64_t physical,
                      volatile struct sysinfo *sysinfo)
{
    uint32_t size, id, next;
    const uint8_t *madt = table_at(acpi, physical, SIGNATURE_MADT,
                                   MADT_ENTRIES, &size);

    if (!madt || acpi->madt)
        return;
    acpi->madt = physical;
    acpi->madt_size = size;
    acpi->lapic = get32(madt + MADT_LAPIC);
    for (uint32_t at = MADT_ENTRIES; (next = madt_next(madt, size, at));
         at = next) {
        const uint8_t *entry = madt + at;

        if (madt_cpu(entry, &id)) {
            acpi->cpu_entries++;
            if (id > acpi->apic_id_max)
                acpi->apic_id_max = id;
        } else if (entry[0] == MADT_TYPE_IOAPIC && entry[1] >= 12) {
            add_ioapic(sysinfo, entry);
        } else if (entry[0] == MADT_TYPE_OVERRIDE && entry[1] >= 10) {
            add_override(sysinfo, entry);
        } else if (entry[0] == MADT_TYPE_LAPIC_ADDRESS && entry[1] >= 12) {
            acpi->lapic = get64(entry + 4);
        }
    }
}

/* The PM timer's port; the extended field wins where it is filled in (ACPI
 * 6.4, "Fixed ACPI Description Table"). A timer in memory is not used. */
static uint16_t fadt_pm_timer(const uint8_t *fadt, uint32_t size)
{
    const uint8_t *gas = fadt + FADT_X_PM_TMR_BLK;
    uint64_t port = 0;

    if (size >= FADT_X_PM_TMR_BLK + GAS_SIZE && gas[0] == GAS_SPACE_IO)
        port = get64(gas + GAS_ADDRESS);
    if (!port && size > FADT_PM_TMR_LEN && fadt[FADT_PM_TMR_LEN] == 4)
        port = get32(fadt + FADT_PM_TMR_BLK);
    return port <= 0xFFFC ? (uint16_t)port : 0;
}

static void read_fadt(struct acpi *acpi, uint64_t physical,
                      volatile struct sysinfo *sysinfo)
{
    uint32_t size;
    const uint8_t *fadt = table_at(acpi, physical, SIGNATURE_FADT,
                                   TABLE_HEADER_SIZE, &size);

    if (!fadt || acpi->fadt)
        return;
    acpi->fadt = physical;
    acpi->pm_timer = fadt_pm_timer(fadt, size);
    /* In revision 1 (ACPI 1.0) these bytes are reserved. */
    if (size >= FADT_IAPC_BOOT_ARCH + 2 && fadt[TABLE_REVISION] >= 2 &&
        memcmp(fadt + TABLE_OEM_ID, "BOCH", 4) != 0)
        sysinfo->iapc_boot_arch = get16(fadt + FADT_IAPC_BOOT_ARCH);
}

static void read_hpet(struct acpi *acpi, uint64_t physical)
{
    uint32_t size;
    const uint8_t *table = table_at(acpi, physical, SIGNATURE_HPET, HPET_SIZE,
                                    &size);

    if (!table || acpi->hpet || table[HPET_ADDRESS] != GAS_SPACE_MEMORY)
        return;
    acpi->hpet = get64(table + HPET_ADDRESS + GAS_ADDRESS);
    acpi->hpet_minimum_tick = get16(table + HPET_MINIMUM_TICK);
}

static void set_pcie(volatile struct sysinfo_pcie *range, uint64_t base,
                     uint16_t segment, uint8_t first_bus, uint8_t last_bus)
{
    range->base = base;
    range->segment = segment;
    range->first_bus = first_bus;
    range->last_bus = last_bus;
    range->zero = 0;
}

/* Appends a range, or puts it in front if it holds segment 0, bus 0. */
static void add_pcie(volatile struct sysinfo *sysinfo, const uint8_t *entry)
{
    volatile struct sysinfo_pcie *front = &sysinfo->pcie[0];
    volatile struct sysinfo_pcie *range = &sysinfo->pcie[sysinfo->pcie_ranges];
    uint64_t base = get64(entry);
    uint16_t segment = get16(entry + 8);

    if (!base || entry[10] > entry[11])
        return;
    if (segment == 0 && entry[10] == 0 && sysinfo->pcie_ranges) {
        if (sysinfo->pcie_ranges < SYSINFO_PCIE_MAX) {
            set_pcie(range, front->base, front->segment, front->first_bus,
                     front->last_bus);
            sysinfo->pcie_ranges++;
        }
        range = front;
    } else if (sysinfo->pcie_ranges < SYSINFO_PCIE_MAX) {
        sysinfo->pcie_ranges++;
    } else {
        return;
    }
    set_pcie(range, base, segment, entry[10], entry[11]);
}

/* PCI Firmware Specification 3.2, "MCFG Table Description". */
static void read_mcfg(const struct acpi *acpi, uint64_t physical,
                      volatile struct sysinfo *sysinfo)
{
    uint32_t size;
    const uint8_t *mcfg = table_at(acpi, physical, SIGNATURE_MCFG,
                                   MCFG_ENTRIES, &size);

    if (!mcfg || sysinfo->pcie_ranges)
        return;
    for (uint32_t at = MCFG_ENTRIES; size - at >= MCFG_ENTRY_SIZE;
         at += MCFG_ENTRY_SIZE)
        add_pcie(sysinfo, mcfg + at);
}

static void read_table(struct acpi *acpi, uint64_t physical,
                       volatile struct sysinfo *sysinfo)
{
    const uint8_t *header = map(acpi, physical, TABLE_HEADER_SIZE);

    switch (header ? get32(header) : 0) {
    case SIGNATURE_MADT:
        read_madt(acpi, physical, sysinfo);
        break;
    case SIGNATURE_FADT:
        read_fadt(acpi, physical, sysinfo);
        break;
    case SIGNATURE_HPET:
        read_hpet(acpi, physical);
        break;
    case SIGNATURE_MCFG:
        read_mcfg(acpi, physical, sysinfo);
        break;
    }
}

/* Reads all tables a root table (entries of that many bytes) names. Returns
 * 0 if it is not good. */
static int read_root(struct acpi *acpi, uint64_t physical, uint32_t signature,
                     uint32_t entry_size, volatile struct sysinfo *sysinfo)
{
    uint32_t size, count;
    const uint8_t *root = table_at(acpi, physical, signature,
                                   TABLE_HEADER_SIZE, &size);

    if (!root)
        return 0;
    acpi->root = physical;
    count = (size - TABLE_HEADER_SIZE) / entry_size;
    if (count > ROOT_ENTRIES_MAX)
        count = ROOT_ENTRIES_MAX;
    root += TABLE_HEADER_SIZE;
    for (; count; count--, root += entry_size)
        read_table(acpi, entry_size == 8 ? get64(root) : get32(root),
                   sysinfo);
    return 1;
}

/* What the table must say where the firmware named nothing. */
static void fill_defaults(volatile struct sysinfo *sysinfo)
{
    volatile struct sysinfo_pcie *end = &sysinfo->pcie[sysinfo->pcie_ranges];

    if (!sysinfo->ioapics) {
        sysinfo->ioapic[0].address = IOAPIC_DEFAULT;
        sysinfo->ioapics = 1;
    }
    set_pcie(end, ~0ull, 0xFFFF, 0xFF, 0xFF);
    end->zero = 0xFFFFFFFF;
}

void acpi_read(struct acpi *acpi, const struct acpi_memory *memory,
               uint64_t rsdp, uint64_t ebda, volatile struct sysinfo *sysinfo)
{
    const uint8_t *p;
    size_t size;

    memset(acpi, 0, sizeof *acpi);
    acpi->memory = *memory;
    sysinfo->iapc_boot_arch = IAPC_BOOT_ARCH_DEFAULT;
    if (!rsdp || !rsdp_size_at(acpi, rsdp))
        rsdp = rsdp_find(acpi, ebda);
    size = rsdp ? rsdp_size_at(acpi, rsdp) : 0;
    p = size ? map(acpi, rsdp, size) : 0;
    if (p && ((size == RSDP_SIZE_2 &&
               read_root(acpi, get64(p + RSDP_XSDT), SIGNATURE_XSDT, 8,
                         sysinfo)) ||
              read_root(acpi, get32(p + RSDP_RSDT), SIGNATURE_RSDT, 4,
                        sysinfo)))
        acpi->rsdp = rsdp;
    sysinfo->acpi_root = acpi->root;
    fill_defaults(sysinfo);
}

/* The identity map covers so much whatever the machine, and RAM; UEFI may put
 * its tables behind, into pages it does not call usable. */
#define IDENTITY_ALWAYS (1ull << 34)

static const uint8_t *identity_map(void *context, uint64_t physical,
                                   size_t size)
{
    (void)context;
    if (!physical)
        return 0;
    if ((physical >= IDENTITY_ALWAYS || size > IDENTITY_ALWAYS - physical) &&
        paging_map_device(physical, size) != 0)
        return 0;
    return (const uint8_t *)physical;
}

void acpi_init(struct acpi *acpi, uint64_t rsdp, uint64_t ebda)
{
    struct acpi_memory memory;

    memory.map = identity_map;
    memory.context = 0;
    acpi_read(acpi, &memory, rsdp, ebda, SYSINFO);
    SYSINFO_EXTENSION->rsdp = acpi->rsdp;
    SYSINFO_EXTENSION->fadt = acpi->fadt;
}

/* Ids already listed. Small ids have a bit each; the rare others are looked
 * up in the list itself. */
#define SEEN_IDS 4096

static int id_is_new(uint64_t *seen, const uint32_t *ids, uint32_t count,
                     uint32_t id)
{
    uint64_t bit = 1ull << (id % 64);

    if (id < SEEN_IDS) {
        if (seen[id / 64] & bit)
            return 0;
        seen[id / 64] |= bit;
        return 1;
    }
    for (uint32_t i = 0; i < count; i++)
        if (ids[i] == id)
            return 0;
    return 1;
}

uint32_t acpi_list_cpus(const struct acpi *acpi, uint32_t boot_id,
                        uint32_t *ids, uint32_t max)
{
    uint64_t seen[SEEN_IDS / 64];
    const uint8_t *madt = acpi->madt ? map(acpi, acpi->madt, acpi->madt_size)
                                     : 0;
    uint32_t count = 0, id, next;

    memset(seen, 0, sizeof seen);
    id_is_new(seen, ids, count, boot_id);
    ids[count++] = boot_id;
    if (!madt)
        return count;
    for (uint32_t at = MADT_ENTRIES;
         count < max && (next = madt_next(madt, acpi->madt_size, at));
         at = next)
        if (madt_cpu(madt + at, &id) && id_is_new(seen, ids, count, id))
            ids[count++] = id;
    return count;
}
