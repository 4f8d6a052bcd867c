"""files.py - what large files cost beside raw access, here and on Linux.

SPDX-License-Identifier: BSD-3-Clause

A disk holds a FAT32 volume with a file that is not fragmented, and behind the
volume as much that belongs to none: raw reads and writes go there. One volume
has clusters of 4 KiB, as mkfs.fat makes them up to 8 GiB, the other of 8 KiB;
what more of them takes is counted as instructions, with -icount.
"""

import os
import re
import subprocess

from machine import BUILD, COUNTED, GuestError, reached
from devices import (VIRTIO, Device, attempt, checked, our_guest, rates_of,
                     run_linux)

IMAGE = BUILD / "bench" / "files.img"
VOLUME_MIB = 640
SIZES = 64, 256  # MiB; the file has the last
CLUSTERS = 4096, 8192
PASSES = 5
PROGRAM = "bench-files"
WHATS = "raw-read", "read", "raw-write", "overwrite", "new"
RAW = {"read": "raw-read", "overwrite": "raw-write", "new": "raw-write"}
TICKS = re.compile(r"^ticks \S+ \d+ (\d+)$", re.M)
# A flush costs nothing: what is measured is the system, not the host's disk.
DISK = Device("q35", ["-drive", f"if=none,id=data,format=raw,file={IMAGE},"
                                "cache=unsafe",
                      "-device", "virtio-blk-pci,drive=data"],
              [*VIRTIO, "virtio_blk", "nls_cp437", "nls_ascii", "fat", "vfat"],
              (None, None), False)
SCRIPT = """
tries=0
until [ -b /dev/vda ] || [ $tries = 100 ]; do
/bin/busybox sleep 0.1
tries=$((tries + 1))
done
echo none >/sys/block/vda/queue/scheduler
echo 0 >/sys/block/vda/queue/iostats
/bin/busybox mkdir /volume
/bin/busybox mount -t vfat -o codepage=437,iocharset=ascii /dev/vda /volume
""" + "".join(f"/files-linux {what} {mib} {PASSES} /dev/vda /volume\n"
              for mib in SIZES for what in WHATS) + """
/bin/busybox umount /volume
"""
# Percent more requests than raw access takes, and instructions for a cluster;
# a new file's table is read, and then both copies of it are written.
REQUESTS_GOALS = {"read": 2, "overwrite": 2}
CLUSTER_GOAL = 10


