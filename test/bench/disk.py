"""disk.py - what a read from a disk costs, beside Linux.

SPDX-License-Identifier: BSD-3-Clause
"""

import os

from machine import BUILD
from devices import (GOALS, VIRTIO, Device, attempt, count_row, measure_linux,
                     measure_ours, print_functions, print_table, rate_row)

DATA = BUILD / "bench" / "data.img"
DATA_MIB = 256
PROGRAM = "bench-disk"
# Nothing writes to it.
DRIVE = ["-drive", f"if=none,id=data,format=raw,file={DATA},"
                   "file.locking=off"]
# In the order they are loaded in.
CRC = ["crct10dif_common", "crc-t10dif", "crc64", "crc64-rocksoft", "t10-pi"]
SCSI = ["scsi_common", "scsi_mod", *CRC, "sd_mod"]

DISKS = {
    "virtio-blk": Device("q35", ["-device", "virtio-blk-pci,drive=data"],
                         [*VIRTIO, "virtio_blk"], GOALS, True, "vda"),
    "virtio-scsi": Device("q35", ["-device", "virtio-scsi-pci",
                                  "-device", "scsi-hd,drive=data"],
                          [*VIRTIO, *SCSI, "virtio_scsi"], GOALS,
                          True, "sda"),
    "nvme": Device("q35", ["-device", "nvme,drive=data,serial=1"],
                   [*CRC, "nvme-core", "nvme"],
                   GOALS, True, "nvme0n1"),
    "ahci": Device("q35", ["-device", "ide-hd,drive=data,bus=ide.0"],
                   [*SCSI, "libata", "libahci", "ahci"], (3, 3), False,
                   "sda"),
    "ata": Device("pc", ["-device", "ide-hd,drive=data,bus=ide.0"],
                  [*SCSI, "libata", "ata_piix"], (None, None), False,
                  "sda"),
    "usb": Device("q35", ["-device", "qemu-xhci",
                          "-device", "usb-storage,drive=data"],
                  [*SCSI, "usb-common", "usbcore", "xhci-hcd",
                   "xhci-pci", "usb-storage"], (None, None), False, "sda"),
}
# Linux as fast as it can be: nothing sorts requests or counts them.
SCRIPT = """
tries=0
until [ -b /dev/{disk} ] || [ $tries = 100 ]; do
/bin/busybox sleep 0.1
tries=$((tries + 1))
done
queue=/sys/block/{disk}/queue
echo none >$queue/scheduler
echo 0 >$queue/iostats
/device-linux disk {{what}} /dev/{disk}
"""


def make_data():
    if not DATA.exists() or DATA.stat().st_size != DATA_MIB << 20:
        DATA.parent.mkdir(parents=True, exist_ok=True)
        with open(DATA, "wb") as file:
            for _ in range(DATA_MIB):
                file.write(os.urandom(1 << 20))


def print_row(kind, device):
    ours, our_rates = attempt(measure_ours, kind, device, PROGRAM, DRIVE)
    linux, linux_rates = attempt(measure_linux, kind, device,
                                 SCRIPT.format(disk=device.linux), DRIVE)
    good = True
    for depth, accesses in zip(("1", "32"), device.accesses):
        good &= count_row(kind, f"4 KiB, {depth}", ours.get(depth),
                          linux.get(depth), accesses, device.beside)
    good &= rate_row(kind, "1 MiB reads", our_rates.get("large"),
                     linux_rates.get("large"), "MB/s", 1e6,
                     device.beside)
    return good


def print_disk(kinds=None):
    make_data()
    print_table("Disks: 1 CPU, -cpu max; instructions of the system for a "
                "read of 4 KiB, waiting excluded: median/minimum\nof up to 40 "
                "samples; accesses to the device, mean; MB/s: best of 5 "
                "passes over 128 MiB", DISKS, print_row, kinds)


def print_disk_functions():
    make_data()
    for kind, device in DISKS.items():
        attempt(print_functions, kind, device, PROGRAM, DRIVE)
