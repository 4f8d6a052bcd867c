"""test_disks.py - every kind of disk: starting from it, its data, its errors.

SPDX-License-Identifier: BSD-3-Clause

DISK_MIB=64 makes the data test of ATA disks, which is slow, as large as that of
all others.
"""

import os
import re
import zlib

import pytest
from bochs import BochsGuest
from disk_image import (DATA_BYTES, check_random, empty_image, fat_image)
from guest import (BUILD, MICROVM_MODERN, QemuGuest, device_arguments, disk_arguments,
                   drive_arguments)
from image import SECTOR, image_with

IMAGE = BUILD / "test.img"
HELLO = "Hello, world!\n"
MIB = int(os.environ.get("DISK_MIB", "64"))
SLOW_MIB = int(os.environ.get("DISK_MIB", "8"))
EIO = -3

# Kind: the driver's name, and a machine. Memory above 4 GiB holds half of the
# buffers of the data test.
MICROVM = {"machine": "microvm", "firmware": "microvm", "video": "none",
           "memory": "5G"}
KINDS = {
    "ata": ("ata", {}),
    "ahci": ("sata", {}),
    "virtio": ("virtio", {}),
    "virtio-modern": ("virtio", {"machine": "q35", "memory": "5G"}),
    "scsi": ("scsi", {"machine": "q35", "memory": "5G"}),
    "virtio-mmio": ("virtio", MICROVM),
    "scsi-mmio": ("scsi", MICROVM),
    "nvme": ("nvme", {"machine": "q35", "memory": "5G"}),
    "usb": ("usb", {"machine": "q35", "memory": "5G"}),
}
BOOT, DATA, FAULTY = range(3)  # the disks, in that order

# Sectors of the third disk that can't be read or written, always or once.
READ_NEVER, READ_ONCE, WRITE_NEVER, WRITE_ONCE = 100, 200, 300, 400
UNREADABLE = b"a program that cannot be read"


def error_options(*rules):
    """Of QEMU's blkdebug: (what fails, sector or None, whether once)."""
    options = {}
    for n, (operation, sector, once) in enumerate(rules):
        rule = {"event": "none", "iotype": operation,
                "once": "on" if once else "off"}
        if sector is not None:
            rule["sector"] = sector
        for key, value in rule.items():
            options[f"file.inject-error.{n}.{key}"] = value
    return options


def faulty_drive(name, *rules, snapshot=False, **image):
    """A drive with errors; image: options of the driver below."""
    below = {f"file.image.{key}": value for key, value in image.items()}
    return drive_arguments(name, None, snapshot, driver="blkdebug",
                           **error_options(*rules), **below)


def boot_image(folder):
    """An image with a program that its disk will not give, and the sector."""
    image = image_with(folder, {"bad.app": UNREADABLE}, "test.img")
    offset = image.read_bytes().find(UNREADABLE)
    assert offset > 0 and offset % SECTOR == 0
    return image, offset // SECTOR


class Machine:
    """A guest with three disks of a kind."""

    def __init__(self, kind, folder):
        self.kind = kind
        self.driver, options = KINDS[kind]
        self.data = empty_image(folder / f"{kind}.img")
        self.image, unreadable = boot_image(folder)
        extra = faulty_drive("start", ("read", unreadable, False),
                             snapshot=True, driver="file",
                             filename=self.image)
        extra += device_arguments(kind, "start", boot=0)
        extra += drive_arguments("data", self.data, snapshot=False,
                                 cache="unsafe")
        extra += device_arguments(kind, "data")
        extra += faulty_drive(
            "faulty", ("read", READ_NEVER, False), ("read", READ_ONCE, True),
            ("write", WRITE_NEVER, False), ("write", WRITE_ONCE, True),
            ("flush", None, True), driver="null-co", **{"read-zeroes": "on"})
        extra += device_arguments("ata-second" if kind == "ata" else kind,
                                  "faulty")
        if options is MICROVM:
            extra += MICROVM_MODERN
        self.guest = QemuGuest(f"disk-{kind}", disk="none", extra=extra,
                               limit=300, **options)

    def do(self, *steps, together=False):
        """The errors of the steps of disk-do."""
        words = ["disk-do", *(["together"] if together else []), *steps]
        answer = self.guest.command(" ".join(words), timeout=60)
        errors = re.findall(r"^\w+ \w+ \d+: error (-?\d+)", answer, re.M)
        if len(errors) < len(steps):
            self.guest.fail(f"disk-do said {answer!r}")
        return [int(error) for error in errors]


