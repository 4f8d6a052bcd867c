"""test_cpus_vectors.py - x87, SSE, AVX, AVX-512, general registers and red
zone of programs on all CPUs, while interrupts come and CPUs are stopped.

SPDX-License-Identifier: BSD-3-Clause

What is checked, and that interrupts did come, is in programs/vectors.c.
"""

import time

import pytest
from bochs import BochsGuest
from cpus import IMAGE, check_list, machine

LIMIT = 300
PROGRAM_TIME = 150
KEY_INTERVAL = 0.03
CTRL_C = "\x03"

# Name: CPUs, QEMU's model of them, what a program can use of it.
MACHINES = {
    "1": (1, "max", "AVX"),
    "2": (2, "max", "AVX"),
    "8": (8, "max", "AVX"),
    "sse": (2, "Westmere", "SSE"),
}


def check_vectors(guest, keyboards, count, registers):
    """Types on all keyboards until the program has had enough interrupts of
    each; COM1 is the first, and its letters go before the Enter."""
    guest.send(f"vectors {len(keyboards)}\r")
    guest.expect(r"\nvectors: begin\n", PROGRAM_TIME)
    end = time.monotonic() + PROGRAM_TIME
    while b"vectors: enough" not in guest.received[guest.seen:]:
        if time.monotonic() > end:
            guest.fail("vectors did not end")
        for press in keyboards:
            press()
        guest.receive(KEY_INTERVAL)
    guest.send("\r")
    guest.check(rf"\Avectors: enough\nvectors: {count} CPUs, {registers}, "
                r"all is well\n\Z", guest.prompt(PROGRAM_TIME))


def check_stop(guest):
    """Stopped with all registers in use; the next program, in which each CPU
    looks at what it starts with, follows."""
    guest.send("vectors\r")
    guest.expect(r"\nvectors: begin\n", PROGRAM_TIME)
    guest.send(CTRL_C)
    assert guest.prompt().endswith("vectors: stopped\n")


def check_machine(guest, keyboards, count, registers):
    guest.prompt(LIMIT)
    check_stop(guest)
    check_vectors(guest, keyboards, count, registers)
    check_list(guest, count)


@pytest.mark.parametrize("name", MACHINES)
def test_vectors(name):
    count, model, registers = MACHINES[name]
    with machine(f"vectors-{name}", str(count), cpu=model,
                 limit=LIMIT) as guest:
        # Shift interrupts as every key does, but is no key by itself.
        keyboards = [lambda: guest.send("x"), lambda: guest.press("shift")]
        check_machine(guest, keyboards, count, registers)


def test_vectors_avx_512():
    with BochsGuest("cpus-vectors-avx-512", cpus=2, image=IMAGE, limit=LIMIT,
                    model="corei7_skylake_x") as guest:
        check_machine(guest, [lambda: guest.send("x")], 2, "AVX-512")
