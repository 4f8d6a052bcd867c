#!/usr/bin/python3
"""bench.py - chooses what is measured.

SPDX-License-Identifier: BSD-3-Clause

    bench.py                all but those that say so, one by one
    bench.py start          instructions from the first own one to the prompt
    bench.py cpus           the same for 1 to 255 CPUs
    bench.py calls          a call that does nothing, beside Linux
    bench.py smp            work for other CPUs, beside Linux
    bench.py interference   what disturbs a program, beside Linux
    bench.py disk           reads from each kind of disk, beside Linux
    bench.py files          large files beside raw access, and Linux's vfat
    bench.py net            frames to and from each card, beside Linux
    bench.py disk-functions where our instructions for reads are (only when
                            named)
    bench.py net-functions  the same for frames (only when named)
    bench.py memory         the smallest memory that reaches a usable prompt
                            (only when named)
"""

import sys

sys.dont_write_bytecode = True
import calls  # noqa: E402
import disk  # noqa: E402
import files  # noqa: E402
import interference  # noqa: E402
import memory  # noqa: E402
import net  # noqa: E402
import smp  # noqa: E402
import start  # noqa: E402
from machine import BENCH_IMAGE  # noqa: E402

PARTS = {
    "start": start.print_start,
    "cpus": start.print_cpus,
    "calls": calls.print_calls,
    "smp": smp.print_smp,
    "interference": interference.print_interference,
    "disk": disk.print_disk,
    "files": files.print_files,
    "net": net.print_net,
    "disk-functions": disk.print_disk_functions,
    "net-functions": net.print_net_functions,
    "memory": memory.print_smallest,
}
DEFAULT = ("start", "cpus", "calls", "smp", "interference", "disk", "files",
           "net")


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
