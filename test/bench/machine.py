"""machine.py - the machines that are measured, and how figures are printed.

SPDX-License-Identifier: BSD-3-Clause
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "boot"))
from guest import BUILD, ROOT, GuestError, QemuGuest  # noqa: E402

# QEMU's TSC counts instructions (plus time skipped in HLT or waited on
# timers), so figures repeat exactly.
COUNTED = ("-icount", "shift=0,sleep=off", "-rtc", "clock=vm")
BENCH_IMAGE = BUILD / "bench.img"
# Made of plugin/count.c, which says what it takes.
PLUGIN = BUILD / "test" / "bench" / "count.so"
# What ours and Linux run on where they are compared.
COMPARED = {"machine": "q35", "cpu": "max", "cpus": "2", "video": "none"}


def same(values):
    """The value if all are equal, else all."""
    return (f"{values[0]:,}" if len(set(values)) == 1
            else "/".join(f"{value:,}" for value in values))


def reached(all_of_them):
    return "goals: " + ("reached" if all_of_them else "NOT reached")


__all__ = ["BENCH_IMAGE", "BUILD", "COMPARED", "COUNTED", "PLUGIN",
           "ROOT", "GuestError", "QemuGuest", "reached", "same"]
