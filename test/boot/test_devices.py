"""test_devices.py - the list of devices, those that misbehave or are not there,
date, and callbacks by timer.

SPDX-License-Identifier: BSD-3-Clause

Disks that return errors are in test_disks.py. COMPLETE=1 adds tests that take
minutes.
"""

import os
import re
import time

import pytest
from guest import (BUILD, MICROVM_MODERN, QemuGuest, device_arguments,
                   drive_arguments)

IMAGE = BUILD / "test.img"
HELLO = "Hello, world!\n"
COMPLETE = os.environ.get("COMPLETE")
EINVAL, EIO, ETIME = -1, -3, -4
DISK_LIMIT_MS = 15000  # block.c gives a disk 10 s


def functions(guest):
    """{PCI address: vendor and device} of all that QEMU has."""
    found = {}

    def add(devices):
        for device in devices:
            where = (f"{device['bus']:02x}:{device['slot']:02x}."
                     f"{device['function']:x}")
            found[f"0000:{where}"] = (f"{device['id']['vendor']:04x}:"
                                      f"{device['id']['device']:04x}")
            if "pci_bridge" in device:
                add(device["pci_bridge"].get("devices", []))

    for bus in guest.qmp("query-pci"):
        add(bus["devices"])
    return found


def listed(guest):
    """{PCI address: (vendor and device, class, driver)} of `devices`."""
    pattern = (r"^([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])  "
               r"([0-9a-f]{4}:[0-9a-f]{4})  (\w.*?)  +(\w.*)$")
    return {match[1]: match.groups()[1:]
            for match in re.finditer(pattern, guest.command("devices"), re.M)}


# Devices, their ids and the driver that takes each.
DEVICES = [
    ("virtio-scsi-pci", "1af4:1004", None), # no disk at it
    ("nvme,serial=1", "1b36:0010", None),   # the same
    ("qemu-xhci", "1b36:000d", "xhci"),
    ("e1000", "8086:100e", r"e1000-\d"),
    ("e1000e", "8086:10d3", r"e1000-\d"),
    ("vmxnet3", "15ad:07b0", r"vmxnet\d"),
    ("virtio-net-pci", "1af4:1000", r"vnet\d"),
    ("usb-ehci", "8086:24cd", "no driver"),
    ("virtio-rng-pci", "1af4:1005", "no driver"),
    ("rtl8139", "10ec:8139", "no driver"),
    ("intel-hda", "8086:2668", "no driver"),
    ("sdhci-pci", "1b36:0007", "no driver"),
    ("megasas", "1000:0060", "no driver"),
    ("edu", "1234:11e8", "no driver"),
]


@pytest.mark.parametrize("machine", ["pc", "q35"])
def test_list(machine):
    """Each function of the machine is listed once, with its ids and what
    drives it."""
    extra = [word for name, *_ in DEVICES for word in ("-device", name)]
    bridge = "pci-bridge,id=more,chassis_nr=1"
    extra += ["-device", bridge, "-device", "virtio-rng-pci,bus=more,addr=3"]
    with QemuGuest(f"devices-{machine}", machine=machine, disk="virtio",
                   image=IMAGE, extra=extra) as guest:
        guest.prompt()
        devices = listed(guest)
        assert {at: ids for at, (ids, *_) in devices.items()} == \
            functions(guest)
        drivers = {ids: driver for ids, _, driver in devices.values()}
        for name, ids, driver in DEVICES:
            assert driver is None or re.fullmatch(driver, drivers[ids]), name
        assert drivers["1af4:1001"] == "virtio0"
        assert drivers["1234:1111"] == "screen"
        assert drivers["1b36:0001"] == "bridge"
        assert guest.command("hello") == HELLO


def microvm(name, *devices, modern=tuple(MICROVM_MODERN), **options):
    """Machine microvm, which has no PCI, with a disk to start from."""
    extra = [word for device in devices for word in ("-device", device)]
    return QemuGuest(f"devices-microvm-{name}", firmware="microvm",
                     machine="microvm", disk="virtio-mmio", video="none",
                     image=IMAGE, extra=[*modern, *extra], **options)


def places(guest):
    """(address, kind, driver) of the virtio devices that are not on PCI."""
    return [(match[1], match[2].strip(), match[3]) for match in re.finditer(
        r"^virtio-mmio at (0x[0-9a-f]{8})  (.{22}) (.*)$",
        guest.command("devices"), re.M)]


