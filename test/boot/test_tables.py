"""test_tables.py - the system information table against the machine.

SPDX-License-Identifier: BSD-3-Clause

Addresses are the published ones (pure64/include/pure64/sysinfo.h).
"""

import struct

import pytest
from guest import QemuGuest

TABLE = 0x5000
NONE = 0


class Table:
    """A copy of the table, read by published address."""

    def __init__(self, guest):
        words = guest.physical(TABLE, 0x100)
        self.data = struct.pack(f"<{len(words)}Q", *words)

    def get(self, address, form):
        values = struct.unpack_from(f"<{form}", self.data, address - TABLE)
        return values[0] if len(values) == 1 else list(values)


@pytest.mark.parametrize("firmware,memory", [("bios", 256), ("uefi", 1024)])
def test_table(firmware, memory):
    with QemuGuest(f"tables-{firmware}", firmware=firmware, machine="q35",
                   cpus="3", memory=f"{memory}M", disk="virtio",
                   cpu="Westmere") as guest:
        guest.prompt()
        table = Table(guest)
        assert table.get(0x5000, "Q") > NONE                # ACPI
        assert table.get(0x5008, "I") == 0                  # boot CPU
        assert table.get(0x5012, "2H") == [3, 3]            # CPUs
        assert table.get(0x5100, "4I") == [0, 1, 2, NONE]   # APIC ids
        assert table.get(0x5016, "2B") == [40, 48]          # address bits
        mapped = table.get(0x5020, "I") - 2
        assert mapped % 2 == 0
        assert memory - 64 < mapped <= memory - 4
        assert table.get(0x5030, "B") == 1                  # I/O APICs
        assert table.get(0x5040, "QI") == [0xFED00000, 100_000_000]
        t0, t1 = table.get(0x5050, "2Q")
        assert 0 < t0 < t1
        assert table.get(0x5060, "Q") == 0xFEE00000         # local APIC
        frame = f"{table.get(0x5080, 'Q'):#x}"
        assert f"memory at {frame} [" in guest.monitor("info pci").replace(
            "0x00000000", "0x")
        width, height, pitch, bits = table.get(0x5088, "4H")
        assert guest.screenshot()[:2] == (width, height)
        assert pitch >= width and bits == 32
        assert table.get(0x50E0, "3B") == [0, 0, ord(firmware[0].upper())]
        assert table.get(0x5600, "4I")[1:] == [0xFEC00000, 0, 0]
        assert table.get(0x5400, "QH2B")[0] == 0xB0000000   # ECAM
        assert table.get(0x5410, "2Q") == [2**64 - 1] * 2


def test_table_of_a_machine_without_devices():
    with QemuGuest("tables-bare", machine="pc,acpi=off,hpet=off",
                   video="none") as guest:
        guest.prompt()
        table = Table(guest)
        assert table.get(0x5000, "Q") == NONE
        assert table.get(0x5012, "2H") == [1, 1]
        assert table.get(0x5040, "Q") == NONE
        assert table.get(0x5080, "Q") == NONE
        assert table.get(0x5092, "H") == 3                  # no FADT
        assert table.get(0x5400, "2Q") == [2**64 - 1] * 2
