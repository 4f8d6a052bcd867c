"""linux.py - a Linux guest to compare with: Debian's kernel and BusyBox.

SPDX-License-Identifier: BSD-3-Clause

The packages are downloaded once into build/download, and only the files
needed are taken out of them; nothing is installed. The initial RAM disk holds
BusyBox, one of our programs, modules and a script that runs them.
"""

import fnmatch
import functools
import re
import shutil
import subprocess

from machine import BUILD, ROOT, QemuGuest

DOWNLOAD = BUILD / "download"
UNPACKED = BUILD / "bench" / "linux"
SOURCES = ROOT / "test" / "bench" / "linux"
KERNEL = "linux-image-cloud-amd64"
# With the drivers that the one for clouds lacks.
KERNEL_DEVICES = "linux-image-amd64"
BUSYBOX = "busybox-static"
# The fastest Linux there is: without what guards against faults of
# processors that this emulated one does not have, and quiet.
COMMAND_LINE = ("console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable "
                "no_timer_check random.trust_cpu=on maxcpus=1 nokaslr "
                "init_on_alloc=0 ipv6.disable=1 net.ifnames=0 rdinit=/init")
END = "bench: end"
INIT = f"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
exec >/dev/console 2>&1
for module in /modules/*; do
/bin/busybox insmod $module
done
%s
echo '{END}'
/bin/busybox sleep 2
/bin/busybox poweroff -f
"""
# Starts CPU 1 only now. Linux waits for it without PAUSE, and where QEMU
# counts instructions (7.2, -icount) only PAUSE gives the next CPU its turn;
# as that wait calls the scheduler, another program can do it.
START_CPU_1 = """/smp-linux pause &
echo 1 >/sys/devices/system/cpu/cpu1/online
kill $!
"""


class LinuxError(Exception):
    """There is no Linux to compare with; says why."""


def apt(*arguments, folder="."):
    result = subprocess.run(["apt-get", "-qq", *arguments], cwd=folder,
                            capture_output=True, text=True, check=False)
    return result.returncode == 0


def kernel_package(kernel):
    """The package that the one without a version stands for."""
    result = subprocess.run(["apt-cache", "depends", kernel], text=True,
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
    """The only file of the package that matches."""
    files = unpack_all(package, pattern)
    if len(files) != 1:
        raise LinuxError(f"{package}: {len(files)} files match {pattern}")
    return files[0]


@functools.cache
def contents(package):
    return subprocess.run(["dpkg-deb", "--contents", package], check=True,
                          capture_output=True, text=True).stdout.split()


def unpack_all(package, *patterns):
    """The files of the package that match; nothing else is unpacked."""
    folder = UNPACKED / package.stem
    names = [name for name in contents(package)
             if any(fnmatch.fnmatchcase(name, one) for one in patterns)]
    paths = [folder / name for name in names]
    if not all(path.exists() and path.stat().st_mtime >
               package.stat().st_mtime for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", package],
                                 check=True, capture_output=True).stdout
        subprocess.run(["tar", "-xm", *names], input=archive, check=True,
                       cwd=folder)
    return paths


def compile_program(name):
    program = UNPACKED / name
    result = subprocess.run(
        ["gcc", "-O2", "-static", "-fopenmp", "-std=gnu11", "-Wall",
         "-Wextra", "-Wshadow", SOURCES / f"{name}.c", "-o", program],
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


def write_ram_disk(path, script, program, modules):
    """BusyBox, the program, the modules in the order they are loaded in,
    and the script as /init."""
    busybox = unpack(download(lambda: BUSYBOX, BUSYBOX), "./bin/busybox")
    entries = [
        (name, 0o040755, b"") for name in
        ("bin", "dev", "proc", "sys", "modules")
    ] + [
        (f"modules/{number:02}-{module.name}", 0o100644, module.read_bytes())
        for number, module in enumerate(modules)
    ] + [
        ("bin/busybox", 0o100755, busybox.read_bytes()),
        (program, 0o100755, compile_program(program).read_bytes()),
        ("init", 0o100755, (INIT % script).encode()),
        ("TRAILER!!!", 0, b""),
    ]
    path.write_bytes(b"".join(cpio_entry(number, *entry)
                              for number, entry in enumerate(entries, 1)))


class LinuxGuest(QemuGuest):
    """The same machine as ours; run() returns what the script printed."""

    def __init__(self, name, script, kernel=KERNEL, program="smp-linux",
                 modules=(), **machine):
        super().__init__(name, disk="none", **machine)
        UNPACKED.mkdir(parents=True, exist_ok=True)
        package = download(lambda: kernel_package(kernel), kernel)
        files = unpack_all(package, "./boot/vmlinuz-*",
                           *(f"*/{module}.ko" for module in modules))
        files = {path.name.removesuffix(".ko"): path for path in files}
        image = next(path for name, path in files.items()
                     if name.startswith("vmlinuz-"))
        ram_disk = UNPACKED / f"{self.name}.cpio"
        write_ram_disk(ram_disk, script, program,
                       [files[module] for module in modules])
        self.arguments += ["-kernel", str(image), "-initrd", str(ram_disk),
                           "-append", COMMAND_LINE]

    def run(self):
        self.expect(re.escape(END), self.limit)
        return self.text()


@functools.cache
def linux_symbols(names, kernel):
    """Where functions of that kernel stand, asked of itself."""
    with LinuxGuest("bench-linux-symbols",
                    f"/bin/busybox grep -E ' ({'|'.join(names)})$' "
                    "/proc/kallsyms", kernel, limit=60) as guest:
        found = re.findall(r"^([0-9a-f]{16}) \S (\S+)$", guest.run(), re.M)
    found = {name: int(address, 16) for address, name in found}
    missing = set(names) - set(found)
    if missing:
        raise LinuxError(f"{kernel} has no " + ", ".join(missing))
    return found


__all__ = ["KERNEL_DEVICES", "LinuxError", "LinuxGuest", "START_CPU_1",
           "linux_symbols"]
