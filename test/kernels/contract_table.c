/* contract_table.c - test kernel: the information table at 0x5000, against
 * CPUID and against the ACPI tables, read here once more.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "contract.h"
#include <pure64/cpu.h>

#define IDS_MAX 512

/* What no field is in must be 0. */
static void check_gaps(void)
{
    static const struct {
        uint16_t first, end;
    } gap[] = {
        {0x500C, 0x5010}, {0x5024, 0x5030}, {0x5032, 0x5040}, {0x504F, 0x5050},
        {0x5068, 0x5080}, {0x5094, 0x50E0}, {0x50E3, 0x5100},
    };
    unsigned other = 0;

    for (unsigned i = 0; i < sizeof gap / sizeof gap[0]; i++)
        for (unsigned at = gap[i].first; at < gap[i].end; at++)
            other += read8(at) != 0;
    check("bytes without a meaning", other, 0);
}

static void tell_screen(void)
{
    tell("frame_buffer", read64(0x5080));
    tell("width", read16(0x5088));
    tell("height", read16(0x508A));
    tell("pitch", read16(0x508C));
    check("bits per pixel", read16(0x508E), read64(0x5080) ? 32 : 0);
    check_true("pitch", read16(0x508C) >= read16(0x5088));
}

void check_table(void)
{
    uint32_t bits = cpu_cpuid(0x80000008, 0).eax;
    uint64_t t0 = read64(0x5050), t1 = read64(0x5058);

    check_gaps();
    check_true("CPU speed", read16(0x5010) > 100 && read16(0x5010) < 20000);
    check("physical address bits", read8(0x5016), bits & 0xFF);
    check("virtual address bits", read8(0x5017), bits >> 8 & 0xFF);
    check("highest leaf", read32(0x5018), cpu_cpuid(0, 0).eax);
    check("highest extended leaf", read32(0x501C),
          cpu_cpuid(0x80000000, 0).eax);
    check_true("T0 before T1", t0 && t0 < t1);
    check_true("T1 before now", t1 < cpu_tsc());
    check("GiB pages", read8(0x50E0),
          cpu_cpuid(0x80000001, 0).edx >> 26 & 1);
    check_true("extension has a magic", read32(0x5800) != 0);
    tell_screen();
    tell("declared", read16(0x5014));
    tell("running", read16(0x5012));
    tell("way", read8(0x50E2));
    tell("mapped", read32(0x5020));
    tell("mhz", read16(0x5010));
}

static int sums_to_zero(uint64_t address, uint32_t size)
{
    uint8_t sum = 0;

    while (size--)
        sum += read8(address++);
    return sum == 0;
}

static int same_text(uint64_t address, const char *text)
{
    while (*text)
        if (read8(address++) != (uint8_t)*text++)
            return 0;
    return 1;
}

uint64_t acpi_table(const char *signature)
{
    uint64_t root = read64(0x5000);
    unsigned entry = root && same_text(root, "XSDT") ? 8 : 4;

    if (!root)
        return 0;
    for (uint32_t at = 36; at + entry <= read32(root + 4); at += entry) {
        uint64_t table = entry == 8 ? read64(root + at) : read32(root + at);

        if (same_text(table, signature))
            return table;
    }
    return 0;
}

/* By the pointer in the BIOS's ROM area, where QEMU's firmware has it. */
static void check_root(void)
{
    uint64_t root = read64(0x5000), pointer = 0;

    check_true("ACPI root sums to 0", sums_to_zero(root, read32(root + 4)));
    check_true("ACPI root is a root",
               same_text(root, "XSDT") || same_text(root, "RSDT"));
    if (read8(0x50E2) != 'B')
        return;
    for (uint64_t at = 0xE0000; at < 0x100000; at += 16)
        if (!pointer && same_text(at, "RSD PTR ") && sums_to_zero(at, 20))
            pointer = at;
    check("ACPI root by the pointer", root,
          pointer ? (read8(pointer + 15) >= 2 ? read64(pointer + 24)
                                              : read32(pointer + 16)) : 0);
}

static int is_enabled_cpu(uint64_t entry, uint32_t *id)
{
    unsigned type = read8(entry);

    *id = type == 0 ? read8(entry + 3) : read32(entry + 4);
    if (type == 0)
        return read32(entry + 4) & 1;
    return type == 9 && (read32(entry + 8) & 1);
}

