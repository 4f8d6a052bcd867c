"""interference.py - what runs on a CPU beside a program that only computes.

SPDX-License-Identifier: BSD-3-Clause

The programs compute on two CPUs, 10^9 instructions on each; plugin/count.c,
loaded by QEMU, counts what else those CPUs execute meanwhile.
"""

from linux import START_CPU_1, LinuxError, LinuxGuest
from machine import BENCH_IMAGE, BUILD, COMPARED, COUNTED, PLUGIN, QemuGuest

ROW = "{:>8} {:>3} {:>17} {:>16} {:>20}"


def counted(name):
    """QEMU's options, and the file that gets the counts."""
    out = BUILD / "test" / "bench" / f"{name}.count"
    out.unlink(missing_ok=True)
    return [*COUNTED, "-plugin", f"{PLUGIN},out={out}"], out


def counts(out):
    """Rows of: CPU, the program's instructions, entries, the system's."""
    rows = [tuple(map(int, line.split()))
            for line in out.read_text().splitlines()]
    assert sorted(row[0] for row in rows) == [0, 1], rows
    return [(cpu, program, entries, system)
            for cpu, program, system, entries in sorted(rows)]


def measure_ours():
    extra, out = counted("interference-ours")
    with QemuGuest("bench-interference", image=BENCH_IMAGE, disk="virtio",
                   extra=extra, limit=180, **COMPARED) as guest:
        guest.prompt(60)
        guest.command("compute", 100)
    return counts(out)


def measure_linux():
    extra, out = counted("interference-linux")
    with LinuxGuest("bench-interference-linux",
                    START_CPU_1 + "/smp-linux compute", extra=extra,
                    limit=300, **COMPARED) as guest:
        guest.run()
    return counts(out)


def print_interference():
    print("Interference: while a program computes on two CPUs (its own 10^9 "
          "instructions on each; 2 s\nof the guests' time)")
    print(ROW.format("", "CPU", "program's instr.", "system entered",
                     "system's instr."))
    ours = measure_ours()
    for row in ours:
        print(ROW.format("ours", *(f"{value:,}" for value in row)))
    try:
        for row in measure_linux():
            print(ROW.format("Linux", *(f"{value:,}" for value in row)))
    except LinuxError as error:
        print(f"Linux: {error}")
    print("goal: zero: "
          + ("NOT " if any(row[2] or row[3] for row in ours) else "")
          + "reached")