@pytest.fixture(scope="module", params=KINDS)
def machine(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks")
    one = Machine(request.param, folder)
    with one.guest:
        one.guest.prompt()
        yield one
    for image in folder.iterdir():
        image.unlink()


def expected(name, image=IMAGE, size=SECTOR):
    """What disk-check says of the image."""
    with open(image, "rb") as file:
        crc = zlib.crc32(file.read(100 * size))
    sectors = image.stat().st_size // size
    return (f"{name}: {sectors} sectors of {size} bytes\n"
            f"crc32 of the first 100: {crc:08x}\n")


def check_files(guest):
    assert "hello.app" in guest.command("ls")
    assert guest.command("hello") == HELLO


def test_files(machine):
    """It has started from the disk; its files are there."""
    check_files(machine.guest)


def test_listed(machine):
    guest = machine.guest
    devices = guest.command("devices")
    for n, mib in ((0, 64), (1, DATA_BYTES >> 20), (2, 1024)):
        guest.check(rf"\n{machine.driver}{n} +disk, {mib} MiB, "
                    r"sectors of 512 bytes\n", devices)
    controller = "xhci" if machine.driver == "usb" else f"{machine.driver}0"
    place = r" [0-9a-f]{4}:[0-9a-f]{4}"
    if "mmio" in machine.kind:
        place = "virtio-mmio at 0x[0-9a-f]{8}"
    guest.check(rf"{place}  \w.* {controller}\n", devices)


def test_check(machine):
    """The first sectors are as in the image; the last ones can be written."""
    answer = machine.guest.command(f"disk-check {DATA}", timeout=60)
    assert expected(f"{machine.driver}{BOOT}", machine.image) in answer
    assert "the last sectors were written and read back" in answer
    assert "exit status" not in answer


def test_error_at_the_prompt(machine):
    """A program that cannot be read is not run; all else goes on."""
    guest = machine.guest
    assert "the disk reported an error" in guest.command("bad")
    assert "bad.app" in guest.command("ls")
    assert guest.command("hello") == HELLO


def test_read_errors(machine):
    n = READ_NEVER
    assert machine.do(f"r2:{n}:1", f"r2:{n - 1}:1", f"r2:{n + 1}:9",
                      f"r2:{n - 8}:16", f"r2:{n - 8}:8",
                      f"r2:{n}:1") == [EIO, 0, 0, EIO, 0, EIO]
    n = READ_ONCE
    assert machine.do(f"r2:{n - 4}:8", f"r2:{n}:1",
                      f"r2:{n - 4}:8") == [EIO, 0, 0]


def test_write_errors(machine):
    n = WRITE_NEVER
    assert machine.do(f"w2:{n}:1", f"w2:{n + 1}:4",
                      f"w2:{n - 4}:8", f"r2:{n}:1") == [EIO, 0, EIO, 0]
    n = WRITE_ONCE
    assert machine.do(f"w2:{n}:1", f"w2:{n}:1", "f2",
                      "f2") == [EIO, 0, EIO, 0]


def test_errors_among_others(machine):
    """Of requests under way together, only those at a bad sector fail."""
    n = READ_NEVER
    errors = machine.do(f"r2:{n - 20}:1:20", f"w2:{WRITE_NEVER - 2}:4",
                        "r2:1000:100", "w2:2000:100", together=True)
    if machine.driver == "sata":
        # The port stops at an error; who was under way is not tried again.
        assert {errors[10], errors[20]} == {EIO} >= set(errors) - {0}
    else:
        assert errors == 10 * [0] + [EIO] + 9 * [0] + [EIO, 0, 0]
    assert machine.do(f"r2:{n + 2}:1:9", "r2:1000:100", "w2:2000:100",
                      together=True) == 11 * [0]
    assert machine.guest.command("hello") == HELLO


def test_data(machine):
    mib = SLOW_MIB if machine.kind == "ata" else MIB
    check_random(machine.guest, DATA, machine.data, mib, seed=mib + 3)
    assert machine.guest.command("hello") == HELLO


# Further ways to connect them: kind, driver, options.
PORT = ["-device", "pcie-root-port,id=root,addr=5"]
BRIDGES = ["-device", "pci-bridge,id=one,chassis_nr=1,addr=6",
           "-device", "pci-bridge,id=two,chassis_nr=2,bus=one,addr=7"]


def behind(bus, device):
    """The disk at that bus."""
    return [*drive_arguments("disk", IMAGE), "-device",
            f"{device},drive=disk,bus={bus},bootindex=0"]


BOOTS = {
    "scsi-modern-pc": ("scsi", "scsi-modern", {}),
    "nvme-pc": ("nvme", "nvme", {}),
    "ahci-q35": ("sata", "ide", {"machine": "q35"}),
    "nvme-uefi": ("nvme", "nvme", {"machine": "q35", "firmware": "uefi"}),
    "scsi-uefi": ("scsi", "scsi", {"machine": "q35", "firmware": "uefi"}),
    "ahci-uefi": ("sata", "ide", {"machine": "q35", "firmware": "uefi",
                                  "cpus": "2"}),
    "ata-uefi": ("ata", "ide", {"firmware": "uefi"}),
    "virtio-port": ("virtio", "none", {
        "machine": "q35", "extra": PORT + behind("root", "virtio-blk-pci")}),
    "nvme-port-uefi": ("nvme", "none", {
        "machine": "q35", "firmware": "uefi",
        "extra": PORT + behind("root", "nvme,serial=1")}),
    "virtio-bridges": ("virtio", "none", {
        "extra": BRIDGES + behind("two", "virtio-blk-pci,addr=8")}),
    "nvme-westmere": ("nvme", "nvme", {"cpu": "Westmere", "memory": "64M"}),
}


@pytest.mark.parametrize("name", BOOTS)
def test_boot(name):
    driver, kind, options = BOOTS[name]
    with QemuGuest(f"disk-{name}", image=IMAGE, disk=kind, limit=90,
                   **options) as guest:
        guest.prompt(60)
        check_files(guest)
        assert expected(f"{driver}0") in guest.command("disk-check")


@pytest.mark.parametrize("kind,driver", [
    ("virtio", "virtio"), ("scsi", "scsi"), ("nvme", "nvme"), ("usb-bot", "usb")])
def test_large_sectors(kind, driver, scratch):
    """No firmware starts from such a disk; files come from it, which has a
    lower number, all the same. Then all of it is written."""
    image = fat_image(scratch / "large.img", 4096,
                      {"only-here.app": BUILD / "programs/hello.app",
                       "disk-random.app": BUILD / "test/programs/disk-random.app"})
    data = empty_image(scratch / "data.img")
    extra = disk_arguments(kind, image, "large", sector=4096, address=5)
    extra += drive_arguments("data", data, snapshot=False, cache="unsafe")
    extra += device_arguments(kind, "data", sector=4096, address=6)
    extra += disk_arguments("virtio", BUILD / "disk.img", "start", boot=0,
                            address=8)
    with QemuGuest(f"disk-{kind}-4096", disk="none", extra=extra,
                   limit=150) as guest:
        guest.prompt()
        assert "only-here.app" in guest.command("ls")
        assert guest.command("only-here") == HELLO
        guest.check(rf"\n{driver}0 +disk, 100 MiB, sectors of 4096 bytes\n",
                    guest.command("devices"))
        check_random(guest, 1, data, MIB, seed=4096, size=4096)


def test_all_kinds_together(scratch):
    """Disks of six kinds; two of one controller; data tests on two of them,
    not disturbed by the others."""
    kinds = ["virtio", "scsi", "nvme", "usb", "ahci"]
    first = empty_image(scratch / "first.img")
    second = empty_image(scratch / "second.img")
    extra = []
    for n, kind in enumerate(kinds):
        extra += disk_arguments(kind, IMAGE, f"d{n}", address=4 + n)
    extra += drive_arguments("first", first, snapshot=False, cache="unsafe")
    extra += ["-device", "scsi-hd,bus=d1-bus.0,lun=1,drive=first"]
    extra += drive_arguments("second", second, snapshot=False, cache="unsafe")
    extra += device_arguments("nvme", "second", address=12)
    with QemuGuest("disk-all", disk="ide", image=IMAGE, extra=extra,
                   limit=180) as guest:
        guest.prompt()
        check_files(guest)
        answer = guest.command("disk-check", timeout=60)
        names = [line.split(":")[0] for line in answer.splitlines()
                 if " sectors of " in line]
        assert names == ["ata0", "virtio0", "scsi0", "scsi1", "nvme0", "usb0",
                         "sata0", "nvme1"]
        for name in set(names) - {"scsi1", "nvme1"}:
            assert expected(name) in answer
        check_random(guest, names.index("scsi1"), first, MIB, seed=1)
        check_random(guest, names.index("nvme1"), second, MIB, seed=2)
        assert expected("scsi0") in guest.command("disk-check", timeout=60)


def test_bochs(scratch):
    """ATA by another emulator, from outside as well."""
    data = empty_image(scratch / "data.img", 16 * 1008 * 63 * SECTOR)
    with BochsGuest("disk-bochs", image=IMAGE, megs=128, limit=150, more=(
            f"ata0-slave: type=disk, path={data}, mode=flat\n")) as guest:
        guest.prompt()
        check_files(guest)
        assert expected("ata0") in guest.command("disk-check", timeout=30)
        check_random(guest, 1, data, 9, seed=7)