/* Every enabled CPU is in the list, once, and nothing else is. */
static void check_cpu_list(uint64_t madt)
{
    static uint8_t declared[IDS_MAX];
    uint32_t id, count = 0, wrong = 0, listed = read16(0x5014);

    for (uint32_t at = 44; madt && at < read32(madt + 4);
         at += read8(madt + at + 1))
        if (is_enabled_cpu(madt + at, &id) && id < IDS_MAX && !declared[id]) {
            declared[id] = 1;
            count++;
        }
    if (!madt) {
        declared[read32(0x5008) % IDS_MAX] = 1;
        count = 1;
    }
    check("CPUs declared", listed, count);
    for (uint32_t i = 0; i < 192; i++) {
        id = read32(0x5100 + i * 4);
        if (i >= listed)
            wrong += id != 0;
        else if (id >= IDS_MAX || !declared[id])
            wrong++;
        else
            declared[id] = 0; /* a second time would be wrong */
    }
    check("APIC ids listed wrongly", wrong, 0);
    check_true("CPUs running", read16(0x5012) >= 1 && read16(0x5012) <= listed);
}

static void check_ioapic_list(uint64_t madt)
{
    uint32_t count = 0, found = 0, first = ~0u;

    for (uint32_t at = 44; madt && at < read32(madt + 4);
         at += read8(madt + at + 1)) {
        uint64_t entry = madt + at;

        if (read8(entry) != 1)
            continue;
        count++;
        if (read32(entry + 8) < first)
            first = read32(entry + 8);
        for (uint64_t own = 0x5600; own < 0x5600 + read8(0x5030) * 16ull;
             own += 16)
            found += read32(own) == read8(entry + 2) &&
                read32(own + 4) == read32(entry + 4) &&
                read32(own + 8) == read32(entry + 8) && !read32(own + 12);
    }
    if (!count) {
        check("default I/O APIC", read32(0x5604), 0xFEC00000);
        return;
    }
    check("I/O APICs", read8(0x5030), count);
    check("I/O APICs as declared", found, count);
    check("first I/O APIC", read32(0x5608), first);
}

static void check_overrides(uint64_t madt)
{
    uint32_t count = 0, good = 0;

    for (uint32_t at = 44; madt && at < read32(madt + 4);
         at += read8(madt + at + 1)) {
        uint64_t entry = madt + at, own = 0x5700 + count * 8;

        if (read8(entry) != 2)
            continue;
        count++;
        good += read64(own) == read64(entry + 2);
    }
    check("overrides", read8(0x5031), count);
    check("overrides as declared", good, count);
    check("behind the overrides", read64(0x5700 + count * 8), 0);
}

static void check_pcie(void)
{
    uint64_t mcfg = acpi_table("MCFG"), own = 0x5400;
    uint32_t count = 0, found = 0, ranges = read16(0x5090);

    for (uint32_t at = 44; mcfg && at < read32(mcfg + 4); at += 16, count++)
        for (uint32_t i = 0; i < ranges; i++)
            found += read64(own + i * 16) == read64(mcfg + at) &&
                read32(own + i * 16 + 8) == read32(mcfg + at + 8) &&
                read32(own + i * 16 + 12) == 0;
    check("PCIe ranges", ranges, count);
    check("PCIe ranges as declared", found, count);
    if (count)
        check("first PCIe range", read32(own + 8) & 0xFFFFFF, 0);
    check_true("end of the PCIe ranges", read64(own + ranges * 16) == ~0ull &&
               read64(own + ranges * 16 + 8) == ~0ull);
}

static void check_fadt(void)
{
    uint64_t fadt = acpi_table("FACP");
    unsigned want = 3;

    if (fadt && read32(fadt + 4) >= 111 && read8(fadt + 8) >= 2 &&
        !same_text(fadt + 10, "BOCH"))
        want = read16(fadt + 109);
    check("IAPC_BOOT_ARCH", read16(0x5092), want);
}

void check_acpi(void)
{
    uint64_t madt = acpi_table("APIC"), hpet = acpi_table("HPET");

    tell("acpi", read64(0x5000) != 0);
    if (read64(0x5000))
        check_root();
    check("HPET base", read64(0x5040), hpet ? read64(hpet + 44) : 0);
    if (hpet)
        check("HPET minimum tick", read16(0x504C), read16(hpet + 53));
    check_cpu_list(madt);
    check_ioapic_list(madt);
    check_overrides(madt);
    check_pcie();
    check_fadt();
}
