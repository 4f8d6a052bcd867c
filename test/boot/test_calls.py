"""test_calls.py - the calls of interface version 2, by programs/calls-check.c.

SPDX-License-Identifier: BSD-3-Clause
"""

import calendar
import socket
import time
import wave

import pytest
from guest import BUILD, QemuGuest
from screen import wait_for_frame_text

IMAGE = BUILD / "test.img"
# By VGA's numbers, and ANSI's, which have red and blue the other way round.
VGA = [(0, 0, 0), (0, 0, 0xAA), (0, 0xAA, 0), (0, 0xAA, 0xAA), (0xAA, 0, 0),
       (0xAA, 0, 0xAA), (0xAA, 0x55, 0), (0xAA, 0xAA, 0xAA),
       (0x55, 0x55, 0x55), (0x55, 0x55, 0xFF), (0x55, 0xFF, 0x55),
       (0x55, 0xFF, 0xFF), (0xFF, 0x55, 0x55), (0xFF, 0x55, 0xFF),
       (0xFF, 0xFF, 0x55), (0xFF, 0xFF, 0xFF)]
ANSI = [VGA[n & 10 | (n & 1) << 2 | n >> 2 & 1] for n in range(16)]


@pytest.fixture(scope="module")
def guest():
    with QemuGuest("calls", image=IMAGE, cpus="4", machine="q35",
                   disk="virtio", limit=200) as machine:
        machine.prompt()
        yield machine


def cell_colours(screen, column, row, width=8, height=16):
    """The set of colours in a cell."""
    columns, _, pixels = screen
    colours = set()
    for y in range(row * height, (row + 1) * height):
        start = (y * columns + column * width) * 3
        for x in range(width):
            colours.add(tuple(pixels[start + 3 * x:start + 3 * x + 3]))
    return colours


def sequence(front, back):
    """What a terminal is told."""
    if (front, back) == (7, 0):
        return b"\x1b[0m"
    return b"\x1b[%d;%dm" % (front % 8 + (90 if front > 7 else 30),
                             back % 8 + (100 if back > 7 else 40))


def begin(guest, line):
    guest.send(f"calls-check {line}\r")
    guest.expect(rf"\A(> )?calls-check {line}\n")


def finish(guest):
    assert guest.prompt().endswith("done\n")


def settle(guest, good):
    """Waits until the screen is as it is to be."""
    end = time.monotonic() + 30
    while not good(guest.screenshot()):
        assert time.monotonic() < end, "the screen is otherwise"
        time.sleep(0.1)


def test_colours(guest):
    raw = len(guest.received)
    begin(guest, "colour")
    guest.expect("red on blue\n")
    sent = guest.received[raw:]
    for back in range(16):
        for front in range(16):
            letter = b"%X" % front
            assert sequence(front, back) + letter in sent
    settle(guest, lambda screen: all(
        cell_colours(screen, front, back) <= {ANSI[front], ANSI[back]} and
        cell_colours(screen, front, back) >= {ANSI[back]} and
        ANSI[front] in cell_colours(screen, front, back)
        for back in range(16) for front in range(16)))
    guest.send("s")
    guest.expect("red on blue again")
    rows = 768 // 16
    settle(guest, lambda screen: cell_colours(screen, 0, rows - 1)
           == {ANSI[9], ANSI[4]} and all(  # five rows up
               cell_colours(screen, front, back - 5)
               == {ANSI[front], ANSI[back]}
               for back in range(5, 16) for front in (0, 9, 14)))
    guest.send(" ")
    finish(guest)
    guest.command("hello")  # in the usual colour again
    assert guest.received.rstrip().endswith(b"\x1b[0m\r\nHello, world!\r\n>") \
        or b"\x1b[0m" in guest.received[raw + len(sent):]
    settle(guest, lambda screen: cell_colours(screen, 0, rows - 2)
           == {(0xAA, 0xAA, 0xAA), (0, 0, 0)})


def rough(colours):
    """The emulator rounds the six bits a VGA has."""
    return {tuple(part >> 4 for part in colour) for colour in colours}


