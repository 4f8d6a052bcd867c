"""test_options.py - boot options: what counts before os runs.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import re
import subprocess

import pytest
from cpus import check_list, check_work
from guest import BUILD, ROOT, QemuGuest
from image import (FILE_SYSTEM, OPTIONS, OPTIONS_FILE, SECTOR, copy_image,
                   image_with_options, options_block, put_options)
from screen import frame_text, wait_for_frame_text
from test_failures import unreadable_drive

FIRMWARE = ["bios", "uefi"]
PROMPT_TIME = 50
DEFAULT, SIZE, TEXT, NONE = range(4)  # enum options_video
ABSENT, VALID, DAMAGED = range(3)     # enum options_state
TEXT_PIXELS = (720, 400)
OUR_LINE = r"Pure64: \d+ of \d+ CPUs, (\d+) MiB, TSC \d+ MHz"
STATE_SOURCE = """
#include <pure64/sysinfo.h>
#include <stdio.h>
int main(void)
{
    printf("%zu", LAYOUT_SYSINFO_EXTENSION +
                      offsetof(struct sysinfo_extension, options));
}
"""


def machine(name, image, firmware="bios", cpus=1, **options):
    return QemuGuest(f"options-{firmware}-{name}", firmware=firmware,
                     machine="q35", disk="virtio", cpus=str(cpus),
                     image=image, **options)


def state(guest):
    """What the boot stage found, where the compiler says that it stands."""
    program = guest.work / "state"
    subprocess.run(
        ["gcc", f"-I{ROOT / 'pure64' / 'include'}", "-x", "c", "-", "-o",
         program], check=True, text=True, input=STATE_SOURCE)
    place = subprocess.run([program], check=True, capture_output=True).stdout
    return guest.physical(int(place))[0] & 0xFFFFFFFF


@pytest.mark.parametrize("firmware", FIRMWARE)
@pytest.mark.parametrize("cpus,running", [("1", 1), ("2", 2), ("9", 4)])
def test_cpus(firmware, cpus, running, scratch):
    image = image_with_options(scratch, f"cpus={cpus}", source="test.img")
    with machine(f"cpus-{cpus}", image, firmware, cpus=4) as guest:
        guest.prompt(PROMPT_TIME)
        assert f": {running} of 4 CPUs\n" in guest.command("ver")
        check_list(guest, running)
        check_work(guest, running)
        assert state(guest) == VALID


@pytest.mark.parametrize("firmware", FIRMWARE)
@pytest.mark.parametrize("size,mib", [("4M", 4), ("65536K", 64), ("1G", 0),
                                      ("3M", 0), ("64Q", 0), ("", 0)])
def test_memory(firmware, size, mib, scratch):
    """0: no limit, as more than there is or what can't be read says."""
    image = image_with_options(scratch, f"memory={size}")
    with machine(f"memory-{size}", image, firmware) as guest:
        told = guest.expect(OUR_LINE, PROMPT_TIME)
        guest.prompt(PROMPT_TIME)
        total, system, free = map(int, re.search(
            r"(\d+) KiB RAM, (\d+) KiB system, (\d+) KiB for",
            guest.command("mem")).groups())
        assert total == mib << 10 if mib else total > 200 << 10
        assert int(told[1]) == total >> 10
        assert system < 1024 and free == total - system
        assert guest.command("hello") == "Hello, world!\n"


VIDEO = [
    # Firmware, kind, size wished, what is seen, what `ver` says of it.
    ("bios", SIZE, (800, 600), (800, 600), "800 x 600 pixels"),
    ("bios", SIZE, (1290, 1030), (1280, 1024), "1280 x 1024 pixels"),
    ("bios", SIZE, (320, 200), (320, 200), "40 x 12 characters, 320 x 200"),
    ("bios", TEXT, (0, 0), TEXT_PIXELS, "80 x 25 characters\n"),
    ("bios", NONE, (0, 0), TEXT_PIXELS, "screen: none"),
    ("bios", 9, (0, 0), (1024, 768), "1024 x 768 pixels"),
    ("uefi", SIZE, (800, 600), (800, 600), "800 x 600 pixels"),
    ("uefi", SIZE, (1920, 1100), (1920, 1080), "1920 x 1080 pixels"),
    ("uefi", TEXT, (0, 0), (1024, 768), "1024 x 768 pixels"),
    ("uefi", NONE, (0, 0), None, "screen: none"),
]


@pytest.mark.parametrize("firmware,kind,wish,seen,told", VIDEO)
def test_video(firmware, kind, wish, seen, told, scratch):
    image = image_with_options(scratch, "", kind, *wish)
    with machine(f"video-{kind}-{wish[0]}", image, firmware) as guest:
        guest.prompt(PROMPT_TIME)
        assert told in guest.command("ver")
        assert seen in (None, guest.screenshot()[:2])


def test_video_none_leaves_the_screen_alone(scratch):
    """UEFI's own picture stays."""
    image = image_with_options(scratch, "", NONE)
    with machine("video-alone", image, "uefi") as guest:
        guest.prompt(PROMPT_TIME)
        assert not re.search("Pure64|BareMetal", frame_text(
            guest.screenshot()))


