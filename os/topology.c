/* topology.c - what an APIC id says about a CPU's place in the machine.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#include "topology.h"

#define LEAF_MAX 0x00
#define LEAF_FEATURES 0x01
#define FEATURES_EDX_HTT (1u << 28)  /* EBX 23:16 counts logical CPUs */
#define LEAF_CACHES 0x04             /* Intel: EAX 31:26 cores - 1 */
#define LEAF_TOPOLOGY 0x0B
#define LEAF_TOPOLOGY_2 0x1F         /* the same, with more levels */
#define LEVEL_THREAD 1               /* ECX 15:8; EAX 4:0 shifts it out */
#define LEVELS_MAX 8
#define LEAF_EXTENDED_MAX 0x80000000
#define LEAF_SIZES 0x80000008        /* AMD: ECX */
#define SIZES_CORES 0x000000FF       /* CPUs of a package - 1 */
#define LEAF_AMD_TOPOLOGY 0x8000001E /* EBX 15:8 threads of a core - 1 */

typedef struct cpu_cpuid cpuid_reader(uint32_t leaf, uint32_t subleaf);

/* Bits that numbers below `count` take. */
static unsigned bits_for(unsigned count)
{
    unsigned bits = 0;

    while (bits < 31 && 1u << bits < count)
        bits++;
    return bits;
}

static struct topology make(unsigned thread_bits, unsigned package_shift)
{
    struct topology topology = { 0, 0 };

    if (thread_bits > package_shift)
        thread_bits = package_shift;
    topology.thread_bits = (uint8_t)thread_bits;
    topology.core_bits = (uint8_t)(package_shift - thread_bits);
    return topology;
}

/* The last level that is there ends where the package begins; those between
 * thread and package count as cores. Returns 0 without a level. */
static int read_levels(cpuid_reader *cpuid, uint32_t leaf,
                       struct topology *topology)
{
    unsigned thread_bits = 0, shift = 0, levels = 0;

    for (; levels < LEVELS_MAX; levels++) {
        struct cpu_cpuid level = cpuid(leaf, levels);
        unsigned kind = level.ecx >> 8 & 0xFF;

        if (!kind || !(level.ebx & 0xFFFF))
            break;
        shift = level.eax & 31;
        if (kind == LEVEL_THREAD)
            thread_bits = shift;
    }
    *topology = make(thread_bits, shift);
    return levels > 0;
}

/* AMD before leaf 0x0B. What ApicIdSize (ECX 15:12) says counts, if it does.
 */
static struct topology read_amd(cpuid_reader *cpuid, uint32_t extended_max)
{
    uint32_t ecx = cpuid(LEAF_SIZES, 0).ecx;
    unsigned size = ecx >> 12 & 15;
    unsigned threads = 1;

    if (extended_max >= LEAF_AMD_TOPOLOGY)
        threads += cpuid(LEAF_AMD_TOPOLOGY, 0).ebx >> 8 & 0xFF;
    return make(bits_for(threads),
                size ? size : bits_for((ecx & SIZES_CORES) + 1));
}

/* Intel before leaf 0x0B: CPUs of a package, and cores of it. */
static struct topology read_counts(cpuid_reader *cpuid, uint32_t leaf_max)
{
    struct cpu_cpuid features = cpuid(LEAF_FEATURES, 0);
    unsigned cpus = 1, cores = 1;

    if (features.edx & FEATURES_EDX_HTT)
        cpus = features.ebx >> 16 & 0xFF;
    if (leaf_max >= LEAF_CACHES)
        cores += cpuid(LEAF_CACHES, 0).eax >> 26;
    return make(bits_for(cpus) - (cores < cpus ? bits_for(cores)
                                               : bits_for(cpus)),
                bits_for(cpus));
}

/* "AuthenticAMD" and "HygonGenuine", in EBX, EDX, ECX. */
static int is_amd(const struct cpu_cpuid *name)
{
    return name->ebx == 0x68747541 || name->ebx == 0x6F677948;
}

struct topology topology_read(cpuid_reader *cpuid)
{
    struct cpu_cpuid basic = cpuid(LEAF_MAX, 0);
    uint32_t extended_max = cpuid(LEAF_EXTENDED_MAX, 0).eax;
    struct topology topology;

    if ((basic.eax >= LEAF_TOPOLOGY_2 &&
         read_levels(cpuid, LEAF_TOPOLOGY_2, &topology)) ||
        (basic.eax >= LEAF_TOPOLOGY &&
         read_levels(cpuid, LEAF_TOPOLOGY, &topology)))
        return topology;
    if (is_amd(&basic) && extended_max >= LEAF_SIZES &&
        extended_max < LEAF_EXTENDED_MAX + 0x10000)
        return read_amd(cpuid, extended_max);
    return read_counts(cpuid, basic.eax);
}

void topology_place(const struct topology *topology,
                    struct baremetal_cpu *cpu)
{
    unsigned shift = topology->thread_bits + topology->core_bits;

    cpu->thread = cpu->apic_id & ((1u << topology->thread_bits) - 1);
    cpu->core = cpu->apic_id >> topology->thread_bits &
                ((1u << topology->core_bits) - 1);
    cpu->package = shift < 32 ? cpu->apic_id >> shift : 0;
}
