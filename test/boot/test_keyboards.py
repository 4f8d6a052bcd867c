"""test_keyboards.py - typing by PS/2 keyboard, USB keyboard, both and neither.

SPDX-License-Identifier: BSD-3-Clause

What is special about USB is in test_usb.py.
"""

import re
import string
import time
from random import Random

import pytest
from guest import BUILD, QemuGuest

IMAGE = BUILD / "test.img"
HELLO = "Hello, world!\n"
NO_PS2 = "pc,i8042=off"
# Without shift and with it, as on a keyboard of the USA.
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-=[];',./`\\" + \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()_+{}:<>?|~"

# Keyboards: machine and what is plugged in. Keys go to the PS/2 one where there
# is one, unless the USB one is tied to the screen and the keys are sent there.
KEYBOARDS = {
    "ps2": ("pc", []),
    "ps2-q35": ("q35", []),
    "usb": (NO_PS2, ["qemu-xhci", "usb-kbd"]),
    "usb-q35": ("q35,i8042=off", ["nec-usb-xhci", "usb-kbd"]),
}


def event(key, down):
    return {"type": "key", "data": {
        "down": down, "key": {"type": "qcode", "data": key}}}


def send(guest, *keys, screen=False):
    """Keys go down, "-" before one: up, at once. The emulated keyboards take a
    moment for it: the USB one is asked every 8 ms, and keeps 16 for later."""
    to = {"device": "screen"} if screen else {}
    guest.qmp("input-send-event", events=[
        event(key.lstrip("-"), not key.startswith("-")) for key in keys], **to)
    time.sleep(0.01 * len(keys))


def tap(guest, *keys, **options):
    for key in keys:
        send(guest, key, "-" + key, **options)


def write(guest, text):
    """Types text, as fast as it is seen on the console: what a keyboard keeps
    for a slow machine is little."""
    for character in text:
        keys = guest.keys_of(character)
        send(guest, *keys, *["-" + key for key in reversed(keys)])
        guest.expect(re.escape(character))


def line(guest):
    """What was typed is not a command: what it was taken for."""
    tap(guest, "ret")
    match = re.search(r"\n(.*): not found", guest.prompt())
    return match and match[1]


def machine(name, kind, devices, **options):
    extra = [word for device in devices for word in ("-device", device)]
    return QemuGuest(f"keyboard-{name}", machine=kind, disk="virtio",
                     image=IMAGE, extra=extra, limit=90, **options)


@pytest.fixture(scope="module", params=KEYBOARDS)
def guest(request):
    with machine(request.param, *KEYBOARDS[request.param]) as one:
        one.keyboard = request.param
        one.prompt()
        yield one


def test_command(guest):
    write(guest, "hello\n")
    assert guest.prompt() == HELLO


def test_every_character(guest):
    for start in range(0, len(CHARACTERS), 30):
        text = CHARACTERS[start:start + 30]
        write(guest, text)
        send(guest, "ctrl", "u", "-u", "-ctrl")


def test_many_keys(guest):
    """300 in a row, at speeds from as fast as they can be sent to a person's:
    each comes, and comes without anything else being done."""
    random = Random(1)
    start = time.monotonic()
    for _ in range(6):
        text = "".join(random.choices(string.ascii_lowercase, k=50))
        for at in range(0, len(text), 5):  # what a keyboard keeps
            pause = random.choice([0, 0.001, 0.005, 0.02])
            for key in text[at:at + 5]:
                guest.qmp("input-send-event", events=[event(key, True)])
                time.sleep(pause * random.random())
                guest.qmp("input-send-event", events=[event(key, False)])
                time.sleep(pause * random.random())
            guest.expect(text[at:at + 5], timeout=3)
        assert line(guest) == text
    assert time.monotonic() - start < 30  # 6 seconds, if all goes well


def test_many_keys_unseen(guest):
    """The test need not look at the console meanwhile."""
    for _ in range(100):
        tap(guest, "x", "backspace")
    tap(guest, "o", "k")
    assert line(guest) == "ok"


