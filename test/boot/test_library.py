"""test_library.py - the library for programs in C, and how they start.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import struct

import pytest
from guest import BUILD, QemuGuest
from image import image_with

NOTE_NAME = b"BareMetal\0\0\0"


@pytest.fixture(scope="module")
def guest():
    with QemuGuest("library", image=BUILD / "test.img", cpus="4",
                   machine="q35", disk="virtio", limit=100) as machine:
        machine.prompt()
        yield machine


def test_all_of_it(guest):
    lines = guest.command("library").splitlines()
    parts = [line for line in lines if line.startswith("part")]
    assert [line for line in lines if line not in parts] == \
        ["library: 0 failures", "library: the end",
         "library: flushed at the end"]
    assert sorted(int(line.split()[1]) for line in parts) == \
        list(range(0, 1000, 50))
    assert all(re.fullmatch(r"part \d+ of the work, done by CPU [0-3]\.",
                            line) for line in parts)


def test_typed_lines(guest):
    """Backspace, a line longer than the buffer, Ctrl-D."""
    guest.send("library type\r")
    guest.expect(r"\? ")
    guest.send("hellp\x08o you\r")
    guest.expect(r"\[hello you\]\n\? ")
    guest.send("0123456789012345678\r")
    guest.expect(r"\[0123456789012345678\]\n")
    guest.send("41\r")
    guest.expect(r"<42>\n")
    guest.send("\x04")
    guest.expect(r"-1\n")
    guest.prompt()


def test_input_from_a_file(scratch):
    image = image_with(scratch, {"in.txt": b"first\nsecond\n7\n"}, "test.img")
    with QemuGuest("library-input", image=image, disk="virtio") as guest:
        guest.prompt()
        answer = guest.command("library type < in.txt")
        for part in ("[first]", "[second]", "<8>", "-1"):
            assert part in answer


def test_input_is_copied(scratch):
    """As it is: nothing shown, a long line whole, a last one without end."""
    text = b"first\n" + b"0123456789" * 70 + b"\n" + b"x" * 256 + b"\nlast"
    image = image_with(scratch, {"in.txt": text}, "test.img")
    with QemuGuest("library-copy", image=image, disk="virtio") as guest:
        guest.prompt()
        guest.command("library copy < in.txt > out.txt")
        assert guest.command("cat out.txt").rstrip("\n") == text.decode()


def test_failed_assertion(guest):
    answer = guest.command("library nonsense")
    assert re.search(r"library\.c:\d+: assertion failed: argc == 1\naborted",
                     answer)
    assert guest.command("hello") == "Hello, world!\n"


def test_newer_interface_is_refused(scratch):
    """The note of a program says which interface it needs."""
    program = bytearray((BUILD / "programs" / "hello.app").read_bytes())
    at = program.index(struct.pack("<III", 10, 4, 1) + NOTE_NAME) + 24
    has, = struct.unpack_from("<I", program, at)
    struct.pack_into("<I", program, at, has + 41)
    image = image_with(scratch, {"newer.app": program})
    with QemuGuest("newer", image=image, disk="virtio") as guest:
        guest.prompt()
        assert guest.command("newer") == \
            f"newer: needs program interface {has + 41}, this system has " \
            f"{has}\n"


@pytest.mark.parametrize("program", ["cplusplus", "fortran"])
def test_other_languages(guest, program):
    assert guest.command(program) == f"{program}: all is well\n"
