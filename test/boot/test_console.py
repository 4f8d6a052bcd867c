"""test_console.py - typing: line editing, history, keyboard and COM1.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import time

import pytest
from guest import QemuGuest

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, CTRL_C, CTRL_U, CTRL_K = "\x7f", "\x03", "\x15", "\x0b"
CTRL_A, CTRL_D, CTRL_E, CTRL_L, CTRL_W = "\x01", "\x04", "\x05", "\x0c", "\x17"
FIFO = 16  # bytes the UART keeps
HELLO = "Hello, world!\n"

# What is typed before Enter; the line must be "hello" then.
EDITS = {
    "backspace": "hellx" + BACKSPACE + "o",
    "insert": "hllo" + LEFT * 3 + "e",
    "home": "ello" + HOME + "h",
    "home-other-code": "ello" + "\x1b[1~" + "h",
    "delete": "xhello" + HOME + DELETE,
    "end": "hell" + HOME + END + "o",
    "end-other-code": "hell" + HOME + "\x1b[4~" + "o",
    "ctrl-u": "junk" + CTRL_U + "hello",
    "ctrl-k": "hellojunk" + LEFT * 4 + CTRL_K,
    "ctrl-a": "ello" + CTRL_A + "h",
    "ctrl-d": "xhello" + CTRL_A + CTRL_D,
    "ctrl-e": "hell" + CTRL_A + CTRL_E + "o",
    "ctrl-w": "some junk  " + CTRL_W * 2 + "hello",
    "cursor-stops-at-start": "helo" + LEFT * 9 + RIGHT * 3 + "l",
    "cursor-stops-at-end": "hell" + RIGHT * 9 + "o",
    "backspace-stops-at-start": BACKSPACE * 3 + "hello",
}


@pytest.fixture(scope="module")
def guest():
    with QemuGuest("console", machine="q35", disk="virtio",
                   limit=120) as machine:
        machine.prompt()
        yield machine


def pieces(keys):
    """Whole keys that fit into the receive FIFO together: were one cut in
    two on a busy PC, its second half could come too late."""
    piece = ""
    for key in re.findall(r"\x1b\[(?:\d~|[A-Z])|.", keys, re.S):
        if len(piece + key) > FIFO:
            yield piece
            piece = ""
        piece += key
    yield piece


def answer_to(guest, keys):
    """Types keys and Enter; the output behind the edited line."""
    for number, piece in enumerate(pieces(keys + "\r")):
        time.sleep(0.05 if number else 0)  # until the FIFO is empty again
        guest.send(piece)
    return guest.prompt().split("\n", 1)[1]


@pytest.mark.parametrize("keys", EDITS.values(), ids=EDITS)
def test_editing(guest, keys):
    assert answer_to(guest, keys) == HELLO


def test_ctrl_c_drops_the_line(guest):
    guest.send("junk" + CTRL_C)
    assert guest.prompt() == "junk^C\n"
    assert guest.command("hello") == HELLO


def test_history(guest):
    guest.command("hello")
    guest.command("ver")
    assert answer_to(guest, UP * 2) == HELLO
    # Now "hello" is the newest and "ver" the one before it.
    assert "CPUs" in answer_to(guest, UP * 2)
    assert answer_to(guest, UP * 2 + DOWN * 2 + "hello") == HELLO


def test_line_that_was_begun_comes_back(guest):
    assert answer_to(guest, "hell" + UP + DOWN + "o") == HELLO


def test_unfinished_quotation_is_named(guest):
    assert "quotation mark" in guest.command('args "one')


def test_empty_line(guest):
    assert answer_to(guest, "   ") == ""


def test_long_line_is_whole(guest):
    """Longer than the screen is wide: it scrolls sideways."""
    words = " ".join(f"word{i}" for i in range(25))
    guest.send(f"args {words}\r")
    assert guest.prompt().split("\n")[1:] == \
        ["args", *words.split(), ""]


def test_keyboard(guest):
    """The same by PS/2, with shift and the keys that send two bytes."""
    guest.type_keys("hello\n")
    assert guest.prompt() == "hello\n" + HELLO
    guest.type_keys("nOt-There\n")
    assert "nOt-There: not found" in guest.prompt()
    for key in ("up", "home", "delete", "ret"):
        guest.press(key)
    assert "\nOt-There: not found" in guest.prompt()
    for key in ("up", "up", "down", "end", "left", "backspace", "ret"):
        guest.press(key)
    assert "\nOt-Thee: not found" in guest.prompt()


def test_nothing_typed_is_lost(guest):
    """Lines sent as fast as the port takes them."""
    guest.send("hello\rhello\rver\rhello\r")
    for answer in (HELLO, HELLO, "CPUs", HELLO):
        guest.expect(answer)
    guest.prompt()


def test_help_names_every_command(guest):
    answer = guest.command("help")
    for name in ("help", "ls", "cat", "write", "cp", "mv", "rm", "mkdir",
                 "cd", "pwd", "df", "sync", "load", "exec", "time", "ver",
                 "cpus", "mem", "log", "config", "devices", "net", "date", "reboot", "keyboard",
                 "shutdown", "peek", "poke", "dump", "regs", "clear"):
        assert f"\n{name} " in "\n" + answer
        assert name in guest.command(f"help {name}")
    for name, what in (("dir", "ls"), ("cls", "clear"), ("exit", "shutdown")):
        assert f" {name}" in answer
        assert guest.command(f"help {name}") == f"{name:8} is {what}\n"


# Keys by their place on the keyboard of the USA, with what they are elsewhere.
LAYOUTS = {
    "uk": [(["shift", "2"], '"'), (["less"], "\\"), (["backslash"], "#")],
    "de": [(["y"], "z"), (["z"], "y"), (["shift", "7"], "/"),
           (["alt_r", "q"], "@"), (["alt_r", "7"], "{"), (["slash"], "-"),
           (["shift", "less"], ">"), (["q"], "q"), (["shift", "y"], "Z")],
    "fr": [(["q"], "a"), (["a"], "q"), (["semicolon"], "m"),
           (["shift", "1"], "1"), (["1"], "&"), (["alt_r", "0"], "@"),
           (["m"], ","), (["shift", "m"], "?")],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(guest, layout):
    guest.command(f"keyboard {layout}")
    assert guest.command("keyboard").startswith(f"{layout}; there are us ")
    guest.send("args '")
    guest.expect("args '")
    for keys, character in LAYOUTS[layout]:
        guest.press(*keys)
        guest.expect(re.escape(character))
    guest.send("'\r")
    wanted = "".join(character for _, character in LAYOUTS[layout])
    assert guest.prompt().split("\n")[1:] == ["args", wanted, ""]
    guest.command("keyboard us")
    assert "no such layout" in guest.command("keyboard dvorak")
