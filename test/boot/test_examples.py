"""test_examples.py - the example programs of programs/: does each do what its
first comment says?

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import time

import pytest
from guest import ROOT, QemuGuest
from image import copy_image
from net_peer import Cable

MAC = "52:54:00:00:00:10"
MAC_BYTES = bytes.fromhex(MAC.replace(":", ""))
PEER = bytes.fromhex("020000000001")
USB_KEYBOARD = ["-device", "qemu-xhci", "-device", "usb-kbd"]


def machine(name, **options):
    return QemuGuest(f"example-{name}", **{
        "machine": "q35", "disk": "virtio", "cpus": "2", "limit": 90,
        "memory": "64M", **options})


@pytest.fixture(scope="module")
def guest():
    with machine("all", cpus="4") as one:
        one.prompt()
        yield one


def test_each_is_named():
    """programs/README.md has a line on each, and this file a test."""
    readme = (ROOT / "programs" / "README.md").read_text()
    tests = "".join(path.read_text()
                    for path in (ROOT / "test/boot").glob("test_*.py"))
    for path in (ROOT / "programs").glob("*.[ca]*"):
        if path.name != "crt.c":
            assert f"`{path.name}`" in readme
            assert re.search(rf"\b{path.stem}\b", tests)


def test_hello(guest):
    for program in ("hello", "hello-asm"):
        assert guest.command(program) == "Hello, world!\n"


def test_smp_asm(guest):
    assert re.fullmatch(r"The sum is +49999995000000\n",
                        guest.command("smp-asm"))


def test_files(guest):
    guest.command("mkdir listed")
    answer = guest.command("files")
    assert answer.startswith("line 1\nline 2\nline 3\n")
    assert re.search(r"^ +21  files-example\.old$", answer, re.M)
    assert re.search(r"^ +0  listed/$", answer, re.M)
    assert "files-example" not in guest.command("ls")
    assert "nowhere: " in guest.command("files nowhere")


def test_keys(guest):
    guest.send("keys\r")
    guest.expect(r"Escape ends\.\n")
    for sent, shown in [("a", "97  0x061  a"), (" ", "32  0x020  Space"),
                        ("\x1b[A", "257  0x101  Up"),
                        ("\x01", "1  0x001  Ctrl-A"),
                        ("\r", "10  0x00A  Enter"),
                        ("\x7f", "8  0x008  Backspace"),
                        ("\x1b[3~", "263  0x107  Delete")]:
        guest.send(sent)
        guest.expect(rf"^ +{re.escape(shown)}\n")
    guest.press("pgdn")
    guest.expect(r"^ +265  0x109  Page Down\n")
    guest.press("esc")
    guest.expect(r"^ +27  0x01B  Escape\n")
    guest.prompt()


def test_sysinfo(guest):
    answer = guest.command("sysinfo")
    assert re.search(r"^system:  program interface \d+, \d+ bytes$", answer,
                     re.M)
    assert re.search(r"^CPUs:    4, this is number 0$", answer, re.M)
    assert len(re.findall(r"^ +\d    package \d, core \d, thread \d, "
                          r"APIC id \d$", answer, re.M)) == 4
    assert re.search(r"^screen:  1024 x 768 pixels of 32 bits, text 128 x 48$",
                     answer, re.M)
    assert re.search(r"^disk 0:  virtio0, 64\.0 MiB, sectors of 512 bytes$",
                     answer, re.M)
    assert time.strftime("%B %Y", time.gmtime()) in answer


def test_clock(guest):
    start = time.monotonic()
    answer = guest.command("clock 3")
    assert 1.9 < time.monotonic() - start < 15
    assert re.search(r"\d\d:\d\d:\d\d, 3 s\n", answer)
    assert "1 s" in answer and "2 s" in answer
    guest.send("clock\r")
    guest.expect(r"\d\d:\d\d:\d\d, 1 s")
    guest.send("x")
    guest.prompt()


@pytest.mark.parametrize("limit,count,last", [
    (3, 1, ""), (4, 2, " 3"), (10, 4, " 7 5 3"), (26, 9, " 23 19 17 13 11"),
    (10**6, 78498, " 999983 999979 999961 999959 999953")])
def test_primes(guest, limit, count, last):
    answer = guest.command(f"primes {limit}")
    assert re.fullmatch(rf"{count} primes below {limit} in \d+ ms\n"
                        rf"the last ones:{last}\n", answer)


def test_primes_refuses(guest):
    for limit in ("2", "none", "4000000001"):
        assert "usage: primes" in guest.command(f"primes {limit}")
    assert "not enough memory" in guest.command("primes 4000000000")


def test_memtest(guest):
    answer = guest.command("memtest 1", 60)
    match = re.match(r"memtest: (\d+\.\d) MiB in \d+ blocks, 4 CPUs\n"
                     r"round 1: 0 errors\n", answer)
    assert match and float(match[1]) > 55
    assert guest.command("hello") == "Hello, world!\n"


def test_diskbench(guest):
    answer = guest.command("diskbench", 60)
    assert re.match(r"disk 0, virtio0:\n"
                    r"  read, 1 MiB requests +\d+\.\d MiB/s, +\d+ "
                    r"requests/s\n"
                    r"  read, 4 KiB requests +\d+\.\d MiB/s, +\d+ "
                    r"requests/s\n\Z", answer)
    answer = guest.command("diskbench big.tmp", 60)
    assert "write, 1 MiB calls" in answer and "read, 1 MiB calls" in answer
    assert "big.tmp" not in guest.command("ls")
    assert "hello.app: " in guest.command("diskbench hello.app")


def test_diskbench_reads_only(scratch):
    image = copy_image(scratch)
    before = image.read_bytes()
    with machine("diskbench", image=image, disk="none", extra=[
            "-drive", f"if=none,id=disk,format=raw,file={image}",
            "-device", "virtio-blk-pci,drive=disk"]) as guest:
        guest.prompt()
        assert "MiB/s" in guest.command("diskbench", 60)
    assert image.read_bytes() == before


def net_machine(name, cable):
    return machine(name, extra=[*cable.netdev(), "-device",
                                f"e1000,netdev={cable.name},mac={MAC}"])


def test_ethtool():
    with Cable() as cable, net_machine("ethtool", cable) as guest:
        guest.prompt()
        assert re.match(rf"0  e1000-0 +{MAC}  link up +received 0 frames, "
                        r"sent 0, errors 0\n", guest.command("ethtool"))
        assert guest.command("ethtool send 0 02:00:00:00:00:01 Hello") == \
            "sent 60 bytes\n"
        assert cable.receive(5) == (PEER + MAC_BYTES + b"\x88\xb5Hello"
                                    ).ljust(60, b"\0")
        assert "usage" in guest.command("ethtool nonsense")
        assert "that interface: " in guest.command(
            "ethtool send 7 02:00:00:00:00:01 Hello")
        guest.send("ethtool dump 0 1\r")
        guest.expect(r"a key ends it\.\n")
        cable.send(MAC_BYTES + PEER + b"\x12\x34" + b"ABC\x01" * 12)
        answer = guest.prompt()
    assert f"62 bytes from 02:00:00:00:00:01 to {MAC}, type 1234\n" in answer
    assert "  000e  41 42 43 01 41" in answer and "ABC.ABC.ABC.ABC." in answer


def test_netecho():
    with Cable() as cable, net_machine("netecho", cable) as guest:
        guest.prompt()
        guest.send("netecho\r")
        guest.expect(rf"answering at {MAC}; a key ends it\n")
        cable.send(b"\xff" * 6 + PEER + b"\x12\x34" + bytes(50))
        for number in range(200):
            data = b"\x12\x34" + bytes([number]) * (50 + 7 * number)
            cable.send(MAC_BYTES + PEER + data)
            assert cable.receive(5) == PEER + MAC_BYTES + data
        guest.send("q")
        assert guest.prompt().endswith("netecho: 200 answered, 0 dropped\n")


def lit(screen):
    """Pixels that are not black."""
    _, _, pixels = screen
    return sum(1 for i in range(0, len(pixels), 3) if any(pixels[i:i + 3]))


def test_stars(guest):
    guest.send("stars\r")
    end = time.monotonic() + 20
    while not 300 < lit(guest.screenshot()) <= 1000:
        assert time.monotonic() < end
    first = guest.screenshot()
    time.sleep(0.5)
    second = guest.screenshot()
    assert first != second and 300 < lit(second) <= 1000
    guest.press("q")
    guest.prompt()


BODY = bytes.fromhex("40c060")
SIZE = 25  # pixels of a square at 1024 x 768


def snake_head(guest):
    """Squares of the snake's body: the set of places."""
    width, height, pixels = guest.screenshot()
    return {(x, y) for y in range(height // SIZE) for x in range(40)
            if pixels[(y * SIZE * width + x * SIZE) * 3:][:3] == BODY}


@pytest.mark.parametrize("keyboard", ["ps2", "usb"])
def test_snake(keyboard):
    usb = {"machine": "q35,i8042=off", "extra": USB_KEYBOARD}
    with machine(f"snake-{keyboard}", limit=120,
                 **(usb if keyboard == "usb" else {})) as guest:
        guest.prompt()
        # Straight on: into the wall.
        guest.send("snake 1\r")
        guest.expect(r"Game over: \d+ meals\.\n", 60)
        guest.prompt()
        # Steered up, it leaves its line; Escape ends the game.
        guest.send("snake 1\r")
        end = time.monotonic() + 20
        while len(snake_head(guest)) < 4:
            assert time.monotonic() < end
        guest.press("up")
        while min(y for _, y in snake_head(guest)) > 12:
            assert time.monotonic() < end
        guest.press("esc")
        guest.expect(r"Game over: \d+ meals\.\n")
        guest.prompt()


def test_without_frame_buffer():
    with machine("no-screen", video="none") as guest:
        guest.prompt()
        for program in ("stars", "snake", "mandel"):
            assert "frame buffer" in guest.command(program)
        assert "screen:  none" in guest.command("sysinfo")
