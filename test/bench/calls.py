"""calls.py - what a call costs that does next to nothing, beside Linux.

SPDX-License-Identifier: BSD-3-Clause

programs/bench-calls.c and linux/call-linux.c, where the TSC counts
instructions: from the call to the instruction behind it.
"""

from linux import LinuxError, LinuxGuest
from machine import BENCH_IMAGE, COUNTED, QemuGuest, reached
from smp import figures

MACHINE = {"machine": "q35", "cpu": "max", "cpus": "1", "video": "none"}
# Name of a figure: what it is, and the most instructions it may take.
ROWS = {
    "native.cpu_count": ("native: cpu_count, empty", 4),
    "native.queue_length": ("native: queue_length", None),
    "native.time_ns": ("native: time_ns", None),
    "native.key": ("native: key, none typed", None),
    "b.user": ("table: b_user, empty", 20),
    "b.output": ("table: b_output of nothing", 20),
    "b.system.unknown": ("table: b_system, unknown function", 20),
    "b.system.cores": ("table: b_system SMP_NUMCORES", None),
    "b.system.tsc": ("table: b_system TSC", None),
    "b.system.time": ("table: b_system TIMECOUNTER", None),
    "b.input": ("table: b_input, no key", None),
    "linux.getppid": ("Linux: getppid", None),
    "linux.getpid": ("Linux: getpid", None),
}


def measure_ours():
    with QemuGuest("bench-calls", image=BENCH_IMAGE, disk="virtio",
                   extra=COUNTED, limit=60, **MACHINE) as guest:
        guest.prompt(60)
        return figures(guest.command("bench-calls"))


def measure_linux():
    try:
        with LinuxGuest("bench-calls-linux", "/call-linux", extra=COUNTED,
                        program="call-linux", limit=120, **MACHINE) as guest:
            return figures(guest.run())
    except LinuxError as error:
        print(f"Linux: {error}")
        return {}


def print_calls():
    print("A call: instructions from the call to its return, without its "
          "arguments;\nq35, 1 CPU, -icount; minimum/median of 380 samples")
    found = {**measure_ours(), **measure_linux()}
    good = True
    for name, (what, goal) in ROWS.items():
        figure = found.get(name)
        shown = f"{figure[0]:,}/{figure[1]:,}" if figure else "-"
        said = ""
        if goal:
            missed = not figure or figure[1] > goal
            good &= not missed
            said = f"goal {goal}" + (" MISSED" if missed else "")
        print(f"  {what:<36} {shown:>15}  {said}".rstrip())
    print(reached(good))
