"""test_contract.py - what the loader promises a kernel, checked by a kernel
that knows only the promise (test/kernels).

SPDX-License-Identifier: BSD-3-Clause
"""

import re
from dataclasses import dataclass, field

import pytest
from guest import BUILD, QemuGuest

IMAGE = BUILD / "test" / "contract.img"
# MiB at 0xFFFF800000000000 that any machine must have, if it has them at all:
# the tables for more need not fit into base memory.
MAPPED_MOST = 112 * 1024
MIB = 1 << 20
GIB = 1 << 30

# A device with that much memory, which the firmware must put above RAM, on
# the first PCI bus or on a root bus that no bridge leads to.
BAR = "memory-backend-ram,id=bar,size=32G,reserve=off"
LARGE_BAR = ["-object", BAR, "-device", "ivshmem-plain,memdev=bar"]
FAR_BAR = ["-device", "pxb-pcie,id=far,bus_nr=64,bus=pcie.0",
           "-device", "pcie-root-port,id=rp64,bus=far,addr=0,chassis=1",
           "-object", BAR, "-device", "ivshmem-plain,memdev=bar,bus=rp64"]

# RAM is full of zeros only in a fresh virtual machine: below the EBDA and from
# 1 MiB on it starts with this instead.
DIRT = b"\xa5"
DIRTY = {0x600: 0x7FA00, 0x100000: 6 * MIB}


def dirt(folder):
    """QEMU's arguments for it."""
    arguments = []
    for address, size in DIRTY.items():
        file = folder / f"dirt-{address:x}"
        file.write_bytes(DIRT * size)
        arguments += ["-device", f"loader,file={file},addr={address:#x},"
                                 "force-raw=on"]
    return arguments


@dataclass
class Row:
    """A machine; `given` is what it must be seen to have."""
    name: str
    cpus: int = 1
    memory: int = 256  # MiB
    missing: int = 8   # MiB that may not show at 0xFFFF800000000000
    given: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)


def row(name, cpus=1, memory=256, missing=8, given=None, **options):
    return Row(name, cpus, memory, missing, given or {}, options)


SCREEN = {"width": 1024, "height": 768, "pitch": 1024}
NO_SCREEN = {"frame_buffer": 0, "width": 0, "height": 0, "pitch": 0}

ROWS = [
    row("bios-pc-1", given=SCREEN),
    row("bios-q35-4", cpus=4, machine="q35", disk="virtio", given=SCREEN),
    row("bios-q35-64", cpus=64, machine="q35", disk="virtio", video="none",
        given=NO_SCREEN),
    row("bios-old-cpu", cpus=2, cpu="qemu64", given=SCREEN),
    row("bios-few-address-bits", cpu="max,phys-bits=32", given=SCREEN),
    row("bios-8G", cpus=2, memory=8192, missing=32, extra=LARGE_BAR,
        given=SCREEN),
    row("bios-200G", memory=200 * 1024, missing=32,
        machine="q35,memory-backend=ram", disk="virtio", given=SCREEN,
        extra=["-object",
               "memory-backend-ram,id=ram,size=200G,reserve=off"]),
    row("bios-far-bus", machine="q35", disk="virtio", extra=FAR_BAR,
        given=SCREEN),
    row("bios-no-hpet", machine="pc,hpet=off", given={"hpet": 0}),
    row("bios-no-acpi", machine="pc,acpi=off",
        given={"acpi": 0, "hpet": 0, **SCREEN}),
    row("uefi-1", machine="q35", firmware="uefi", disk="virtio", missing=48,
        given=SCREEN),
    row("uefi-64", cpus=64, machine="q35", firmware="uefi", disk="virtio",
        missing=48, given=SCREEN),
    row("uefi-4", cpus=4, machine="q35", firmware="uefi", disk="virtio",
        missing=48, given=SCREEN),
]


def check_values(values, case):
    """What the kernel told against what the machine was made of."""
    uefi = case.options.get("firmware") == "uefi"
    want = {"declared": case.cpus, "running": case.cpus,
            "taken": case.cpus - 1, "way": ord("U" if uefi else "B"),
            "x2apic": 0, "acpi": 1, **case.given}
    assert {name: values[name] for name in want} == want
    least = case.memory - case.missing
    assert min(least, MAPPED_MOST) <= values["mapped"] - 2 <= case.memory
    assert least <= values["usable"] <= case.memory
    assert least <= values["ram"] <= case.memory
    if BAR in case.options.get("extra", []):
        assert values["bars_end"] > 32 * GIB
    assert values["bars"] >= 1


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_contract(case, scratch):
    options = dict(case.options)
    options["extra"] = [*options.get("extra", []), *dirt(scratch)]
    with QemuGuest(f"contract-{case.name}", cpus=str(case.cpus), image=IMAGE,
                   memory=f"{case.memory}M", limit=60, **options) as guest:
        guest.expect(r"contract: \d+ ok, \d+ failed\n", 50)
        text = guest.text()
    failed = re.findall(r"^FAIL .*", text, re.M)
    assert not failed, "\n".join(failed)
    good = len(re.findall(r"^ok ", text, re.M))
    assert f"contract: {good} ok, 0 failed" in text and good > 80
    check_values({name: int(value) for name, value in
                  re.findall(r"^value (\w+) (\d+)$", text, re.M)}, case)