def test_shift(guest):
    """Either of them, held over several keys, and let go before the key is."""
    send(guest, "shift", "a", "-a", "b", "-b", "-shift")
    send(guest, "shift_r", "c", "-shift_r", "-c", "d", "-d")
    send(guest, "shift", "shift_r", "-shift", "e", "-e", "-shift_r", "f", "-f")
    assert line(guest) == "ABCdEf"


def test_caps_lock(guest):
    """For letters only; with shift the other way round."""
    tap(guest, "a", "caps_lock", "b", "1")
    send(guest, "shift", "c", "-c", "2", "-2", "-shift")
    tap(guest, "d", "caps_lock", "e")
    assert line(guest) == "aB1c@De"


def test_cursor_keys(guest):
    tap(guest, "b", "left", "a", "right", "d", "left", "c", "end", "e", "x",
        "backspace", "home", "delete", "z")
    assert line(guest) == "zbcde"
    tap(guest, "up", "backspace", "q")
    assert line(guest) == "zbcdq"
    tap(guest, "up", "up", "down")
    assert line(guest) == "zbcdq"


def test_keys_held_together(guest):
    """The next key goes down before the last one is up; nothing is lost and
    nothing comes twice."""
    send(guest, "q", "w", "e", "-q", "r", "-w", "-e", "t", "-r", "-t")
    assert line(guest) == "qwert"


def test_key_held_down(guest):
    """It repeats: a PS/2 keyboard does by itself, and QEMU leaves that to its
    user's one; a USB keyboard leaves it to us."""
    if "ps2" in guest.keyboard:
        send(guest, *["k"] * 12, "-k")
        assert line(guest) == "k" * 12
        return
    tap(guest, "x")
    send(guest, "k")
    time.sleep(1.2)
    send(guest, "-k", "l", "-l")
    answer = line(guest)
    assert re.fullmatch("xk{6,40}l", answer), answer


def test_shift_held_down(guest):
    send(guest, *["shift"] * 5, "a", "-a", "-shift", "b", "-b")
    assert line(guest) == "Ab"
    send(guest, *["caps_lock"] * 4, "-caps_lock", "a", "-a")
    tap(guest, "caps_lock", "a")
    assert line(guest) == "Aa"


def test_ctrl_c_ends_a_program(guest):
    guest.send("smp-spin\r")
    guest.expect("smp-spin\n")
    time.sleep(0.3)
    send(guest, "ctrl", "c", "-c", "-ctrl")
    assert "stopped" in guest.prompt()
    write(guest, "hello\n")
    assert guest.prompt() == HELLO


def test_keys_typed_ahead(guest):
    """While a program computes; they are there when it has ended."""
    guest.send("callbacks\r")
    guest.expect("callbacks\n")
    tap(guest, *"hello", "ret")
    guest.expect(r"> hello\n" + HELLO)
    guest.prompt()


def test_com1_beside_it(guest):
    """Half a line by each."""
    write(guest, "hel")
    guest.send("lo\r")
    assert guest.prompt() == "lo\n" + HELLO


def test_both_keyboards():
    """The USB one takes what is sent to the screen, the other one all else;
    each has a Shift of its own."""
    with machine("both", "pc", [
            "VGA,id=screen", "qemu-xhci", "usb-kbd,display=screen"],
            video="none") as guest:
        guest.prompt()
        tap(guest, "h", "e")
        guest.expect("he")
        tap(guest, "l", "l", screen=True)
        guest.expect("ll")
        tap(guest, "o", "ret")
        assert guest.prompt() == "o\n" + HELLO
        tap(guest, "a")
        send(guest, "shift", "b", "-b", "-shift", screen=True)
        guest.expect("aB")
        send(guest, "shift", "c", "-c", "-shift")
        tap(guest, "d", screen=True)
        guest.expect("Cd")


@pytest.mark.parametrize("kind", [NO_PS2, "q35,i8042=off"])
def test_no_keyboard(kind):
    """COM1 alone; the keyboard controller that is not there costs no time."""
    with machine(f"none-{kind}", kind, []) as guest:
        start = time.monotonic()
        guest.prompt()
        assert time.monotonic() - start < 10
        assert guest.command("hello") == HELLO
        guest.send("smp-spin\r")
        guest.expect("smp-spin\n")
        time.sleep(0.3)
        guest.send("\x03")
        assert "stopped" in guest.prompt()