def make_image(cluster):
    """Anew, so that what was written before is gone; without holes, which
    would make the host slow."""
    source = IMAGE.with_suffix(".bin")
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    IMAGE.unlink(missing_ok=True)
    with open(source, "wb") as file:
        for _ in range(SIZES[-1]):
            file.write(os.urandom(1 << 20))
    with open(IMAGE, "wb") as file:
        for _ in range(VOLUME_MIB):
            file.write(bytes(1 << 20))
    subprocess.run(["/usr/sbin/mkfs.fat", "-F", "32", "-s",
                    str(cluster // 512), IMAGE, str(VOLUME_MIB << 10)],
                   check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", IMAGE, source, "::large.bin"], check=True,
                   env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
    with open(IMAGE, "ab") as file:
        file.write(source.read_bytes())
    source.unlink()


def run(guest, what, mib, passes):
    return checked(guest.command(f"{PROGRAM} {what} {mib} {passes}", 120))


def requests_of(guest):
    """What the disk was asked for until now."""
    for row in guest.qmp("query-blockstats"):
        if row["device"] == "data":
            return (row["stats"]["rd_operations"] +
                    row["stats"]["wr_operations"])
    raise GuestError("QEMU knows no drive named data")


def count_requests(guest, what, mib):
    """Of one pass."""
    before = requests_of(guest)
    run(guest, what, mib, 1)
    return requests_of(guest) - before


def measure_ours(name, sizes=SIZES):
    """({(what, MiB): requests for the contents}, {...: bytes a second})

    Counted are the first files that are new, as long as there is room for
    them in one piece. What there is to do beside reading or writing contents
    is the same for one sector; to make a file is more, and counted."""
    requests, rates = {}, {}
    with our_guest(name, DISK, [], 600) as guest:
        guest.prompt(60)
        beside = {what: count_requests(guest, what, 0) - 1
                  for what in ("read", "overwrite")}
        beside["new"] = beside["overwrite"]
        for what in WHATS:
            for mib in sizes:
                requests[what, mib] = (count_requests(guest, what, mib) -
                                       beside.get(what, 0))
                if what == "new":
                    run(guest, "remove", 0, 1)
        for what in WHATS:
            for mib in sizes:
                text = run(guest, what, mib, PASSES)
                rates[what, mib] = rates_of(text)[what]
    return requests, rates


def count_ticks(name):
    """{what: instructions}, for the largest size."""
    ticks = {}
    with our_guest(name, DISK, COUNTED, 600) as guest:
        guest.prompt(60)
        for what in WHATS:
            text = run(guest, what, SIZES[-1], 1)
            ticks[what] = int(TICKS.search(text)[1])
    return ticks


def measure_linux(name):
    text = run_linux(name, DISK, [], SCRIPT, "files-linux")
    found = {}
    for mib in SIZES:
        rows = "\n".join(line for line in text.splitlines()
                         if f" {mib << 20} " in line)
        for what, rate in rates_of(rows).items():
            found[what, mib] = rate
    return found, {}


def shown(value, form):
    return "-" if value is None else form.format(value)


def ratio(one, other):
    return one / other if one and other else None


def print_rates(cluster, requests, rates, linux):
    """Rows of one volume; False if a goal is missed."""
    good = True
    for mib in SIZES:
        for what, raw in RAW.items():
            ours, theirs = rates.get((what, mib)), linux.get((what, mib))
            used = requests.get((what, mib))
            more = ratio(used, requests.get((raw, mib)))
            more = None if more is None else (more - 1) * 100
            goal = REQUESTS_GOALS.get(what)
            missed = goal is not None and (more is None or more > goal)
            good &= not missed
            print(f"{cluster:>7} {mib:>4} {what:<10}"
                  f"{shown(used and used / mib, '{:.3f}'):>9}"
                  f"{shown(more, '{:+.2f} %'):>9}"
                  f"{shown(ours and ours / 1e6, '{:,.0f}'):>9}"
                  f"{shown(ratio(ours, rates.get((raw, mib))), '{:.2f}'):>8}"
                  f"{shown(theirs and theirs / 1e6, '{:,.0f}'):>9}"
                  f"{shown(ratio(theirs, linux.get((raw, mib))), '{:.2f}'):>8}"
                  f"{shown(ratio(ours, theirs), '{:.2f}'):>8}  "
                  + ("" if goal is None else f"+{goal:g} %")
                  + (" MISSED" if missed else ""))
    return good


def print_ticks(ticks):
    """From the two volumes, whose clusters differ; False if a goal is
    missed."""
    few, many = (SIZES[-1] * 1048576 // size for size in reversed(CLUSTERS))
    good = True
    print(f"\nInstructions, {SIZES[-1]} MiB, waiting excluded (-icount)\n"
          f"{'':<12}{'a MiB, 4 and 8 KiB clusters':>30}{'raw':>8}"
          f"{'beyond raw, 4 KiB':>19}{'a cluster more':>16}  goal")
    for what, raw in RAW.items():
        each = [ticks[size].get(what) for size in CLUSTERS]
        cost = None if None in each else (each[0] - each[1]) / (many - few)
        missed = cost is None or cost > CLUSTER_GOAL
        good &= not missed
        text = ", ".join(shown(one and one / SIZES[-1], "{:,.0f}")
                         for one in each)
        beside = ticks[CLUSTERS[0]].get(raw)
        beyond = None if None in (each[0], beside) else each[0] - beside
        print(f"{what:<12}{text:>30}"
              f"{shown(beside and beside / SIZES[-1], '{:,.0f}'):>8}"
              f"{shown(beyond and beyond / many, '{:.2f}'):>19}"
              f"{shown(cost, '{:.2f}'):>16}  {CLUSTER_GOAL}"
              + (" MISSED" if missed else ""))
    return good


def print_files():
    good, ticks = True, {}
    print("Large files on FAT32, calls of 1 MiB, 1 CPU, -cpu max, virtio-blk; "
          "requests for the contents and\ntheir clusters; MB/s: best of "
          f"{PASSES} passes; raw: the same amount of the same disk")
    print(f"{'cluster':>7} {'MiB':>4} {'':<10}{'a MiB':>9}{'raw':>9}"
          f"{'MB/s':>9}{'of raw':>8}{'Linux':>9}{'of raw':>8}{'ratio':>8}"
          "  goal")
    for cluster in CLUSTERS:
        name = f"bench-files-{cluster}"
        make_image(cluster)
        ticks[cluster] = attempt_ticks(f"{name}-count")
        make_image(cluster)
        requests, rates = attempt(measure_ours, name)
        linux, _ = attempt(measure_linux, f"{name}-linux")
        good &= print_rates(cluster, requests, rates, linux)
    good &= print_ticks(ticks)
    IMAGE.unlink()
    print(reached(good))


def attempt_ticks(name):
    found = attempt(count_ticks, name)
    return found if isinstance(found, dict) else {}


__all__ = ["print_files"]