USED = options_block("cpus=1", TEXT)
BROKEN = {
    "flipped": USED[:30] + b"!" + USED[31:],
    # The sum is right, but the text has no end.
    "endless": options_block("cpus=1 ".ljust(256, "x"), TEXT),
}


@pytest.mark.parametrize("firmware", FIRMWARE)
@pytest.mark.parametrize("kind", BROKEN)
def test_damaged(firmware, kind, scratch):
    """Nothing of it is used."""
    image = copy_image(scratch)
    put_options(image, BROKEN[kind])
    with machine(f"damaged-{kind}", image, firmware, cpus=2) as guest:
        guest.prompt(PROMPT_TIME)
        assert state(guest) == DAMAGED
        told = guest.command("ver")
        assert ": 2 of 2 CPUs" in told and "1024 x 768 pixels" in told


def test_no_block(scratch):
    """Under BIOS what is no block at all is none."""
    image = copy_image(scratch)
    put_options(image, bytes(SECTOR))
    with machine("none", image, cpus=2) as guest:
        guest.prompt()
        assert state(guest) == ABSENT
        assert ": 2 of 2 CPUs" in guest.command("ver")


def test_unreadable_block(scratch):
    drive = unreadable_drive(scratch, OPTIONS // SECTOR)
    with QemuGuest("options-unreadable", disk="none", extra=drive) as guest:
        guest.prompt()
        assert state(guest) == ABSENT
        assert guest.command("hello") == "Hello, world!\n"


@pytest.mark.parametrize("content,found", [
    (None, ABSENT), (b"", DAMAGED), (bytes(512), DAMAGED),
    (options_block("cpus=1")[:511], DAMAGED)],
    ids=["missing", "empty", "zeros", "short"])
def test_uefi_file(content, found, scratch):
    image = copy_image(scratch)
    if content is None:
        subprocess.run(["mdel", "-i", f"{image}@@{FILE_SYSTEM}",
                        f"::{OPTIONS_FILE}"], check=True,
                       env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))
    else:
        put_options(image, content)
    with machine(f"file-{len(content or '')}-{found}", image, "uefi",
                 cpus=2) as guest:
        guest.prompt(PROMPT_TIME)
        assert state(guest) == found
        assert ": 2 of 2 CPUs" in guest.command("ver")


@pytest.mark.parametrize("firmware", FIRMWARE)
def test_console(firmware, scratch):
    """Where pure64's line goes; what os does with the word is not asked."""
    image = image_with_options(scratch, "console=serial")
    with machine("serial", image, firmware) as guest:
        guest.expect(OUR_LINE, PROMPT_TIME)
        guest.prompt(PROMPT_TIME)
        assert "Pure64" not in frame_text(guest.screenshot())
    image = image_with_options(scratch, "console=screen")
    with machine("screen", image, firmware) as guest:
        wait_for_frame_text(guest, OUR_LINE, PROMPT_TIME)
        guest.receive(1)
        assert "Pure64" not in guest.text()


def test_console_that_is_not_there(scratch):
    """Then the other is written to, and so are errors."""
    image = image_with_options(scratch, "console=screen")
    with machine("no-screen", image, video="none") as guest:
        guest.expect(OUR_LINE)
    with QemuGuest("options-error", image=image, memory="1M") as guest:
        guest.expect(r"Pure64 error P\d\d: .*\.\n")


def test_longest_text(scratch):
    """All 255 characters reach the last word."""
    image = image_with_options(scratch, f"{'x' * 241} tsc_mhz=12345")
    with machine("longest", image) as guest:
        guest.expect(r"TSC 12345 MHz")
        guest.prompt()


def written(scratch, *words):
    """The block that the tool makes, or what it complains of."""
    block = scratch / "block"
    result = subprocess.run([BUILD / "tools" / "options", block, *words],
                            capture_output=True, text=True)
    if result.returncode:
        assert not block.exists()
        return result.stderr
    content = block.read_bytes()
    block.unlink()
    return content


def test_tool(scratch):
    assert written(scratch) == options_block()
    assert written(scratch, " cpus=2  nousb", "memory=64M") == \
        options_block("cpus=2 nousb memory=64M")
    assert written(scratch, "video=800x600", "quiet") == \
        options_block("video=800x600 quiet", SIZE, 800, 600)
    assert written(scratch, "video=text") == options_block("video=text", TEXT)
    assert written(scratch, "video=none") == options_block("video=none", NONE)


@pytest.mark.parametrize("word,cause", [
    ("video=800", "320x200 to 16384x16384"), ("video=80x25", "320x200"),
    ("cpus=0", "from 1 on"), ("cpus=two", "from 1 on"),
    ("memory=3M", "4M or more"), ("memory=64X", "K, M or G"),
    ("tsc_mhz=fast", "from 1 on"), ("console=com1", "serial, screen and both"),
    ("x" * 256, "longer than 255 characters"), ("\u00e4", "ASCII")])
def test_tool_refuses(word, cause, scratch):
    message = written(scratch, "nousb", word)
    assert cause in message and message.count("\n") == 1
    if "=" in word:
        assert word in message
