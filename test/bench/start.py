"""start.py - instructions from the first own one to the prompt.

SPDX-License-Identifier: BSD-3-Clause

Every figure repeats exactly but for waits on the disk, which are taken out.
T0, T1: system information table, 0x5050 and 0x5058.

With many CPUs the counter of QEMU 7.2 runs ahead by some 60,000 for each CPU
that is started, far more than is executed; so there plugin/count.c counts.
"""

import subprocess
from dataclasses import dataclass

from machine import BUILD, COUNTED, PLUGIN, ROOT, QemuGuest, reached, same

T0 = 0x5050
CPUS_RUNNING = 0x5012
RUNS = 2


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
CPUS = (1, 2, 8, 64, 128, 255)

EXTENSION_SOURCE = """
#include <pure64/sysinfo.h>
#include <stdio.h>
#define AT(field) \\
    (LAYOUT_SYSINFO_EXTENSION + offsetof(struct sysinfo_extension, field))
int main(void)
{
    printf("%zu %zu %d %d", AT(t_prompt), AT(disk_wait), LAYOUT_PURE64_BIOS,
           LAYOUT_KERNEL);
}
"""


def addresses():
    """Where t_prompt and disk_wait stand, and where pure64 and the kernel are
    entered, asked of the compiler."""
    program = BUILD / "test" / "extension"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["gcc", f"-I{ROOT / 'pure64' / 'include'}", "-x", "c", "-", "-o",
         program], check=True, text=True, input=EXTENSION_SOURCE)
    return [int(word) for word in subprocess.run(
        [program], check=True, capture_output=True, text=True).stdout.split()]


def measure(cpus, video, extra=()):
    """(T0 to T1, T0 to the prompt without waits for the disk, CPUs)."""
    t_prompt, disk_wait, _, _ = addresses()
    with QemuGuest(f"bench-{cpus}-{video}", machine="q35", cpu="Westmere",
                   cpus=str(cpus), video=video, disk="virtio", limit=180,
                   extra=[*COUNTED, *extra]) as guest:
        guest.prompt(150)
        t0, t1 = guest.physical(T0, 2)
        prompt, wait = (guest.physical(one)[0]
                        for one in (t_prompt, disk_wait))
        running = guest.physical(CPUS_RUNNING)[0] & 0xFFFF
        return t1 - t0, prompt - t0 - wait, running


def print_start():
    print(f"Start: q35, 256 MiB, -cpu Westmere, virtio disk, BIOS; "
          f"instructions, {RUNS} runs; one figure: all runs gave it")
    print(f"{'CPUs':>4} {'screen':>6} {'T0 to T1':>21} {'goal':>10} "
          f"{'original':>11} {'T0 to prompt':>23}")
    good = True
    for case in CASES:
        start, whole, _ = zip(*(measure(case.cpus, case.video)
                                for _ in range(RUNS)))
        good &= max(start) <= case.goal
        print(f"{case.cpus:>4} {case.video:>6} {same(start):>21} "
              f"{case.goal:>10,} {case.original:>11,} {same(whole):>23}")
    print(reached(good))


def count_cpus(cpus):
    """(CPUs that ran, what each executed from pure64's first instruction to
    the kernel's, T0 to T1 by QEMU's counter)."""
    out = BUILD / "test" / "bench" / "start.count"
    _, _, first, last = addresses()
    start, _, running = measure(cpus, "none", [
        "-plugin", f"{PLUGIN},out={out},from={first},to={last}"])
    executed = [int(program) + int(system) for _, program, system, _ in
                map(str.split, out.read_text().splitlines())]
    return running, executed[:cpus], start


def print_cpus():
    print("Start of CPUs: the same machine without a screen; instructions "
          "executed in pure64")
    print(f"{'CPUs':>4} {'running':>7} {'boot CPU':>9} {'a further CPU':>13} "
          f"{'each other, most':>16} {'T0 to T1 by the counter':>23}")
    alone = None
    for cpus in CPUS:
        running, executed, start = count_cpus(cpus)
        alone = executed[0] if alone is None else alone
        step = (f"+{(executed[0] - alone) / (cpus - 1):,.0f}" if cpus > 1
                else "")
        most = f"{max(executed[1:]):,}" if cpus > 1 else ""
        print(f"{cpus:>4} {running:>7} {executed[0]:>9,} {step:>13} "
              f"{most:>16} {start:>23,}")
