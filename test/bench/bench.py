#!/usr/bin/python3
"""bench.py - chooses what is measured.

SPDX-License-Identifier: BSD-3-Clause

    bench.py                start, cpus, smp and interference, one by one
    bench.py start          instructions from the first own one to the prompt
    bench.py cpus           the same for 1 to 255 CPUs
    bench.py smp            work for other CPUs, beside Linux
    bench.py interference   what disturbs a program, beside Linux
    bench.py memory         the smallest memory that reaches a usable prompt
"""

import sys

sys.dont_write_bytecode = True
import interference  # noqa: E402
import memory  # noqa: E402
import smp  # noqa: E402
import start  # noqa: E402
from machine import BENCH_IMAGE  # noqa: E402

PARTS = {
    "start": start.print_start,
    "cpus": start.print_cpus,
    "smp": smp.print_smp,
    "interference": interference.print_interference,
    "memory": memory.print_smallest,
}
DEFAULT = ("start", "cpus", "smp", "interference")


def main(names):
    for name in names:
        if name not in PARTS:
            sys.exit(f"bench.py: '{name}' is none of: " + " ".join(PARTS))
    if not BENCH_IMAGE.exists():
        sys.exit(f"bench.py: {BENCH_IMAGE} is missing; run ./build.sh bench")
    for number, name in enumerate(names):
        if number:
            print()
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:] or DEFAULT)
