"""test_disks.py - the disk drivers, by the program disk-check.

SPDX-License-Identifier: BSD-3-Clause

It prints size and CRC-32 of the first 100 sectors of each disk and, given a
number, writes the last sectors of that disk and reads them back. All writes
go to a temporary copy.
"""

import zlib

import pytest
from bochs import BochsGuest
from guest import BUILD, QemuGuest
from image import SECTOR

IMAGE = BUILD / "test.img"


def expected(name):
    """What disk-check says of the image."""
    with open(IMAGE, "rb") as file:
        crc = zlib.crc32(file.read(100 * SECTOR))
    sectors = IMAGE.stat().st_size // SECTOR
    return (f"{name}: {sectors} sectors of {SECTOR} bytes\n"
            f"crc32 of the first 100: {crc:08x}\n")


def check_disk(guest, name):
    guest.prompt()
    assert expected(name) in guest.command("disk-check")
    answer = guest.command("disk-check 0", timeout=30)
    assert expected(name) in answer
    assert "exit status" not in answer


@pytest.mark.parametrize("disk,name", [
    ("ide", "ata0"), ("virtio", "virtio0"), ("virtio-modern", "virtio0")])
def test_disk(disk, name):
    with QemuGuest(f"disk-{disk}", image=IMAGE, disk=disk) as guest:
        check_disk(guest, name)


def test_disk_bochs():
    with BochsGuest("disk-bochs", image=IMAGE) as guest:
        check_disk(guest, "ata0")


def test_two_disks():
    """The second one is seen too, and programs come from the first."""
    with QemuGuest("disk-two", image=IMAGE, disk="ide", extra=[
            "-drive", f"if=none,id=two,format=raw,snapshot=on,file={IMAGE}",
            "-device", "virtio-blk-pci,drive=two"]) as guest:
        guest.prompt()
        answer = guest.command("disk-check")
        assert expected("ata0") in answer and expected("virtio0") in answer
