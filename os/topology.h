/* topology.h - what an APIC id says about a CPU's place in the machine.
 * SPDX-License-Identifier: BSD-3-Clause
 */
#pragma once
#include <baremetal.h>
#include <pure64/cpu.h>

/* Bits of an APIC id, from bit 0 up; the rest is the package. */
struct topology {
    uint8_t thread_bits, core_bits;
};

/* From the CPU's identification, which `cpuid` reads; all CPUs of a machine
 * have the same. One CPU a package where it says nothing. Intel SDM volume
 * 3, "Detecting Hardware Multi-Threading Support and Topology"; AMD APM
 * volume 3, "Extended Feature Identification". */
struct topology topology_read(struct cpu_cpuid (*cpuid)(uint32_t leaf,
                                                        uint32_t subleaf));

/* Fills package, core and thread from apic_id. */
void topology_place(const struct topology *topology,
                    struct baremetal_cpu *cpu);
