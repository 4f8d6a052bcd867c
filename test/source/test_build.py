"""test_build.py - build.sh and build.mk in copies of the source tree.

SPDX-License-Identifier: BSD-3-Clause
"""

import hashlib
import os
import re

import pytest
from guest import QemuGuest
from image import PAYLOAD_MAX, payload_header
from terminal import TerminalGuest
from tree import check_run, copy_tree, make, run

HELLO = "Hello, world!\n"
OUTPUTS = ["disk.img", "BOOTX64.EFI", "payload.bin", "programs/hello.app"]


@pytest.fixture(scope="module")
def tree(module_scratch):
    """A copy of the tree, built."""
    copy = copy_tree(module_scratch / "tree")
    output = check_run(run(copy, "./build.sh"))
    assert re.search(r"^kernel: \d+ of 16384 bytes$", output, re.M)
    return copy


def digests(tree):
    return {name: hashlib.sha256((tree / "build" / name).read_bytes())
            .hexdigest() for name in OUTPUTS}


def test_same_input_same_bytes(tree, scratch):
    """Another folder, another day, another time zone."""
    before = digests(tree)
    other = copy_tree(scratch / "elsewhere" / "with-a-longer-name", tree)
    for folder, _, names in os.walk(other):
        for name in names:
            os.utime(os.path.join(folder, name), (10**9, 10**9))
    check_run(run(other, "./build.sh", TZ="Asia/Tokyo", LC_ALL="C"))
    assert digests(other) == before


# A file, what is changed in it ("" is its end), and into what.
BREAKS = [
    ("pure64/main.c", "", "\nint broken = ;\n"),
    ("pure64/boot/mbr.asm", "", "\n mov ax, broken_label\n"),
    ("pure64/boot/uefi.asm", "", "\n broken instruction\n"),
    ("kernel/main.c", "", "\nint broken = ;\n"),
    ("kernel/start.asm", "", "\n mov ax, broken_label\n"),
    ("os/shell.c", "", "\nint broken = ;\n"),
    ("programs/hello.c", "", "\nint broken = ;\n"),
    ("pure64/include/pure64/layout.h", "", "\nint broken = ;\n"),
    # Too long for its place: the assembler and the linker must say so.
    ("pure64/boot/mbr.asm", "No system", "No system" * 40),
    ("kernel/start.asm", "", "\nsection .text\n times 16384 nop\n"),
]


def run_broken(tree, path, old, new, *command):
    source = tree / path
    intact = source.read_text()
    assert old in intact
    source.write_text(intact.replace(old, new) if old else intact + new)
    result = run(tree, *command)
    source.write_text(intact)
    assert result.returncode != 0
    return result.stdout


@pytest.mark.parametrize("path,old,new", BREAKS,
                         ids=[f"{i}-{one[0]}" for i, one in enumerate(BREAKS)])
def test_broken_source_fails(tree, path, old, new):
    assert "rror" in run_broken(tree, path, old, new, "./build.sh")


def test_broken_source_fails_the_tests(tree):
    output = run_broken(tree, *BREAKS[3], "./build.sh", "test")
    assert "passed" not in output


def test_intact_again(tree):
    """After the errors above it builds: they left nothing behind."""
    check_run(run(tree, "./build.sh"))


def test_payload_too_large(tree):
    result = make(tree, f"PAYLOAD_PADDING={PAYLOAD_MAX}")
    assert result.returncode != 0
    assert f"above {PAYLOAD_MAX} bytes" in result.stdout


@pytest.mark.parametrize("firmware,machine,memory", [
    ("bios", "pc", "8M"), ("uefi", "q35", "64M")])
def test_largest_payload(tree, scratch, firmware, machine, memory):
    """960 KiB, by both ways in."""
    header = payload_header(tree / "build" / "payload.bin")
    image = tree / "build" / "disk.img"
    if header["total_bytes"] < PAYLOAD_MAX:
        padding = PAYLOAD_MAX - header["kernel_offset"] - sum(
            (tree / "build" / name).stat().st_size
            for name in ("kernel.sys", "os.sys"))
        check_run(make(tree, f"PAYLOAD_PADDING={padding}"))
        assert (tree / "build" / "payload.bin").stat().st_size == PAYLOAD_MAX
    with QemuGuest(f"largest-{firmware}", firmware=firmware, machine=machine,
                   memory=memory, disk="virtio", image=image) as guest:
        guest.prompt()
        assert guest.command("hello") == HELLO


def test_clang(scratch):
    """Clang compiles all of it; all but the kernel, which it makes larger than
    16 KiB, runs."""
    copy = copy_tree(scratch / "tree")
    check_run(make(copy, "KERNEL_CC=clang", "B=build/clang",
                   "kernel-objects"))
    check_run(make(copy, "CC=clang", "build/test.img"))
    with QemuGuest("clang", image=copy / "build" / "test.img", cpus="2",
                   disk="virtio") as guest:
        guest.prompt()
        assert guest.command("hello") == HELLO
        assert "Exception 0 " in guest.command("div0")
        assert "all is well" in guest.command("flat-legacy")


def test_shell_scripts_are_portable(tree):
    for script in ("build.sh", ".ci/run", *sorted(
            str(path.relative_to(tree))
            for path in (tree / "tools").glob("*.sh"))):
        check_run(run(tree, "dash", "-n", script))


def test_help_and_unknown_command(tree):
    output = check_run(run(tree, "./build.sh", "help"))
    for word in ("run", "run uefi", "debug", "bochs", "test", "usb", "clean"):
        assert f"./build.sh {word}" in output
    assert run(tree, "./build.sh", "nonsense").returncode != 0


@pytest.mark.parametrize("device,message", [
    ("", "usage"), ("/dev/null", "not a block device"),
    ("/nowhere", "not a block device")])
def test_usb_refuses(tree, device, message):
    result = run(tree, "./build.sh", "usb", *device.split())
    assert result.returncode != 0
    assert message in result.stdout


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_run(tree, firmware):
    with TerminalGuest(f"run-{firmware}", tree,
                       *(["uefi"] if firmware == "uefi" else [])) as guest:
        guest.expect(r"Ctrl-C goes to the guest, Ctrl-A X ends QEMU\.", 60)
        guest.prompt()
        assert guest.command("hello") == HELLO
        assert f"firmware: {firmware.upper()}" in guest.command("ver")
        guest.send("junk\x03")
        guest.expect(r"junk\^C\n")
        guest.prompt()
        guest.send("\x01x")
        assert guest.expect_end() == 0