def test_colours_in_text_mode():
    """Also bright backgrounds, which do not blink."""
    with QemuGuest("calls-text-mode", image=IMAGE, video="cirrus",
                   disk="virtio") as guest:
        guest.prompt()
        begin(guest, "colour")
        guest.expect("red on blue\n")
        settle(guest, lambda screen: all(
            rough(cell_colours(screen, front, back, 9))
            == rough((ANSI[front], ANSI[back]))
            for back in range(16) for front in (9, 15)))
        shown = guest.physical(0xB8000, 4)
        assert shown[0] & 0xFFFFFFFF == 0x04310030  # red 1, black 0
        guest.send(" ")
        finish(guest)


def test_cursor(guest):
    raw = len(guest.received)
    begin(guest, "cursor")
    guest.expect("hidden\n")
    assert b"\x1b[4;6Hfive three" in guest.received[raw:]
    assert b"\x1b[?25l" in guest.received[raw:]
    text = wait_for_frame_text(guest, "hidden").split("\n")
    assert text[3] == "     five three" and text[4] == "hidden"
    # Row 5 is where the cursor would be.
    settle(guest, lambda screen: cell_colours(screen, 0, 5) == {(0, 0, 0)})
    guest.send(" ")
    guest.expect("shown")
    assert b"\x1b[?25h" in guest.received[raw:]
    settle(guest, lambda screen: len(cell_colours(screen, 5, 5)) == 2)
    guest.send(" ")
    finish(guest)


def test_status_line(guest):
    raw = len(guest.received)
    begin(guest, "status")
    guest.expect(r"state: two")
    sent = guest.received[raw:]
    assert b"\x1bD\x1b7\x1b[2r\x1b[H\x1b[0;7mstate: one\x1b[K\x1b8" in sent
    settle(guest, lambda screen: cell_colours(screen, 100, 0)
           == {ANSI[7]} and cell_colours(screen, 0, 0) == {ANSI[7], ANSI[0]})
    time.sleep(0.3)
    guest.send(" ")
    guest.expect("cleared")
    assert b"\x1b[2H\x1b[Jcleared" in guest.received[raw:]
    settle(guest, lambda screen: cell_colours(screen, 100, 0) == {ANSI[7]}
           and cell_colours(screen, 0, 1) == {ANSI[7], ANSI[0]}
           and cell_colours(screen, 0, 3) == {ANSI[0]})
    guest.send(" ")
    guest.expect("gone\n")
    assert b"\x1b7\x1b[r\x1b[H\x1b[K\x1b8" in guest.received[raw:]
    finish(guest)
    settle(guest, lambda screen: cell_colours(screen, 100, 0) == {ANSI[0]})


def test_lines(guest):
    begin(guest, "line")
    guest.send("one two\x1b[D\x1b[D\x7f-\r")
    guest.expect(r"\[one -wo\]\n")
    guest.send("\x1b[A\r")  # no history
    guest.expect(r"\[\]\n")
    guest.send("short\r")
    guest.expect(r"\[short\]\n")
    guest.send("longer\r")
    guest.expect(r"\nlonge\n")
    guest.send("x" * 100 + "\r")
    guest.expect(r"\[x{100}\]\n")
    guest.send("\x04")
    finish(guest)
    # The prompt's own history is still there.
    guest.send("\x1b[A\r")
    guest.expect(r"calls-check line\n")
    guest.send("\x04")
    finish(guest)


def test_lines_of_a_file(guest):
    guest.command("args first second > lines.txt")
    assert guest.command("calls-check line < lines.txt") == \
        "[args]\n[first]\n[second]\ndone\n"


def test_key_callback(guest):
    begin(guest, "keys")
    guest.expect("type\n")
    guest.send("abc")
    guest.expect("abc")
    guest.press("d")
    guest.expect("d")
    guest.send("q")
    finish(guest)


@pytest.mark.parametrize("what", ["timer", "random", "pci", "reset"])
def test_call(guest, what):
    assert guest.command(f"calls-check {what}", 60) == "done\n"


