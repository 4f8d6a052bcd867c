"""test_cpus_stop.py - taking CPUs back from programs that do not end well.

SPDX-License-Identifier: BSD-3-Clause

TORTURE_S=600 makes the torture that many seconds long.
"""

import os
import random
import time

import pytest
from cpus import check_list, check_work, machine

CPUS = 8
ROUNDS = 100
CTRL_C = "\x03"
# Seconds: of torture, and for all tests of one machine.
TORTURE_S = int(os.environ.get("TORTURE_S", 20))
LIMIT = 200 + 2 * TORTURE_S
LEFT = "smp-leave: exit status 7\n"
READERS = 4


@pytest.fixture(scope="module")
def eight():
    with machine("stop", str(CPUS), limit=LIMIT) as one:
        one.prompt()
        yield one


@pytest.fixture
def guest(eight):
    """The same machine for all tests; after each, all its CPUs are usable."""
    yield eight
    check_list(eight, CPUS)
    check_work(eight, CPUS)


def start_spinning(guest, count=CPUS, where=""):
    """All CPUs spin with interrupts on when this returns."""
    guest.send(f"smp-spin{where}\r")
    guest.expect(rf"\nsmp-spin: {count} CPUs spin\n")


def check_stopped(guest, program="smp-spin"):
    assert guest.prompt().endswith(f"{program}: stopped\n")


def check_fault(guest, cpu, further=""):
    report = guest.command(f"smp-fault {cpu}{further}")
    assert f", CPU {cpu}, in program smp-fault\n" in report
    assert "\nCR2 0000123456789000" in report


@pytest.mark.parametrize("where", ["", " call"])
def test_ctrl_c_on_com1(guest, where):
    """In loops of the program, and in the system, where CPUs wait."""
    start_spinning(guest, CPUS, where)
    guest.send(CTRL_C)
    check_stopped(guest)


def test_ctrl_c_on_the_keyboard(guest):
    start_spinning(guest)
    guest.press("ctrl", "c")
    check_stopped(guest)


@pytest.mark.parametrize("cpu", [0, 1, 3, CPUS - 1])
def test_fault(guest, cpu):
    check_fault(guest, cpu)


@pytest.mark.parametrize("how", ["wait", "lock"])
def test_fault_while_the_boot_cpu_waits(guest, how):
    check_fault(guest, 3, f" {how}")


@pytest.mark.parametrize("how", ["time", "end"])
def test_fault_while_the_boot_cpu_is_in_the_system(guest, how):
    """With interrupts off. The report comes, even if the program has ended
    by itself by then, and with that program."""
    check_fault(guest, 3, f" {how}")


@pytest.mark.parametrize("where", ["", " all", " loop"])
def test_exit_on_another_cpu(guest, where):
    assert guest.command(f"smp-exit{where}") == "smp-exit: exit status 5\n"


def test_reset(guest):
    """What b_system's RESET takes CPUs away from is usable."""
    assert guest.command("smp-reset") == "smp-reset: all is well\n"


def test_return_while_others_spin(guest):
    assert guest.command("smp-leave") == LEFT


def test_a_hundred_of_each(guest):
    for _ in range(ROUNDS):
        start_spinning(guest)
        guest.send(CTRL_C)
        check_stopped(guest)
        check_fault(guest, 3)
        assert guest.command("smp-leave") == LEFT


def test_ctrl_c_in_the_midst_of_work(guest):
    """CPUs may be anywhere in the system, with locks of it taken."""
    chance = random.Random(1)
    for seed in range(20):
        guest.send(f"smp-torture 100 {seed}\r")
        guest.expect(r"\Asmp-torture \d+ \d+\n")
        time.sleep(0.1 + chance.random() / 5)
        guest.send(CTRL_C)
        check_stopped(guest, "smp-torture")
        assert "which is right" in guest.command("smptest")


def test_torture(guest):
    answer = guest.command(f"smp-torture {TORTURE_S}", 2 * TORTURE_S + 20)
    guest.check(rf"\Asmp-torture: {CPUS} CPUs, \d+ operations, all is well\n",
                answer)


def test_ctrl_c_while_others_read_the_disk():
    """A disk that is slow for CPUs, for which they queue."""
    with machine("stop-disk", str(READERS), machine="pc",
                 disk="ide") as readers:
        readers.prompt()
        for _ in range(2):
            readers.send("smp-disk\r")
            readers.expect(r"\nsmp-disk: reading\n")
            readers.send(CTRL_C)
            check_stopped(readers, "smp-disk")
        check_work(readers, READERS)


@pytest.mark.parametrize("count", [1, 2])
def test_small_machine(count):
    with machine(f"stop-{count}", str(count)) as small:
        small.prompt()
        for cpu in range(count):
            small.send("smp-spin\r")
            small.expect(r"\nsmp-spin: .* spins?\n")
            small.send(CTRL_C)
            check_stopped(small)
            check_fault(small, cpu)
        check_work(small, count)
