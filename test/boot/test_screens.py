"""test_screens.py - what a person sees: frame buffer and text mode.

SPDX-License-Identifier: BSD-3-Clause
"""

import re

import pytest
from guest import QemuGuest
from image import image_with
from screen import check_screen, frame_text, wait_for_frame_text

# A session whose screen does not depend on sizes or on the clock.
SESSION = ["help ls", "help peek", "ls efi", "args one two", "nothere",
           "hello", "hello-asm"]
END = "> hello\nHello, world!\n> hello-asm\nHello, world!\n>"


def session(guest):
    """Returns what COM1 got since the screen was cleared."""
    guest.prompt()
    guest.command("clear")
    before = len(guest.text()) - len("> ")
    for line in SESSION:
        guest.command(line)
    return guest.text()[before:]


def plain(text):
    """Lines without blanks at their ends and without empty ones."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name,size,video,extra", [
    ("frame", (1024, 768), "std", []),
    ("frame-small", (640, 400), "none", ["-device", "VGA,vgamem_mb=1"]),
])
def test_frame_buffer(name, size, video, extra):
    with QemuGuest(f"screen-{name}", video=video, extra=extra) as guest:
        heard = session(guest)
        assert END in heard
        shown = wait_for_frame_text(guest, END)
        assert guest.screenshot()[:2] == size
        assert plain(shown) == plain(heard)
        check_screen(guest, name)


def test_text_mode():
    """A VGA whose BIOS has no linear 32-bit mode."""
    with QemuGuest("screen-text", video="cirrus") as guest:
        assert END in session(guest)
        assert guest.screenshot()[:2] == (720, 400)
        check_screen(guest, "text")


def test_scrolling():
    """More lines than the screen has: what is left is what COM1 got."""
    with QemuGuest("screen-scroll", video="std") as guest:
        guest.prompt()
        for number in range(40):
            guest.command(f"args line {number}")
        wait_for_frame_text(guest, "line\n39\n>")
        shown = frame_text(guest.screenshot()).splitlines()
        assert len(shown) == 48
        assert plain("\n".join(shown)) == plain(guest.text())[-48:]


def test_cursor_is_shown():
    """A bar in the cell where the next character goes, nowhere else."""
    with QemuGuest("screen-cursor", video="std") as guest:
        guest.prompt()
        guest.command("clear")
        for typed in ("", "a", "ab"):
            guest.send(typed[-1:])
            wait_for_frame_text(guest, rf"\A> ?{typed}\n")
            width, _, pixels = guest.screenshot()
            line = pixels[15 * width * 3:16 * width * 3]
            lit = [x for x in range(width) if line[x * 3] > 0]
            start = 8 * (2 + len(typed))
            assert lit == list(range(start, start + 8))


def test_letters_in_text_mode():
    """Code page 437, as far as it has them."""
    with QemuGuest("screen-letters", video="cirrus") as guest:
        guest.prompt()
        guest.command("clear")
        guest.send("Größe Ñandú € ÃŠ½")
        guest.expect("½")
        cells = re.findall(r"0x(\w{4})\b", guest.monitor("xp /19hx 0xb8000"))
        shown = bytes(int(cell, 16) & 0xFF for cell in cells)
        assert shown.decode("cp437") == "> Größe Ñandú ? ??½"


def test_letters_in_pieces(scratch):
    """Characters that are cut where one write ends and the next begins: cat
    writes some hundred bytes at once, all lines but a few are full."""
    text = "xx" + "äöü€" * 900
    image = image_with(scratch, {"long.txt": text.encode()})
    with QemuGuest("screen-pieces", video="std", image=image) as guest:
        guest.prompt()
        guest.command("clear")
        guest.command("cat long.txt")
        shown = wait_for_frame_text(guest, "(?m)^>$").splitlines()
        lines = [line for line in shown if line[:1] in tuple("xäöü€")]
        assert "".join(lines) == text
        assert [len(line) for line in lines[:-1]] == [128] * (len(lines) - 1)