def test_random_without_the_instruction():
    with QemuGuest("calls-random", image=IMAGE, cpu="max,-rdrand",
                   disk="virtio") as guest:
        guest.prompt()
        assert guest.command("calls-check random") == \
            "no such device\ndone\n"


def test_system_info(guest):
    answer = guest.command("calls-check system")
    guest.check(r"\ABareMetal OS in C \S+ program calls-check options \[.*\] "
                r"cpus 4/4 interface \d+ firmware B ram \d{9}\nunix \d+\n"
                r"done\n\Z", answer)
    seconds = int(answer.split("unix ")[1].split()[0])
    assert abs(seconds - calendar.timegm(time.gmtime())) < 30


def receive(port, count):
    data = b""
    while len(data) < count:
        part = port.recv(count - len(data))
        assert part
        data += part
    return data


def test_serial_port():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    extra = ["-chardev", f"socket,id=com2,host=127.0.0.1,"
                         f"port={host.split(':')[1]}",
             "-serial", "chardev:com2"]
    with listener, QemuGuest("calls-serial", image=IMAGE, disk="virtio",
                             extra=extra) as guest:
        port = listener.accept()[0]
        port.settimeout(20)
        guest.prompt()
        begin(guest, "serial")
        guest.expect("ready\n")
        assert receive(port, 8) == b"\x01\0ready\n"
        data = bytes(range(47, 256)) * 5 + b"."
        received = b""
        for start in range(0, len(data), 11):
            part = data[start:start + 11]
            port.sendall(part)
            received += receive(port, len(part))
        assert received == data
        finish(guest)


def test_com1_bytes(guest):
    guest.send("calls-check raw\r")
    guest.expect("\x01\x02ready\n")
    guest.send(b"\x03\x1b\x7f")  # no Ctrl-C, no Escape
    guest.expect("\x03\x1b\x7f")
    guest.send("x.")
    guest.expect(r"x\.")
    finish(guest)
    assert guest.command("hello") == "Hello, world!\n"


def test_what_ends_with_the_program(guest):
    raw = len(guest.received)
    guest.send("calls-check leave\r")
    guest.expect("type\n")
    guest.send("typed\x1b[D")
    guest.expect("typed")
    guest.send("\x03")
    assert guest.prompt().endswith("stopped\n")
    after = guest.received[raw:]
    assert after.count(b"\x1b[?25h") == 1 and b"\x1b[0m" in after
    settle(guest, lambda screen: cell_colours(screen, 100, 0) == {ANSI[0]})
    guest.send("\x1b[A\x03")  # the prompt's history, its own editor again
    guest.expect("calls-check leave")
    guest.prompt()
    assert guest.command("hello") == "Hello, world!\n"


def tones(path):
    """Hz of each 20 periods of a recording, by zero crossings."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        data = file.readframes(file.getnframes())
    left = [int.from_bytes(data[i:i + 2], "little", signed=True)
            for i in range(0, len(data), 2 * channels)]
    edges = [i for i in range(1, len(left)) if left[i] > 0 >= left[i - 1]]
    return [20 * rate / (edges[i + 20] - edges[i])
            for i in range(0, len(edges) - 20, 20)]


def test_speaker(scratch):
    """Silence between the tones may be missing from the recording."""
    path = scratch / "sound.wav"
    with QemuGuest("calls-speaker", image=IMAGE, disk="virtio",
                   machine="pc,pcspk-audiodev=sound",
                   extra=["-audiodev", f"wav,id=sound,path={path}"]) as guest:
        guest.prompt()
        assert guest.command("calls-check speaker") == "done\n"
        time.sleep(1)
        guest.send("shutdown\r")
        guest.expect_end()
    heard = tones(path)
    near = [[i for i, hz in enumerate(heard) if abs(hz - wanted) < 10]
            for wanted in (1000, 880, 500)]
    # 15 of 0.3 s, 4 of 0.1 s, on a host with time; then what the end of the
    # program cut off.
    assert len(near[0]) >= 5 and near[1] and near[0][-1] < near[1][0], heard
    assert len(near[2]) < 8, heard
