"""test_session.py - the same session by COM1, a PS/2 and a USB keyboard.

SPDX-License-Identifier: BSD-3-Clause

Whatever it was typed on, the screen must be the same, pixel by pixel: that of
docs/screens/*.png, which the documentation shows. So nothing may be in it that
depends on the build, the clock or the machine.
"""

import re

import pytest
from guest import QCODES, ROOT, SHIFTED, QemuGuest
from screen import check_screen

PICTURES = ROOT / "docs" / "screens"
# 80 x 25 characters.
SMALL = ["-device", "VGA,vgamem_mb=1"]

PROMPT, LINE = r"> \Z", r"\n\Z"

# What is typed, and what then comes; <name> is a key. In the picture of these
# the reader sees only what was typed, not how.
FIRST = [
    ("rgs<home>a<end> one 'two wor'<left>ds<right> x<backspace>three<ret>",
     PROMPT),
    ("hlelo<ret>", PROMPT),
    ("<up><up><down><home><right><delete><right>l<ret>", PROMPT),
    ("mkdir notes<ret>", PROMPT),
    ("write note<tab>first.txt<ret>", r"gives it up\.\n\Z"),
    ("A line, and<ret>", LINE),
    ("another one.<ret>", LINE),
    ("<ctrl-d>", PROMPT),
    ("cat no<tab>f<tab><ret>", PROMPT),
    ("ls notes<ret>", PROMPT),
    ("half a line <ctrl-c>", PROMPT),
    ("hel<tab>", r"> hel\Z"),
    ("lo<ctrl-u><up><ctrl-a><ctrl-k>ver<ctrl-w>mem<left><left>", None),
]
GERMAN = [
    ("keyboard de<ret>", PROMPT),
]
UMLAUTS = [
    ("mkdir Übergrößen<ret>", PROMPT),
    ("cd Ü<tab><ret>", PROMPT),
    ("write Äpfel.txt<ret>", r"gives it up\.\n\Z"),
    ("Ein Kilo für 2 €, süß & groß<ret>", LINE),
    ("à la crème, á, ô, ü, ^, `<ret>", LINE),
    ("größßer<left><left><backspace><home><delete>G<end>!<ret>", LINE),
    ("<ctrl-d>", PROMPT),
    ("cp Ä<tab>Ähren.txt<ret>", PROMPT),
    ("write öl.txt<ret>", r"gives it up\.\n\Z"),
    ("<ctrl-d>", PROMPT),
    ("cat äp<tab><ret>", PROMPT),
    ("ls<ret>", PROMPT),
    ("rm ö<tab><ret>", PROMPT),
    ("<up><up><up><ctrl-c>", PROMPT),
    ("cat Ä<tab>", r"> cat Ä\Z"),
    ("h<tab><home><delete><delete><delete>args @ [1] {2} ~ | \\ µ ",
     None),
]

# A key of a terminal that is no character.
CODES = {
    "ret": "\r", "tab": "\t", "backspace": "\x7f", "delete": "\x1b[3~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
    "home": "\x1b[H", "end": "\x1b[F",
}

PLACES = ("grave_accent 1 2 3 4 5 6 7 8 9 0 minus equal "
          "q w e r t y u i o p bracket_left bracket_right "
          "a s d f g h j k l semicolon apostrophe backslash "
          "less z x c v b n m comma dot slash").split()
DE_PLAIN = "^1234567890ß´qwertzuiopü+asdfghjklöä#<yxcvbnm,.-"
DE_SHIFTED = "°!\"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_"
DE_ALT = {"€": "e", "@": "q", "[": "8", "]": "9", "{": "7", "}": "0",
          "~": "+", "|": "<", "\\": "ß", "µ": "m"}
DE_DEAD = {"á": "´a", "à": "`a", "è": "`e", "ô": "^o", "^": "^ ", "`": "` "}


def us_keys(character):
    """The keys of a character, to be pressed together, in a list."""
    if character in SHIFTED:
        return [["shift", *us_keys(SHIFTED[character])[0]]]
    if character.isupper():
        return [["shift", character.lower()]]
    return [[QCODES.get(character, character)]]


def de_keys(character):
    """The same; some characters are typed one after the other."""
    if character in DE_DEAD:
        sign, letter = DE_DEAD[character]
        return de_place(sign) + de_keys(letter)
    return de_place(character)


def de_place(character):
    if character == " ":
        return [["spc"]]
    if character in DE_ALT:
        return [["alt_r", *de_place(DE_ALT[character])[0]]]
    if character in DE_SHIFTED:
        return [["shift", PLACES[DE_SHIFTED.index(character)]]]
    return [[PLACES[DE_PLAIN.index(character)]]]


def type_com1(guest, key, _):
    if key.startswith("ctrl-"):
        guest.send(chr(ord(key[-1]) & 31))
    else:
        guest.send(CODES.get(key, key))


def type_keyboard(guest, key, layout):
    if key.startswith("ctrl-"):
        chords = [["ctrl", key[-1]]]
    elif key in CODES:
        chords = [[key]]
    else:
        chords = layout(key)
    for chord in chords:
        guest.strike(*chord)


def type_session(guest, by, layout, lines):
    """Key by key; what each one changes is seen before the next is typed."""
    for keys, answer in lines:
        for name, character in re.findall(r"<(\w[\w-]+)>|(.)", keys):
            by(guest, name or character, layout)
            guest.receive(0.1)
        if answer:
            guest.expect(answer)


# How it is typed: machine, devices.
TYPISTS = {
    "com1": (type_com1, "pc", []),
    "ps2": (type_keyboard, "pc", []),
    "usb": (type_keyboard, "pc,i8042=off",
            ["-device", "qemu-xhci", "-device", "usb-kbd"]),
}


@pytest.mark.parametrize("typist", TYPISTS)
def test_session(typist):
    by, machine, devices = TYPISTS[typist]
    with QemuGuest(f"session-{typist}", machine=machine, disk="virtio",
                   video="none", extra=SMALL + devices, limit=180) as guest:
        guest.prompt()
        guest.command("clear")
        type_session(guest, by, us_keys, FIRST)
        check_screen(guest, "session", PICTURES)
        guest.send("\x03")
        guest.prompt()
        type_session(guest, by, us_keys, GERMAN)
        guest.command("clear")
        type_session(guest, by, de_keys, UMLAUTS)
        check_screen(guest, "umlauts", PICTURES)


def test_devices():
    """A machine with something of everything."""
    extra = SMALL + [
        "-device", "qemu-xhci", "-device", "usb-kbd",
        "-netdev", "user,id=net", "-device", "e1000,netdev=net"]
    with QemuGuest("session-devices", machine="q35", disk="nvme",
                   cpus="4,sockets=1,cores=2,threads=2", video="none",
                   extra=extra) as guest:
        guest.prompt()
        guest.command("clear")
        guest.command("devices")
        guest.command("cpus")
        check_screen(guest, "devices", PICTURES)
