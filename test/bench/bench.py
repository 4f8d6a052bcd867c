#!/usr/bin/python3
"""bench.py - instructions from the first own instruction to the prompt.

SPDX-License-Identifier: BSD-3-Clause

    bench.py            the table of instruction counts
    bench.py memory     the smallest memory that reaches a usable prompt

QEMU's -icount makes the TSC count instructions (plus time skipped in HLT or
waited on timers), so every figure repeats exactly but for waits on the disk,
which are taken out. T0, T1: system information table, 0x5050 and 0x5058.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "boot"))
from guest import BUILD, ROOT, GuestError, QemuGuest  # noqa: E402

T0 = 0x5050
RUNS = 2
MEMORIES_MIB = (3, 4, 5, 6, 8)


@dataclass
class Case:
    """A machine, the goal for T0 to T1, and what the assembly original
    needs there."""
    cpus: int
    video: str
    goal: int
    original: int


CASES = [
    Case(1, "none", 75_000, 214_180),
    Case(1, "std", 120_000, 1_000_612),
    Case(4, "none", 2_000_000, 39_297_015),
    Case(4, "std", 2_000_000, 39_297_015),
]

EXTENSION_SOURCE = """
#include <pure64/sysinfo.h>
#include <stdio.h>
#define AT(field) \\
    (LAYOUT_SYSINFO_EXTENSION + offsetof(struct sysinfo_extension, field))
int main(void) { printf("%zu %zu", AT(t_prompt), AT(disk_wait)); }
"""


def extension_addresses():
    """Where t_prompt and disk_wait stand, asked of the compiler."""
    program = BUILD / "test" / "extension"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["gcc", f"-I{ROOT / 'pure64' / 'include'}", "-x", "c", "-", "-o",
         program], check=True, text=True, input=EXTENSION_SOURCE)
    return [int(word) for word in subprocess.run(
        [program], check=True, capture_output=True, text=True).stdout.split()]


def measure(case, addresses):
    """(T0 to T1, T0 to the prompt without waits for the disk)."""
    with QemuGuest(f"bench-{case.cpus}-{case.video}", machine="q35",
                   cpu="Westmere", cpus=str(case.cpus), video=case.video,
                   disk="virtio", limit=180,
                   extra=["-icount", "shift=0,sleep=off",
                          "-rtc", "clock=vm"]) as guest:
        guest.prompt(150)
        t0, t1 = guest.physical(T0, 2)
        prompt, wait = (guest.physical(one)[0] for one in addresses)
        return t1 - t0, prompt - t0 - wait


def same(values):
    """The value if all are equal, else all."""
    return (f"{values[0]:,}" if len(set(values)) == 1
            else "/".join(f"{value:,}" for value in values))


def print_counts():
    addresses = extension_addresses()
    print(f"q35, 256 MiB, -cpu Westmere, virtio disk, BIOS; instructions, "
          f"{RUNS} runs; one figure: all runs gave it")
    print(f"{'CPUs':>4} {'screen':>6} {'T0 to T1':>21} {'goal':>10} "
          f"{'original':>11} {'T0 to prompt':>23}")
    reached = True
    for case in CASES:
        start, whole = zip(*(measure(case, addresses) for _ in range(RUNS)))
        reached &= max(start) <= case.goal
        print(f"{case.cpus:>4} {case.video:>6} {same(start):>21} "
              f"{case.goal:>10,} {case.original:>11,} {same(whole):>23}")
    print("goals: " + ("reached" if reached else "NOT reached"))


def print_smallest_memory():
    for mib in MEMORIES_MIB:
        try:
            with QemuGuest(f"bench-memory-{mib}", memory=f"{mib}M",
                           limit=20) as guest:
                guest.prompt(10)
                assert guest.command("hello") == "Hello, world!\n"
                print(f"{mib} MiB: prompt, hello runs; "
                      + guest.command("mem").strip())
        except GuestError:
            print(f"{mib} MiB: no usable prompt")


if __name__ == "__main__":
    if not (BUILD / "disk.img").exists():
        sys.exit("bench.py: build/disk.img is missing; run ./build.sh bench")
    if sys.argv[1:] == ["memory"]:
        print_smallest_memory()
    else:
        print_counts()
