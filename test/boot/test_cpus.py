"""test_cpus.py - machines with 1 to 255 CPUs: all found, all at work.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import time

import pytest
from cpus import check_list, check_work, list_cpus, machine

# Name: CPUs as QEMU wants them, how many run, further options. A screen costs
# QEMU time that grows with the CPUs, so the largest machines have none.
NO_SCREEN = {"video": "none"}
MACHINES = {
    "1": ("1", 1, {}),
    "2": ("2", 2, {}),
    "2-of-8": ("2,maxcpus=8", 2, {}),
    "8": ("8", 8, {}),
    "64": ("64", 64, NO_SCREEN),
    "128": ("128", 128, NO_SCREEN),
    "255": ("255", 255, NO_SCREEN),
    "uefi-4": ("4", 4, {"firmware": "uefi"}),
    "pc-4": ("4", 4, {"machine": "pc"}),
}
LIMIT = 120  # seconds: the largest needs 20 on a PC that does nothing else
PROMPT_TIME = 60

SUM = 10_000_000 * 9_999_999 // 2
PRIMES = 78498  # below a million

# What mandel shows: the middle of the screen, pixels, steps (mandel.c).
MIDDLE = complex(-0.75, 0)
WIDTH = 3.5
STEPS = 100
DRAW_TIME = 20


def check_programs(guest, count):
    """The examples: what all CPUs said and added up."""
    hello = "".join(f"Hello from CPU {cpu}\n" for cpu in range(count))
    guest.check(rf"\A{hello}Sum by {count} CPUs?: {SUM}, which is right\n\Z",
                guest.command("smptest", PROMPT_TIME))
    assert guest.command("smp-asm") == f"The sum is {SUM}\n"


@pytest.mark.parametrize("name", MACHINES)
def test_all_cpus_work(name):
    cpus, count, options = MACHINES[name]
    with machine(name, cpus, limit=LIMIT, **options) as guest:
        guest.prompt(PROMPT_TIME)
        assert f"processors: {count} of {count} CPUs\n" in guest.command("ver")
        check_list(guest, count)
        check_work(guest, count, PROMPT_TIME)
        check_programs(guest, count)
        check_list(guest, count)


def test_places_of_cpus():
    """Packages, cores and threads are the machine's."""
    with machine("places", "12,sockets=2,cores=3,threads=2") as guest:
        guest.prompt()
        places = [(cpu.package, cpu.core, cpu.thread)
                  for cpu in list_cpus(guest)]
    assert places == [(package, core, thread) for package in range(2)
                      for core in range(3) for thread in range(2)]


def test_primes():
    with machine("primes", "8") as guest:
        guest.prompt()
        guest.check(rf"\A +1 CPUs?: +{PRIMES} primes in \d+ ms\n"
                    rf" +8 CPUs: +{PRIMES} primes in \d+ ms\n"
                    r"speed-up \d+\.\d\d, for each CPU \d+\.\d\d\n\Z",
                    guest.command("primesmp", PROMPT_TIME))


def is_inside(x, y):
    """Whether that point is in the Mandelbrot set, as far as STEPS tell."""
    z, c = 0j, complex(x, y)
    for _ in range(STEPS):
        if z.real * z.real + z.imag * z.imag >= 4:
            return False
        z = z * z + c
    return True


def is_mandelbrot(screen):
    """Black is what is in the set, by some pixels of each line above the
    middle; the lines below are their mirror images."""
    width, height, pixels = screen
    stride, step = width * 3, WIDTH / width
    lines = [pixels[y * stride:(y + 1) * stride] for y in range(height)]
    middle = height // 2
    if any(lines[middle + y] != lines[middle - y] for y in range(middle)):
        return False
    return all((lines[y][x * 3:x * 3 + 3] == b"\0\0\0") ==
               is_inside(MIDDLE.real + (x - width // 2) * step,
                         (y - middle) * step)
               for y in range(middle + 1) for x in range(y % 32, width, 32))


@pytest.mark.parametrize("cpus", [1, 8])
def test_mandelbrot(cpus):
    with machine(f"mandel-{cpus}", str(cpus)) as guest:
        guest.prompt()
        guest.send("mandel\r")
        end = time.monotonic() + DRAW_TIME
        while not is_mandelbrot(guest.screenshot()):
            assert time.monotonic() < end, "this is not the Mandelbrot set"
            time.sleep(0.2)
        guest.send(" ")
        guest.prompt()


def test_mandelbrot_without_a_screen():
    with machine("mandel-none", "2", video="none") as guest:
        guest.prompt()
        assert "there is no frame buffer" in guest.command("mandel")


def test_items_run_while_cpus_are_idle():
    """Also when the CPU woken for one is given something else."""
    with machine("wake", "4") as guest:
        guest.prompt()
        assert guest.command("smp-wake") == "smp-wake: all is well\n"


def system_kib(cpus):
    with machine(f"memory-{cpus}", str(cpus)) as guest:
        guest.prompt(PROMPT_TIME)
        return int(re.search(r"(\d+) KiB system", guest.command("mem"))[1])


def test_memory_of_a_cpu():
    """The system needs at most 8 KiB more for each further CPU."""
    assert 0 < system_kib(64) - system_kib(1) <= 63 * 8
