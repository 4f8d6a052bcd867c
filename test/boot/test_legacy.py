"""test_legacy.py - flat programs made for the original system run unmodified.

SPDX-License-Identifier: BSD-3-Clause

The programs (test/programs/flat-*.asm) know published addresses, numbers and
rules only; each says "all is well" or what was wrong.
"""

import time

import pytest
from guest import BUILD, QemuGuest, disk_arguments
from net_peer import MAC, Cable

MACHINES = {
    "1": {"cpus": "1"},
    "4": {"cpus": "4"},
    "uefi": {"cpus": "2", "firmware": "uefi"},
}


@pytest.fixture(scope="module", params=MACHINES)
def guest(request):
    with QemuGuest(f"legacy-{request.param}", image=BUILD / "test.img",
                   machine="q35", disk="virtio", limit=200,
                   **MACHINES[request.param]) as machine:
        machine.prompt()
        yield machine


def well(guest, program):
    answer = guest.command(program, 60)
    if not answer.endswith(f"{program}: all is well\n"):
        guest.fail(answer)
    return answer


def test_system_functions(guest):
    assert well(guest, "flat-system") == "flat-system: all is well\n"


@pytest.mark.parametrize("video", ["none", "cirrus"])
def test_no_frame_buffer(video):
    with QemuGuest(f"legacy-{video}", image=BUILD / "test.img", disk="virtio",
                   video=video, cpu="Westmere") as guest:
        guest.prompt()
        well(guest, "flat-system")
        well(guest, "flat-vectors")


def test_entry_and_memory(guest):
    well(guest, "flat-memory")


def test_output(guest):
    raw = len(guest.received)
    text = well(guest, "flat-output")
    assert text.count("kept\n") == 3 and "y" * 8000 in text
    sent = guest.received[raw:]
    # To a terminal: erase, tab, left, right, start of a cleared line.
    assert sent.count(b"abX\b \b\b \bc\tt\b\bq\x1b[Crgone\r\x1b[Kkept\r\n") \
        == 3
    # DUMP_RAX, DUMP_MEM of 18 bytes.
    lines = text.split("kept\n")[-1].lower().split("\n")
    assert "fedcba9876543210" in lines[1]
    digits = "".join(lines[2:-2]).replace(" ", "")
    assert "00010203040506" in digits and "89abcdef" in digits
    assert digits.count("4546") == 1


# What is typed, at COM1 or as keys, and its code.
TYPED = {"a": 0x61, "Z": 0x5A, " ": 0x20, "~": 0x7E, "\r": 0x1C,
         "\x7f": 0x0E, "\b": 0x0E, "\x1b[A": 0x04, "\x1b[B": 0x05,
         "\x1b[C": 0x02, "\x1b[D": 0x03}
PRESSED = {"a": 0x61, "spc": 0x20, "ret": 0x1C, "backspace": 0x0E,
           "right": 0x02, "left": 0x03, "up": 0x04, "down": 0x05}


def test_keys(guest):
    guest.send("flat-input\r")
    guest.expect(r"\ntype\n")
    for keys, code in TYPED.items():
        guest.send(keys)
        assert guest.expect(r"(..)\n")[1] == b"%02x" % code, keys
    for key, code in PRESSED.items():
        guest.press(key)
        assert guest.expect(r"(..)\n")[1] == b"%02x" % code, key
    # None is lost while the program is busy with others.
    for start in range(0, 96, 16):
        guest.send("abcdefghijklmnop")
        time.sleep(0.02)
    for _ in range(6):
        for letter in b"abcdefghijklmnop":
            assert guest.expect(r"(..)\n")[1] == b"%02x" % letter
    guest.send("q")
    assert guest.prompt().endswith("flat-input: all is well\n")


def test_cpus(guest):
    well(guest, "flat-smp")


@pytest.fixture
def empty_disk(scratch):
    path = scratch / "empty.img"
    path.write_bytes(bytes(4 << 20))
    return path


@pytest.mark.parametrize("kind", ["virtio", "ahci"])
def test_disk(kind, empty_disk):
    with QemuGuest(f"legacy-disk-{kind}", image=BUILD / "test.img",
                   disk=kind, extra=disk_arguments(kind, empty_disk, "other"),
                   limit=60) as guest:
        guest.prompt()
        well(guest, "flat-disk")


def test_cpus_are_stopped(guest):
    well(guest, "flat-reset")


def test_timer(guest):
    well(guest, "flat-timer")


def test_callbacks_and_registers(guest):
    well(guest, "flat-vectors")


def test_callbacks_leave_their_stack(guest):
    answer = well(guest, "flat-switch")
    assert answer.count(".") >= 10


def test_keyboard_callback(guest):
    guest.send("flat-keyboard\r")
    guest.expect(r"\ntype\n")
    for key in "hello, world ~":
        guest.send(key)
        assert guest.expect(r"\A(.)")[1] == key.encode()
    guest.press("x")
    guest.expect(r"\Ax")
    guest.send("\x1b")  # by itself, it takes a while to be a key
    guest.expect(r"\A\^")
    guest.send("many at once, and q")
    guest.expect(r"\Amany at once, and qagain\n")
    guest.send("z")
    assert guest.prompt() == "flat-keyboard: all is well\n"


@pytest.mark.parametrize("what", ["reboot", "shutdown"])
def test_end_of_the_machine(what):
    with QemuGuest(f"legacy-{what}", image=BUILD / "test.img", cpus="4",
                   limit=60) as guest:
        guest.prompt()
        guest.send(f"flat-{what}\r")
        guest.expect(r"\nbye\n")
        assert guest.expect_end() == 0


@pytest.mark.parametrize("card", ["virtio-net-pci", "e1000", "vmxnet3"])
def test_network(card):
    with Cable() as cable:
        extra = [*cable.netdev(),
                 "-device", f"{card},netdev=n0,mac=52:54:00:12:34:56"]
        with QemuGuest(f"legacy-net-{card}", image=BUILD / "test.img",
                       disk="virtio", extra=extra, limit=60) as guest:
            guest.prompt()
            cable.drain()
            guest.send("flat-net\r")
            mac = bytes.fromhex("525400123456")
            # Of all that it sent, one was possible.
            assert cable.receive(20) == (b"\xff" * 6 + mac + b"\x88\xb5"
                                         + b"\x5a" * 46)
            for number in range(40):
                frame = mac + MAC + b"\x88\xb5" + bytes([number] * 100)
                cable.send(frame)
                assert cable.receive(20) == frame
            guest.expect(r"\none more\n")
            cable.send(frame)
            assert cable.receive(20) == frame
            assert guest.prompt() == "flat-net: all is well\n"
