"""smp.py - what it costs to have work done by another CPU, beside Linux.

SPDX-License-Identifier: BSD-3-Clause

programs/smp-bench.c and linux/smp-linux.c take the same samples by
programs/measure.h: once where the TSC counts instructions of both CPUs, and
once where it is the host's, and only the ratio means something.
"""

import re
from dataclasses import dataclass

from linux import START_CPU_1, LinuxError, LinuxGuest
from machine import BENCH_IMAGE, COMPARED, COUNTED, QemuGuest, reached

SCRIPT = START_CPU_1 + """\
export OMP_PROC_BIND=true OMP_PLACES='{{0}},{{1}}' OMP_NUM_THREADS=2
for run in $(/bin/busybox seq {runs}); do
/smp-linux threads
OMP_WAIT_POLICY=active /smp-linux openmp active
OMP_WAIT_POLICY=passive /smp-linux openmp passive
done"""
LINE = re.compile(r"^figure (\S+) (\d+) (\d+) (\d+)$", re.M)

TENTH, SAME = 0.1, 1.0
# Counts repeat; of times those of the quietest run are taken.
RUNS_TIME = 5


@dataclass
class Row:
    """Two figures to compare, and how many times Linux's ours may be at
    most; without a goal: Linux's is a flag in memory, written by hand for
    this, which is no service of a system."""
    what: str
    ours: str
    linux: str
    beside: str
    goal: float | None


ROWS = {
    "Linux enters its kernel: CPUs sleep (ours: BAREMETAL_POWER)": [
        Row("dispatch (call returns)", "power.dispatch",
            "semaphore.dispatch", "sem_post", TENTH),
        Row("call to first instruction", "power.first",
            "semaphore.first", "sem_post", TENTH),
        Row("round trip", "power.round", "semaphore.round", "2 semaphores",
            TENTH),
        Row("dispatch", "power.dispatch", "condition.dispatch",
            "condition variable", TENTH),
        Row("call to first instruction", "power.first", "condition.first",
            "condition variable", TENTH),
        Row("round trip", "power.round", "condition.round",
            "condition variables", TENTH),
        Row("dispatch", "power.dispatch", "create.dispatch",
            "pthread_create", TENTH),
        Row("round trip", "power.round", "create.round",
            "pthread_create, _join", TENTH),
        Row("empty parallel for", "power.loop", "passive.loop",
            "OpenMP, passive", TENTH),
        Row("barrier", "power.barrier", "pthread.barrier",
            "pthread_barrier", TENTH),
        Row("barrier", "power.barrier", "passive.barrier", "OpenMP, passive",
            TENTH),
        Row("lock handover", "power.handover", "mutex.handover",
            "pthread_mutex", TENTH),
    ],
    "Linux spins in user mode: CPUs stay awake (ours: BAREMETAL_LATENCY)": [
        Row("empty parallel for", "latency.loop", "active.loop",
            "OpenMP, active", SAME),
        Row("barrier", "latency.barrier", "active.barrier", "OpenMP, active",
            SAME),
        Row("lock handover", "latency.handover", "spin.handover",
            "pthread_spin", SAME),
        Row("dispatch", "latency.dispatch", "spin.dispatch", "bare flag",
            None),
        Row("call to first instruction", "latency.first", "spin.first",
            "bare flag", None),
        Row("round trip", "latency.round", "spin.round", "bare flags", None),
    ],
}


def figures(text):
    """Name: (minimum, median), each the least of all runs."""
    found = {}
    for match in LINE.finditer(text):
        new = int(match[2]), int(match[3])
        old = found.get(match[1], new)
        found[match[1]] = tuple(map(min, old, new))
    return found


def measure_ours(name, extra, runs=1):
    with QemuGuest(f"bench-smp-{name}", image=BENCH_IMAGE, disk="virtio",
                   extra=extra, limit=180, **COMPARED) as guest:
        guest.prompt(60)
        return figures("".join(guest.command("smp-bench", 100)
                               for _ in range(runs)))


def measure_linux(name, extra, runs=1):
    try:
        with LinuxGuest(f"bench-smp-linux-{name}", SCRIPT.format(runs=runs),
                        extra=extra, limit=300, **COMPARED) as guest:
            return figures(guest.run())
    except LinuxError as error:
        print(f"Linux: {error}")
        return {}


def pair(value):
    return f"{value[0]:,}/{value[1]:,}" if value else "-"


def verdict(goal, ratio):
    """The goal, and whether it was missed: of medians, as a minimum may be
    of a case where nobody had to wait."""
    if not goal:
        return ""
    missed = ratio is None or ratio > goal
    return f"{goal:.1f} " + ("MISSED" if missed else "")


def print_table(ours, linux, with_goals):
    """False if a goal is missed."""
    good = True
    for title, rows in ROWS.items():
        print(title)
        print(f"  {'':<26} {'ours':>17} {'Linux':>19} {'ratio':>6}  "
              + ("goal" if with_goals else ""))
        for row in rows:
            mine, theirs = ours.get(row.ours), linux.get(row.linux)
            ratio = mine[1] / theirs[1] if mine and theirs else None
            shown = "-" if ratio is None else f"{ratio:.3f}"
            said = verdict(row.goal, ratio) if with_goals else ""
            good &= "MISSED" not in said
            print(f"  {row.what:<26} {pair(mine):>17} {pair(theirs):>19} "
                  f"{shown:>6}  {said:<11}{row.beside}")
    return good


def print_wake_up(ours):
    """What the other CPU does between the caller's return and the function's
    first instruction; only where CPUs run in turn is that a difference."""
    for policy in ("power", "latency"):
        first, dispatch = (ours[f"{policy}.{what}"][1]
                           for what in ("first", "dispatch"))
        print(f"wake-up to the function's first instruction, {policy}: "
              f"{first - dispatch:,}")


def print_smp():
    print("Work for another CPU: q35, 2 CPUs, -cpu max; minimum/median of "
          "380 samples; ratio: of medians")
    print("\nCounted: instructions of both CPUs, which run in turn (-icount)")
    ours = measure_ours("count", COUNTED)
    good = print_table(ours, measure_linux("count", COUNTED), True)
    print_wake_up(ours)
    print(reached(good))
    print(f"\nTimed: ticks of the host's TSC, quietest of {RUNS_TIME} runs; "
          "goals are for counts only, and a\nhost that does something else "
          "meanwhile spoils these")
    print_table(measure_ours("time", (), RUNS_TIME),
                measure_linux("time", (), RUNS_TIME), False)