def test_microvm():
    """What ACPI names instead of PCI."""
    with microvm("list", "virtio-net-device", "virtio-scsi-device",
                 "virtio-rng-device", cpus="2") as guest:
        guest.prompt()
        found = places(guest)
        assert sorted(place[1:] for place in found) == [
            ("virtio SCSI controller", "no disk"),
            ("virtio block device", "virtio0"),
            ("virtio device", "no driver"),
            ("virtio network device", "vnet0")]
        assert len({place[0] for place in found}) == 4
        assert "net-check.app" in guest.command("ls")
        assert guest.command("hello") == HELLO


def test_microvm_legacy():
    """QEMU's default, which we do not drive: a line says what to do."""
    with microvm("legacy", "virtio-rng-device", modern=()) as guest:
        said = guest.prompt()
        assert said.count("virtio-mmio.force-legacy=false") == 1
        assert [place[2] for place in places(guest)] == ["legacy", "legacy"]
        assert "no disk found" in guest.command("ls")
        assert "CPUs" in guest.command("ver")


def test_controllers_without_disks():
    """They cost no time, and nothing else is in the way."""
    names = ["ich9-ahci", "nvme,serial=1", "virtio-scsi-pci,id=scsi",
             "scsi-cd,bus=scsi.0", "qemu-xhci", "ide-cd,bus=ide.1"]
    with QemuGuest("devices-idle", disk="virtio", image=IMAGE, extra=[
            word for name in names for word in ("-device", name)]) as guest:
        start = time.monotonic()
        guest.prompt()
        assert time.monotonic() - start < 10
        assert "virtio0: " in guest.command("disk-check")
        assert guest.command("hello") == HELLO


@pytest.mark.parametrize("firmware,machine", [("bios", "pc"),
                                              ("uefi", "q35")])
def test_no_disk(firmware, machine):
    """Started from a controller that we leave alone, so there is none."""
    with QemuGuest(f"devices-no-disk-{firmware}", firmware=firmware,
                   machine=machine, disk="usb-ehci", limit=90) as guest:
        guest.prompt(60)
        answer = guest.command("ls")
        assert "No volume to read from" in answer
        assert "no disk found" in answer
        assert "nothing to load programs from" in guest.command("hello")
        devices = listed(guest)
        assert ("USB EHCI controller", "no driver") in \
            [device[1:] for device in devices.values()]
        assert "CPUs" in guest.command("ver")


def stuck_drive(name):
    """Its first request is done, the next ones wait for days. Once the device
    is reset they are done at once."""
    return drive_arguments(name, None, snapshot=False, driver="null-co",
                           **{"file.read-zeroes": "on",
                              "throttling.bps-total": 1})


def slow_drive(name, seconds):
    """Each request takes so long; a reset waits for it, and the whole machine
    with it."""
    return drive_arguments(name, None, snapshot=False, driver="null-co",
                           **{"file.read-zeroes": "on",
                              "file.latency-ns": int(seconds * 1e9)})


def do(guest, steps, timeout=60):
    """What disk-do said of each step: (disk, error, ms)."""
    answer = guest.command("disk-do " + steps, timeout)
    return [(name, int(error), int(ms)) for name, error, ms in re.findall(
        r"^(\w+) \w+ \d+: error (-?\d+) ms (\d+)", answer, re.M)]


@pytest.mark.parametrize("kind,name", [
    ("virtio", "virtio1"), ("scsi", "scsi0"), ("nvme", "nvme0")])
def test_disk_that_stops(kind, name):
    """What it is asked for fails in time; after a reset it is there again."""
    extra = stuck_drive("stuck") + device_arguments(kind, "stuck")
    with QemuGuest(f"devices-stuck-{kind}", disk="virtio", image=IMAGE,
                   extra=extra, limit=90) as guest:
        guest.prompt()
        answers = do(guest, "together r1:8:1:3")
        assert [disk for disk, *_ in answers] == 3 * [name]
        assert [error for _, error, _ in answers[1:]] == 2 * [ETIME]
        assert all(ms < DISK_LIMIT_MS for *_, ms in answers)
        assert guest.command("hello") == HELLO
        assert do(guest, "f1")[0][:2] == (name, 0)


# Kind, name, the disk that is started from, seconds it takes.
SLOW = [("ahci", "sata0", "virtio", 12), ("usb", "usb0", "virtio", 17)]
if COMPLETE:
    SLOW.append(("ata-second", "ata1", "ata", 33))


