/* test_topology.c - packages, cores and threads, from what CPUs say.
 * SPDX-License-Identifier: BSD-3-Clause
 */
// sources: os/topology.c
#include "check.h"
#include <topology.h>

struct leaf {
    uint32_t leaf, subleaf;
    struct cpu_cpuid is;
};

/* "GenuineIntel" and "AuthenticAMD", in EBX, ECX, EDX. */
#define INTEL 0x756E6547, 0x6C65746E, 0x49656E69
#define AMD 0x68747541, 0x444D4163, 0x69746E65

/* What a leaf answers; those not listed are zero. The last has an answer. */
static const struct leaf *leaves;

static struct cpu_cpuid answer(uint32_t leaf, uint32_t subleaf)
{
    const struct leaf *at = leaves;

    while (at->is.eax | at->is.ebx | at->is.ecx | at->is.edx) {
        if (at->leaf == leaf && at->subleaf == subleaf)
            return at->is;
        at++;
    }
    return at->is;
}

static int places(const struct leaf *machine, uint32_t apic_id,
                  unsigned package, unsigned core, unsigned thread)
{
    struct topology topology;
    struct baremetal_cpu cpu = { .apic_id = apic_id };

    leaves = machine;
    topology = topology_read(answer);
    topology_place(&topology, &cpu);
    return cpu.package == package && cpu.core == core &&
           cpu.thread == thread && cpu.apic_id == apic_id;
}

/* Two threads, 8 cores of which 6 exist. */
static const struct leaf intel_0b[] = {
    { 0, 0, { 0x0B, INTEL } },
    { 0x0B, 0, { 1, 2, 0x100, 0 } },
    { 0x0B, 1, { 4, 12, 0x201, 0 } },
    { 0, 0, { 0 } },
};

/* Modules and dies between core and package; leaf 0x0B knows no more than
 * thread and core. */
static const struct leaf intel_1f[] = {
    { 0, 0, { 0x20, INTEL } },
    { 0x1F, 0, { 1, 2, 0x100, 0 } },
    { 0x1F, 1, { 3, 8, 0x201, 0 } },
    { 0x1F, 2, { 5, 32, 0x302, 0 } },
    { 0x1F, 3, { 6, 64, 0x503, 0 } },
    { 0x0B, 0, { 1, 2, 0x100, 0 } },
    { 0x0B, 1, { 3, 8, 0x201, 0 } },
    { 0, 0, { 0 } },
};

/* The leaf numbers exist, but say nothing. */
static const struct leaf intel_empty_0b[] = {
    { 0, 0, { 0x1F, INTEL } },
    { 1, 0, { 0x306C3, 8u << 16, 0, 1u << 28 } },
    { 4, 0, { 3u << 26, 0, 0, 0 } },
    { 0, 0, { 0 } },
};

/* Two CPUs in a package: threads of one core, as leaf 4 says 1 core. */
static const struct leaf pentium_4[] = {
    { 0, 0, { 5, INTEL } },
    { 1, 0, { 0xF43, 2u << 16, 0, 1u << 28 } },
    { 4, 0, { 0x121, 0, 0, 0 } },
    { 0, 0, { 0 } },
};

/* More cores by leaf 4 than CPUs by leaf 1: what virtual machines say. */
static const struct leaf contradiction[] = {
    { 0, 0, { 4, INTEL } },
    { 1, 0, { 0x663, 4u << 16, 0, 1u << 28 } },
    { 4, 0, { 63u << 26, 0, 0, 0 } },
    { 0, 0, { 0 } },
};

/* A single CPU: HTT is clear, EBX 23:16 not valid. */
static const struct leaf single[] = {
    { 0, 0, { 2, INTEL } },
    { 1, 0, { 0x663, 0xFFu << 16, 0, 0 } },
    { 0, 0, { 0 } },
};

/* Family 17h: 16 CPUs whose ids take 5 bits (ApicIdSize), 2 threads a core. */
static const struct leaf amd_17[] = {
    { 0, 0, { 0x0D, AMD } },
    { 1, 0, { 0x800F11, 16u << 16, 0, 1u << 28 } },
    { 0x80000000, 0, { 0x8000001F, AMD } },
    { 0x80000008, 0, { 0x3030, 0, 5u << 12 | 15, 0 } },
    { 0x8000001E, 0, { 0, 1u << 8, 0, 0 } },
    { 0, 0, { 0 } },
};

/* Before ApicIdSize and leaf 0x8000001E: 3 cores take 2 bits. */
static const struct leaf amd_old[] = {
    { 0, 0, { 5, AMD } },
    { 1, 0, { 0x100F42, 3u << 16, 0, 1u << 28 } },
    { 0x80000000, 0, { 0x8000001B, AMD } },
    { 0x80000008, 0, { 0x3030, 0, 2, 0 } },
    { 0, 0, { 0 } },
};

/* Shifts by which nothing is left, and a thread level wider than all. */
static const struct leaf wide[] = {
    { 0, 0, { 0x0B, INTEL } },
    { 0x0B, 0, { 31, 2, 0x100, 0 } },
    { 0x0B, 1, { 30, 2, 0x201, 0 } },
    { 0, 0, { 0 } },
};

/* Levels without end. */
static struct cpu_cpuid endless(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    return (struct cpu_cpuid){ leaf ? 31 : 0x1F, 1, 0x200, 0 };
}

int main(void)
{
    struct topology topology;

    CHECK(places(intel_0b, 0, 0, 0, 0));
    CHECK(places(intel_0b, 11, 0, 5, 1));
    CHECK(places(intel_0b, 16 + 10, 1, 5, 0));
    CHECK(places(intel_0b, 0x12345, 0x1234, 2, 1));
    CHECK(places(intel_1f, 63, 0, 31, 1));
    CHECK(places(intel_1f, 64 + 32, 1, 16, 0));
    CHECK(places(intel_empty_0b, 7, 0, 3, 1));
    CHECK(places(intel_empty_0b, 8, 1, 0, 0));
    CHECK(places(pentium_4, 1, 0, 0, 1));
    CHECK(places(pentium_4, 6, 3, 0, 0));
    CHECK(places(contradiction, 7, 1, 3, 0));
    CHECK(places(single, 3, 3, 0, 0));
    CHECK(places(amd_17, 15, 0, 7, 1));
    CHECK(places(amd_17, 16, 0, 8, 0));
    CHECK(places(amd_17, 33, 1, 0, 1));
    CHECK(places(amd_old, 2, 0, 2, 0));
    CHECK(places(amd_old, 5, 1, 1, 0));
    CHECK(places(wide, 0xFFFFFFFF, 3, 0, 0x3FFFFFFF));
    topology = topology_read(endless);
    CHECK(topology.thread_bits == 0 && topology.core_bits == 31);
    return check_report("test_topology");
}
