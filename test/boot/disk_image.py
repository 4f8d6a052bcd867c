"""disk_image.py - what programs/disk-random.c leaves on a disk, checked from
outside, and images for disks.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import re
import struct
import subprocess
import zlib
from array import array

MIB = 1 << 20
# Not a multiple of anything but a sector of 4096 bytes.
DATA_BYTES = 100 * MIB + 7 * 4096
TAG = struct.Struct("<QII")


def make_pattern(size=8192):
    value, pattern = 1, bytearray()
    for _ in range(size):
        value = (value * 1664525 + 1013904223) & 0xFFFFFFFF
        pattern.append(value >> 24)
    return bytes(pattern)


PATTERN = make_pattern()


def empty_image(path, size=DATA_BYTES):
    """A disk of zeros, most of it a hole."""
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def last_writers(image, seed, size):
    """The number of the request that wrote each sector last, 0 if it is still
    zero; fails on a sector that is neither."""
    numbers = array("I")
    zeros = bytes(size)
    with open(image, "rb") as file:
        for sector in range(os.path.getsize(image) // size):
            data = file.read(size)
            if data == zeros:
                numbers.append(0)
                continue
            number = TAG.unpack_from(data)[1]
            start = (number * 31 + sector * 17) % 4096
            right = TAG.pack(sector, number, seed) + \
                PATTERN[start:start + size - TAG.size]
            assert number and data == right, \
                f"sector {sector}: {data[:32].hex()}, not {right[:32].hex()}"
            numbers.append(number)
    return numbers


def check_random(guest, disk, image, mib, seed, size=512):
    """Runs disk-random on an empty image, and checks what is on it then."""
    answer = guest.command(f"disk-random {disk} {mib} {seed}",
                           timeout=30 + 2 * mib)
    match = re.search(r"wrote (\d+) in (\d+), read (\d+) in .*\nmap (\d+)\n",
                      answer)
    if not match or "FAILED" in answer:
        guest.fail(f"disk-random said {answer!r}")
    assert int(match[1]) >= mib * MIB and int(match[3]) >= mib * MIB
    numbers = last_writers(image, seed, size)
    assert sum(number != 0 for number in numbers) * size <= int(match[1])
    assert zlib.crc32(numbers.tobytes()) == int(match[4])


def fat_image(path, size, files):
    """A FAT16 volume with sectors of that many bytes, no partition table;
    files: {name: path}."""
    empty_image(path)
    subprocess.run(["/usr/sbin/mkfs.fat", "-F", "16", "-S", str(size), "-s",
                    "1", path], check=True, stdout=subprocess.DEVNULL)
    for name, source in files.items():
        subprocess.run(["mcopy", "-i", path, source, f"::{name}"], check=True,
                       env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))
    return path