@pytest.mark.parametrize("kind,name,first,seconds", SLOW)
def test_slow_disk(kind, name, first, seconds):
    """An error once the driver's limit is over."""
    extra = slow_drive("slow", seconds) + device_arguments(kind, "slow")
    with QemuGuest(f"devices-slow-{kind}", disk=first, image=IMAGE,
                   extra=extra, limit=120) as guest:
        guest.prompt(60)
        answers = do(guest, "r1:8:1 r1:99999999:1", 90)
        assert answers[0][:2] in ((name, ETIME), (name, EIO))
        assert answers[0][2] < seconds * 1000 + 5000
        assert answers[1][1] == EINVAL
        assert guest.command("hello") == HELLO


@pytest.mark.skipif(not COMPLETE, reason="takes minutes: COMPLETE=1")
def test_disk_that_stops_at_the_prompt():
    """The only disk does not answer: ls names it, and what is wrong."""
    extra = slow_drive("slow", 11) + device_arguments("nvme", "slow")
    with QemuGuest("devices-stuck-prompt", disk="usb-ehci", limit=300,
                   extra=extra) as guest:
        guest.prompt(120)
        answer = guest.command("ls", timeout=150)
        assert re.search(r"nvme0: .*the disk did not answer", answer, re.S)
        assert "CPUs" in guest.command("ver")


@pytest.mark.parametrize("kind,name", [
    ("virtio", "virtio1"), ("scsi", "scsi0"), ("nvme", "nvme0")])
def test_disk_pulled_out(kind, name):
    """device_del and, as it asks, the slot ejected, while the disk has
    requests that take longer."""
    slot = 9
    extra = slow_drive("gone", 0.4)
    extra += device_arguments(kind, "gone", address=slot)
    with QemuGuest(f"devices-pulled-{kind}", disk="virtio", image=IMAGE,
                   extra=extra, limit=90) as guest:
        guest.prompt()
        assert do(guest, "r1:8:1")[0][:2] == (name, 0)
        answers = do(guest, f"together r1:8:1:8 w1:99:1 f1 e{slot}")
        errors = [error for disk, error, _ in answers if disk == name]
        assert len(errors) == 10 and set(errors) <= {0, EIO, ETIME}
        assert all(ms < DISK_LIMIT_MS for *_, ms in answers)
        assert f"0000:00:{slot:02x}.0" not in functions(guest)
        answers = do(guest, "r1:8:1 w1:9:1 f1 r0:8:1")
        assert all(error in (EIO, ETIME) for _, error, _ in answers[:3])
        assert all(ms < DISK_LIMIT_MS for *_, ms in answers)
        assert answers[3][1] == 0
        assert guest.command("hello") == HELLO


def test_date():
    """The clock on the board, over the end of a leap day."""
    with QemuGuest("devices-date", disk="virtio", extra=[
            "-rtc", "base=2028-02-29T23:59:54"]) as guest:
        guest.prompt()
        dates = guest.command("date")
        while dates.endswith(":5", 0, -2):
            time.sleep(0.5)
            dates += guest.command("date")
        assert re.fullmatch(r"(2028-02-29 23:59:5\d\n)+"
                            r"2028-03-01 00:00:0\d\n", dates)


@pytest.mark.parametrize("cpus", ["1", "4"])
@pytest.mark.parametrize("cpu", ["max", "max,-tsc-deadline", "Westmere"])
def test_callbacks(cpu, cpus):
    """callbacks checks that a program is not disturbed by them."""
    with QemuGuest(f"devices-callbacks-{cpu}-{cpus}", cpu=cpu, cpus=cpus,
                   disk="virtio", image=IMAGE) as guest:
        guest.prompt()
        answer = guest.command("callbacks", timeout=30)
        assert answer.endswith("callbacks: all is well\n")
        assert "WRONG" not in answer
        for _ in range(3):  # the timer ends with the program
            assert "exit status" not in guest.command("callbacks end")
            assert guest.command("hello") == HELLO


@pytest.mark.parametrize("what", ["registers", "disk", "memory"])
def test_callback_makes_the_call_it_interrupts(what):
    with QemuGuest(f"callback-calls-{what}", disk="virtio", image=IMAGE,
                   cpus="4") as guest:
        guest.prompt()
        assert guest.command(f"callback-calls {what}") == \
            "callback-calls: all is well\n"


def test_fault_while_a_request_is_submitted():
    """The disk is not lost with the CPU that had it."""
    with QemuGuest("disk-fault", disk="virtio", image=IMAGE,
                   cpus="2") as guest:
        guest.prompt()
        assert "CPU 1, in program disk-fault" in guest.command(
            "disk-fault", timeout=10)
        assert guest.command("hello") == HELLO
