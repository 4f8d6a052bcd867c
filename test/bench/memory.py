"""memory.py - the smallest memory that reaches a usable prompt.

SPDX-License-Identifier: BSD-3-Clause
"""

from machine import GuestError, QemuGuest

MEMORIES_MIB = (3, 4, 5, 6, 8)


def print_smallest():
    for mib in MEMORIES_MIB:
        try:
            with QemuGuest(f"bench-memory-{mib}", memory=f"{mib}M",
                           limit=20) as guest:
                guest.prompt(10)
                assert guest.command("hello") == "Hello, world!\n"
                print(f"{mib} MiB: prompt, hello runs; "
                      + guest.command("mem").splitlines()[0])
        except GuestError:
            print(f"{mib} MiB: no usable prompt")
