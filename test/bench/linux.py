"""linux.py - a Linux guest to compare with: Debian's kernel and BusyBox.

SPDX-License-Identifier: BSD-3-Clause

Both packages are downloaded once into build/download, and only those two
files are taken out of them; nothing is installed. The initial RAM disk holds
BusyBox, our program and a script that runs it.
"""

import re
import shutil
import subprocess

from machine import BUILD, ROOT, QemuGuest

DOWNLOAD = BUILD / "download"
UNPACKED = BUILD / "bench" / "linux"
SOURCES = ROOT / "test" / "bench" / "linux"
KERNEL = "linux-image-cloud-amd64"
BUSYBOX = "busybox-static"
# The fastest Linux there is: without what guards against faults of
# processors that this emulated one does not have, and quiet.
COMMAND_LINE = ("console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable "
                "no_timer_check random.trust_cpu=on maxcpus=1 rdinit=/init")
END = "bench: end"
# Starts CPU 1 only now. Linux waits for it without PAUSE, and where QEMU
# counts instructions (7.2, -icount) only PAUSE gives the next CPU its turn;
# as that wait calls the scheduler, another program can do it.
INIT = f"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
exec >/dev/console 2>&1
/smp-linux pause &
echo 1 >/sys/devices/system/cpu/cpu1/online
kill $!
%s
echo '{END}'
/bin/busybox poweroff -f
"""


class LinuxError(Exception):
    """There is no Linux to compare with; says why."""


def apt(*arguments, folder="."):
    result = subprocess.run(["apt-get", "-qq", *arguments], cwd=folder,
                            capture_output=True, text=True, check=False)
    return result.returncode == 0


def kernel_package():
    """The package that the one without a version stands for."""
    result = subprocess.run(["apt-cache", "depends", KERNEL], text=True,
                            capture_output=True, check=False)
    match = re.search(r"Depends: (linux-image-\d\S*)", result.stdout)
    return match[1] if match else None


def download(find_name, stored):
    """DOWNLOAD/stored.deb, fetched if it is not there."""
    path = DOWNLOAD / f"{stored}.deb"
    if path.exists():
        return path
    folder = DOWNLOAD / "new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name = find_name()
    if not name or not apt("download", name, folder=folder):
        apt("update")
        name = find_name()
        if not name or not apt("download", name, folder=folder):
            raise LinuxError(f"the package {stored} could not be "
                                f"downloaded; a copy of it as {path} will do")
    next(folder.glob("*.deb")).rename(path)
    folder.rmdir()
    return path


def unpack(package, pattern):
    """The file of the package that matches; nothing else is unpacked."""
    path = UNPACKED / package.stem
    if not path.exists() or path.stat().st_mtime < package.stat().st_mtime:
        archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", package],
                                 check=True, capture_output=True).stdout
        data = subprocess.run(["tar", "-xO", "--wildcards", pattern],
                              input=archive, check=True,
                              capture_output=True).stdout
        path.write_bytes(data)
    return path


def compile_program():
    program = UNPACKED / "smp-linux"
    result = subprocess.run(
        ["gcc", "-O2", "-static", "-fopenmp", "-std=gnu11", "-Wall",
         "-Wextra", "-Wshadow", SOURCES / "smp-linux.c", "-o", program],
        capture_output=True, text=True, check=False)
    if result.returncode:
        raise LinuxError(result.stderr)
    return program


def cpio_entry(number, name, mode, data):
    """One entry of an archive (kernel documentation, "initramfs buffer
    format")."""
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0,
              len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    head += name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def write_ram_disk(path, script):
    """BusyBox, the program, and the script as /init."""
    busybox = unpack(download(lambda: BUSYBOX, BUSYBOX), "./bin/busybox")
    entries = [
        ("bin", 0o040755, b""), ("dev", 0o040755, b""),
        ("proc", 0o040755, b""), ("sys", 0o040755, b""),
        ("bin/busybox", 0o100755, busybox.read_bytes()),
        ("smp-linux", 0o100755, compile_program().read_bytes()),
        ("init", 0o100755, (INIT % script).encode()),
        ("TRAILER!!!", 0, b""),
    ]
    path.write_bytes(b"".join(cpio_entry(number, *entry)
                              for number, entry in enumerate(entries, 1)))


class LinuxGuest(QemuGuest):
    """The same machine as ours; run() returns what the script printed."""

    def __init__(self, name, script, **machine):
        super().__init__(name, disk="none", **machine)
        UNPACKED.mkdir(parents=True, exist_ok=True)
        kernel = unpack(download(kernel_package, KERNEL), "./boot/vmlinuz-*")
        ram_disk = UNPACKED / f"{self.name}.cpio"
        write_ram_disk(ram_disk, script)
        self.arguments += ["-kernel", str(kernel), "-initrd", str(ram_disk),
                           "-append", COMMAND_LINE]

    def run(self):
        self.expect(re.escape(END), self.limit)
        return self.text()


__all__ = ["LinuxError", "LinuxGuest"]
