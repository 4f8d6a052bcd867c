"""image.py - changed copies of disk images.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import struct
import subprocess

from guest import BUILD, ROOT

SECTOR = 512
PAYLOAD_MAX = 960 * 1024


def template(key):
    """A number of disk.img.template."""
    return int(subprocess.run(
        [ROOT / "tools/image.sh", ROOT / "disk.img.template", "get", key],
        check=True, capture_output=True, text=True).stdout)


PAYLOAD = template("payload_sector") * SECTOR
OPTIONS = PAYLOAD - SECTOR
OPTIONS_FILE = "EFI/BOOT/baremetal.cfg"
FILE_SYSTEM = template("partition_sector") * SECTOR


def copy_image(folder, source="disk.img"):
    """A copy in `folder`, holes kept."""
    image = folder / "copy.img"
    subprocess.run(["cp", "--sparse=always", BUILD / source, image],
                   check=True)
    return image


def put_file(image, path, content):
    """Writes a file to the image's file system, in place of an old one."""
    source = image.with_suffix(".file")
    source.write_bytes(content)
    subprocess.run(["mcopy", "-o", "-i", f"{image}@@{FILE_SYSTEM}", source,
                    f"::{path}"], check=True,
                   env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))


def image_with(folder, files, source="disk.img"):
    """A copy of the image with further files: {path: content}."""
    image = copy_image(folder, source)
    for path, content in files.items():
        put_file(image, path, content)
    return image


def options_block(text="", video=0, width=0, height=0):
    """struct boot_options (options.h)."""
    body = struct.pack("<4H256s240x", video, width, height, 0, text.encode())
    words = struct.unpack("<126I", body)
    magic = int.from_bytes(b"PBMO", "little")
    return struct.pack("<2I", magic, -(magic + sum(words)) % 2**32) + body


def put_options(image, block):
    """Boot options for BIOS and UEFI."""
    with open(image, "r+b") as file:
        file.seek(OPTIONS)
        file.write(block[:SECTOR])
    put_file(image, OPTIONS_FILE, block)


def image_with_options(folder, *block, source="disk.img", **fields):
    """A copy of the image with those of options_block."""
    image = copy_image(folder, source)
    put_options(image, options_block(*block, **fields))
    return image


def damaged_image(folder, offset, length):
    """A copy whose payload has zeros at `offset`."""
    image = copy_image(folder)
    with open(image, "r+b") as file:
        file.seek(PAYLOAD + offset)
        file.write(bytes(length))
    return image


def payload_header(payload=BUILD / "payload.bin"):
    """Fields of struct payload_header (boot_info.h) behind the jump."""
    with open(payload, "rb") as file:
        fields = struct.unpack("<4x7I", file.read(32))
    return dict(zip(("magic", "total_bytes", "pure64_offset", "pure64_bytes",
                     "pure64_memory", "kernel_offset", "kernel_bytes"),
                    fields))


def set_options(image, words):
    """Writes the boot options of an image, as a BIOS reads them."""
    block = image.with_suffix(".options")
    subprocess.run([BUILD / "tools/options", block, *words.split()],
                   check=True)
    with open(image, "r+b") as file:
        file.seek(PAYLOAD - SECTOR)
        file.write(block.read_bytes())
