"""test_madt_faults.py - ACPI tables that say wrong things about CPUs.

SPDX-License-Identifier: BSD-3-Clause

madt_faults/madt_faults.asm is the disk's boot sector: it writes entries over
those of CPUs that are not plugged in, then starts the real boot sector.
"""

import struct
import subprocess
from dataclasses import dataclass

import pytest
from guest import ROOT, QemuGuest
from image import SECTOR, copy_image

FAULTS = ROOT / "test" / "boot" / "madt_faults" / "madt_faults.asm"
CODE = 440  # bytes of a boot sector that are not the partition table
CHANGED = "FAULTS: MADT changed"
READY_TIME = 10  # seconds


def lapic(apic_id):
    """An entry of type 0: a local APIC, enabled."""
    return struct.pack("<BBBBI", 0, 8, apic_id, apic_id, 1)


def x2apic(apic_id):
    """An entry of type 9: a local x2APIC, enabled."""
    return struct.pack("<BBHIII", 9, 16, 0, apic_id, 1, apic_id)


@dataclass
class Fault:
    """What the MADT says beside CPUs 0 and 1, which are there."""
    running: str
    entries: bytes = b""
    last_length: int | None = None


# CPUs 0 and 1 exist; 50, 70 and 300 do not.
CASES = {
    "absent-cpu": Fault("2 of 3", lapic(50)),
    "three-absent-cpus": Fault("2 of 5", lapic(50) + lapic(51) + lapic(52)),
    "duplicates": Fault("2 of 2", lapic(1) + lapic(0) + lapic(1)),
    "type-9-again": Fault("2 of 2", x2apic(1) + x2apic(0)),
    "type-9-absent": Fault("2 of 3", x2apic(70)),
    # No entry can reach an id above 254 where the CPU has no x2APIC mode.
    "type-9-large-id": Fault("2 of 3", x2apic(300)),
    "broadcast-ids": Fault("2 of 2", lapic(0xFF) + x2apic(0xFFFFFFFF)),
    "last-of-length-0": Fault("2 of 2", last_length=0),
    "last-too-long": Fault("2 of 2", last_length=255),
    "length-0-before-others": Fault("2 of 3", lapic(50) + bytes(8)),
    "all-together": Fault("2 of 4", lapic(50) + lapic(1) + x2apic(1)
                          + x2apic(70), last_length=0),
}


def image_of(folder, fault):
    """A copy of the image that starts the boot sector with the fault."""
    code = folder / "faults.bin"
    switches = []
    if fault.entries:
        switches.append("-DENTRIES=" + ",".join(map(str, fault.entries)))
    if fault.last_length is not None:
        switches.append(f"-DLAST_LENGTH={fault.last_length}")
    subprocess.run(["nasm", "-f", "bin", "-w+error", *switches, FAULTS,
                    "-o", code], check=True)
    image = copy_image(folder)
    with open(image, "r+b") as file:
        real = file.read(SECTOR)
        file.write(real)
        file.seek(0)
        file.write(code.read_bytes()[:CODE])
    return image


@pytest.mark.parametrize("name", CASES)
def test_fault(name, scratch):
    fault = CASES[name]
    with QemuGuest(f"madt-{name}", machine="q35", cpus="2,maxcpus=8",
                   disk="virtio", image=image_of(scratch, fault),
                   limit=30) as guest:
        guest.prompt(READY_TIME)
        assert CHANGED in guest.text()
        assert f"{fault.running} CPUs" in guest.command("ver")
        assert guest.command("hello") == "Hello, world!\n"
