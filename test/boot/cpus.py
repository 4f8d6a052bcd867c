"""cpus.py - what the CPU tests ask of a machine.

SPDX-License-Identifier: BSD-3-Clause
"""

import re

from guest import BUILD, QemuGuest

IMAGE = BUILD / "test.img"
LINE = re.compile(r"^ *(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\w+)$", re.M)


class Cpu:
    """A line of `cpus`."""

    def __init__(self, match):
        *numbers, self.state = match.groups()
        (self.number, self.apic_id, self.package, self.core,
         self.thread) = map(int, numbers)


def machine(name, cpus, **options):
    """q35 with the test programs on its disk."""
    options = {"machine": "q35", "disk": "virtio", "image": IMAGE, **options}
    return QemuGuest(f"cpus-{name}", cpus=cpus, **options)


def list_cpus(guest, timeout=20):
    return [Cpu(match)
            for match in LINE.finditer(guest.command("cpus", timeout))]


def check_list(guest, count, timeout=20):
    """`cpus` has each CPU once, and all but the boot CPU wait for work."""
    cpus = list_cpus(guest, timeout)
    assert [cpu.number for cpu in cpus] == list(range(count))
    assert len({cpu.apic_id for cpu in cpus}) == count
    places = {(cpu.package, cpu.core, cpu.thread) for cpu in cpus}
    assert len(places) == count
    assert [cpu.state for cpu in cpus[1:]] == ["idle"] * (count - 1)


def check_work(guest, count, timeout=40):
    """All CPUs take work, and do each item once."""
    guest.check(rf"\Asmp-check: {count} CPUs?, all is well\n\Z",
                guest.command("smp-check", timeout))
