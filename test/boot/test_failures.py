"""test_failures.py - what cannot boot says why, on COM1.

SPDX-License-Identifier: BSD-3-Clause
"""

import pytest
from guest import BUILD, QemuGuest
from image import (FILE_SYSTEM, PAYLOAD, SECTOR, damaged_image,
                   payload_header)

ERROR_TIME = 15  # seconds


def test_payload_missing(scratch):
    """The boot sector finds something else in its place."""
    with QemuGuest("no-payload", image=damaged_image(scratch, 0, SECTOR),
                   limit=30) as guest:
        guest.expect(r"No system N00", ERROR_TIME)


def test_os_missing(scratch):
    """The kernel finds something else in its place."""
    offset = payload_header()["kernel_offset"] + \
        (BUILD / "kernel.sys").stat().st_size
    with QemuGuest("no-os", image=damaged_image(scratch, offset, SECTOR),
                   limit=30) as guest:
        guest.expect(r"No os!", ERROR_TIME)


def unreadable_drive(scratch, sector):
    """QEMU's arguments for a disk with a sector that can't be read."""
    rules = scratch / "rules"
    rules.write_text(f'[inject-error]\nevent = "read_aio"\n'
                     f'sector = "{sector}"\nonce = "off"\n')
    return ["-drive", f"driver=raw,if=none,id=bad,readonly=on,"
                      f"file.driver=blkdebug,file.config={rules},"
                      f"file.image.driver=file,"
                      f"file.image.filename={BUILD / 'disk.img'}",
            "-device", "virtio-blk-pci,drive=bad"]


@pytest.mark.parametrize("part,message", [
    ("header", r"Disk error R0C"),
    ("kernel_offset", r"The system cannot be read from the disk. Error D0C"),
    ("total_bytes", r"The system cannot be read from the disk. Error D0C"),
])
def test_unreadable_sector(scratch, part, message):
    """A read error at each stage is named, not met with silence; sector by
    the header's fields, total_bytes being the last one."""
    offset = payload_header().get(part, 0)
    sector = PAYLOAD // SECTOR + (offset - (part == "total_bytes")) // SECTOR
    with QemuGuest(f"unreadable-{part}", disk="none", limit=30,
                   extra=unreadable_drive(scratch, sector)) as guest:
        guest.expect(message, ERROR_TIME)


def test_not_a_64_bit_cpu():
    with QemuGuest("32-bit-cpu", cpu="qemu32", limit=30) as guest:
        guest.expect(r"This CPU has no 64-bit mode. Error C01", ERROR_TIME)


def test_too_little_memory():
    with QemuGuest("no-memory", memory="1M", limit=30) as guest:
        guest.expect(r"Pure64 error P\d\d: .*\.\n", ERROR_TIME)


def test_file_system_unreadable(scratch):
    """The disk's error is named, and the prompt comes back."""
    drive = unreadable_drive(scratch, FILE_SYSTEM // SECTOR)
    with QemuGuest("unreadable-files", disk="none", extra=drive) as guest:
        guest.prompt()
        assert "the disk reported an error" in guest.command("ls")
        assert "the disk reported an error" in guest.command("hello")
        assert "CPUs" in guest.command("ver")
