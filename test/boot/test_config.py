"""test_config.py - options, `config apply`, the log of the start, the map of
memory.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import struct
import subprocess
import time

import pytest
from guest import ROOT, QemuGuest, drive_arguments
from image import (FILE_SYSTEM, PAYLOAD, SECTOR, copy_image, image_with,
                   put_file)

BLOCK = PAYLOAD - SECTOR  # where the boot options are
UEFI_FILE = "EFI/BOOT/baremetal.cfg"
PICTURES = {"text": 2, "none": 3}
NEXT_START = "They count from the next start on.\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def options_block(text):
    """struct boot_options (pure64/include/pure64/options.h) of these words."""
    video = width = height = 0
    for word in text.split():
        name, _, value = word.partition("=")
        if name == "video" and value in PICTURES:
            video, width, height = PICTURES[value], 0, 0
        elif name == "video":
            video, (width, height) = 1, map(int, value.split("x"))
    rest = struct.pack("<4H256s240x", video, width, height, 0, text.encode())
    head = int.from_bytes(b"PBMO", "little")
    total = head + sum(struct.unpack("<126I", rest))
    return struct.pack("<2I", head, -total & 0xFFFFFFFF) + rest


def write_at(image, offset, data):
    with open(image, "r+b") as file:
        file.seek(offset)
        file.write(data)


def read_at(image, offset, length):
    with open(image, "rb") as file:
        file.seek(offset)
        return file.read(length)


def set_words(image, text, damage=0):
    """Puts words where the boot stages read them, both of them."""
    block = bytearray(options_block(text))
    block[-1] ^= damage
    write_at(image, BLOCK, block)
    put_file(image, UEFI_FILE, bytes(block))


def image_file(image, path):
    """A file of the image, None if there is none."""
    result = subprocess.run(
        ["mtype", "-i", f"{image}@@{FILE_SYSTEM}", f"::{path}"],
        capture_output=True)
    return None if result.returncode else result.stdout


def image_for(folder, words="", config=None, **files):
    """A copy with words in effect and config.txt."""
    files = {name.replace("_", "."): text for name, text in files.items()}
    if config is not None:
        files["config.txt"] = config
    image = image_with(folder, {name: text.encode() if isinstance(text, str)
                                else text for name, text in files.items()})
    set_words(image, words)
    return image


def boot(image, name, **machine):
    """That writes to the image."""
    settings = {"machine": "q35", "cpus": "4", "disk": "none", "limit": 90,
                **machine}
    settings["extra"] = [*drive_arguments("d", image, snapshot=False),
                         "-device", "virtio-blk-pci,drive=d,bootindex=0",
                         *settings.get("extra", [])]
    return QemuGuest(f"config-{name}", image=image, **settings)


# ---- config.txt

def test_wrong_words_are_named(folder):
    config = ("# a comment\r\n\r\n"
              "cpu=2\r\n"
              "nonsense=1\n"
              "cpus=none\n"
              "  MEMORY = 64x \n"
              "video=10x10\n"
              "nousb=1\n"
              "keyboard=klingon\n"
              "startup=" + "x" * 64 + "\n"
              + "y" * 130 + "\n"
              "#" + "z" * 200 + "\n"
              "keyboard=de")
    with boot(image_for(folder, config=config), "wrong") as guest:
        text = guest.prompt()
        said = [line for line in text.splitlines()
                if line.startswith("config.txt")]
        assert said == [
            'config.txt, line 3: "cpu=2" is no option; skipped; did you mean '
            "cpus?",
            'config.txt, line 4: "nonsense=1" is no option; skipped; `config` '
            "lists the options",
            'config.txt, line 5: "cpus=none": cpus takes a number from 1 on; '
            "skipped",
            'config.txt, line 6: "  MEMORY = 64x ": memory takes a size from '
            "4M on, as 64M or 2G; skipped",
            'config.txt, line 7: "video=10x10": video takes a size as '
            "1024x768, text or none; skipped",
            'config.txt, line 8: "nousb=1": nousb takes no value; skipped',
            'config.txt, line 9: "keyboard=klingon": keyboard takes a layout, '
            "as de; skipped",
            'config.txt, line 10: "startup=' + "x" * 64 + '": startup takes a '
            "program, a list as list.txt, or no; skipped",
            "config.txt, line 11: longer than 120 characters; skipped"]
        assert guest.command("keyboard").startswith("de; ")


def listed(guest):
    """{option: [in effect, in config.txt]} of `config`."""
    lines = guest.command("config").splitlines()
    return {line.split()[0]: line.split()[1:3] for line in lines[1:]
            if not line.startswith(" ")}


def test_list(folder):
    config = "cpus=2\nnousb\nstartup=no\nkeyboard=fr\nvideo=640x480\n"
    with boot(image_for(folder, config=config), "list") as guest:
        guest.prompt()
        options = listed(guest)
        assert options["cpus"] == ["-", "2"]
        assert options["nousb"] == ["-", "yes"]
        assert options["startup"] == ["no", "no"]
        assert options["keyboard"] == ["fr", "fr"]
        assert options["video"] == ["-", "640x480"]
        assert options["memory"] == ["-", "-"]
        guest.check("applx: only apply is known", guest.command(
            "config applx"))
        guest.send("conf\t app\t")
        guest.expect(r"config +apply")


def test_no_config_is_silent(folder):
    with boot(image_for(folder), "silent") as guest:
        lines = guest.prompt().splitlines()
        assert [line for line in lines if "config" in line or
                "option" in line] == []
        assert guest.command("config apply") == (
            "config.txt: not found\nconfig: nothing was written\n")


# ---- config apply

def gap(image):
    """What is before the partition, without the options."""
    data = read_at(image, 0, FILE_SYSTEM)
    return data[:BLOCK] + data[BLOCK + SECTOR:]


def check_volume(image, folder):
    part = folder / "volume.img"
    subprocess.run(["dd", f"if={image}", f"of={part}", "bs=1M", "skip=1",
                    "status=none"], check=True)
    result = subprocess.run(["/usr/sbin/fsck.fat", "-n", part],
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def apply(image, name, **machine):
    with boot(image, name, **machine) as guest:
        guest.prompt(60)
        answer = guest.command("config apply")
        guest.send("shutdown\r")
        guest.expect_end()
    return answer


def test_apply(folder):
    config = "keyboard=us\ncpus = 2\nvideo=800x600\nNOUSB\nmemory=64m\n"
    words = "cpus=2 memory=64M video=800x600 nousb"
    image = image_for(folder, "cpus=3", config)
    # Looks like one, but no payload follows.
    write_at(image, 10 * SECTOR, options_block("cpus=9"))
    before = gap(image)
    answer = apply(image, "apply")
    assert answer == (
        f"virtio0, sector {BLOCK // SECTOR}: for BIOS: {words}; before: "
        f"cpus=3\ndisk0:/{UEFI_FILE}: for UEFI: {words}; before: cpus=3\n"
        + NEXT_START)
    assert read_at(image, BLOCK, SECTOR) == options_block(words)
    assert image_file(image, UEFI_FILE) == options_block(words)
    assert gap(image) == before
    check_volume(image, folder)


@pytest.mark.parametrize("damage,said", [(0xFF, "damaged"), (0, "no options")])
def test_apply_to_others(folder, damage, said):
    image = image_for(folder, config="tsc_mhz=2400\n")
    set_words(image, "", damage)
    assert f"before: {said}\n" in apply(image, f"apply-{damage}")
    assert read_at(image, BLOCK, SECTOR) == options_block("tsc_mhz=2400")


def test_apply_only_for_uefi(folder):
    """No block before the payload: nothing is written there. The file is
    made."""
    image = image_for(folder, config="console=both\n")
    write_at(image, BLOCK, bytes(SECTOR))
    subprocess.run(["mdel", "-i", f"{image}@@{FILE_SYSTEM}",
                    f"::{UEFI_FILE}"], check=True)
    before = read_at(image, 0, FILE_SYSTEM)
    answer = apply(image, "uefi-only", firmware="uefi")
    assert answer == (f"disk0:/{UEFI_FILE}: for UEFI: console=both; before: "
                      f"nothing\n" + NEXT_START)
    assert image_file(image, UEFI_FILE) == options_block("console=both")
    assert read_at(image, 0, FILE_SYSTEM) == before
    check_volume(image, folder)


def test_apply_without_a_place(folder):
    """A disk that the system cannot be started from, but is the first."""
    system, data = folder / "system", folder / "data"
    system.mkdir()
    data.mkdir()
    image = image_for(data, config="cpus=2\n")
    write_at(image, SECTOR, bytes(FILE_SYSTEM - SECTOR))
    subprocess.run(["mdel", "-i", f"{image}@@{FILE_SYSTEM}",
                    "::EFI/BOOT/BOOTX64.EFI"], check=True)
    before = image.read_bytes()
    disks = [*drive_arguments("d", image, snapshot=False),
             "-device", "virtio-blk-pci,drive=d,addr=5",
             *drive_arguments("s", copy_image(system)),
             "-device", "virtio-blk-pci,drive=s,addr=6,bootindex=0"]
    with QemuGuest("config-no-place", disk="none", extra=disks) as guest:
        guest.prompt()
        answer = guest.command("config apply")
        assert "config: nothing was written: this disk has neither" in answer
    assert image.read_bytes() == before


# ---- words in effect

@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_apply_and_restart(folder, firmware):
    image = image_for(folder, "cpus=3", "cpus=2\nmemory=200M\n")
    machine = {"firmware": firmware, "reboot": True}
    with boot(image, f"restart-{firmware}", **machine) as guest:
        text = guest.prompt(60)
        assert ("config.txt: not in effect: cpus=2 memory=200M; in effect: "
                "cpus=3; `config apply` and a restart change that\n") in text
        assert listed(guest)["cpus"] == ["3", "2"]
        assert NEXT_START in guest.command("config apply")
        guest.send("reboot\r")
        guest.expect(r"reboot\n")
        assert "config.txt" not in guest.prompt(60)
        assert "processors: 2 of 4" in guest.command("ver")
        assert int(re.search(r"(\d+) KiB RAM", guest.command("mem"))[1]) == \
            200 * 1024
        check_map(guest)
        assert listed(guest)["memory"] == ["200M", "200M"]


@pytest.mark.parametrize("words,config,said", [
    ("memory=1G nousb", "memory=1024M\nnousb\n", None),
    ("nousb", "startup=no\n", "in effect without it: nousb; `config apply`"),
    ("", "nousb\n", "not in effect: nousb; `config apply`"),
    ("cpus=x nouse quiet", None,
     'boot options, word 1: "cpus=x": cpus takes a number from 1 on; '
     'skipped\nboot options, word 2: "nouse" is no option; skipped; did '
     'you mean nousb?\nboot options, word 3: "quiet" is no option; '
     "skipped; `config` lists the options\n"),
    ("startup=no keyboard=de", "startup=startup.txt\nkeyboard=us\n", None)])
def test_words_at_start(folder, words, config, said):
    image = image_for(folder, words, config, startup_txt="hello\n")
    with boot(image, f"words-{len(words)}") as guest:
        text = guest.prompt()
        if said:
            assert said in text
        else:
            assert "config.txt" not in text
        if "startup=" in words:
            assert "Hello" not in text
            assert guest.command("keyboard").startswith("de; ")


def test_damaged_options(folder):
    image = image_for(folder, "cpus=2")
    set_words(image, "cpus=2", damage=1)
    with boot(image, "damaged") as guest:
        assert ("boot options: damaged, and not used; `config apply` writes "
                "them anew\n") in guest.prompt()
        assert "processors: 4 of 4" in guest.command("ver")


def wait_for_prompt(guest):
    """Where it can't be seen: sysinfo_extension.t_prompt."""
    program = ("#include <pure64/sysinfo.h>\n#include <stdio.h>\nint main(void)"
               "{printf(\"%zu\", LAYOUT_SYSINFO_EXTENSION + offsetof(struct "
               "sysinfo_extension, t_prompt));}")
    tool = guest.work / "t_prompt"
    subprocess.run(["gcc", "-Ipure64/include", "-x", "c", "-", "-o", tool],
                   input=program, text=True, check=True, cwd=ROOT)
    address = int(subprocess.run([tool], capture_output=True).stdout)
    while not guest.physical(address)[0]:
        guest.check_alive("before its prompt")
        time.sleep(0.05)
    time.sleep(0.3)


def test_console_screen(folder):
    """Nothing comes over COM1; keys from there are heard."""
    with boot(image_for(folder, "console=screen"), "screen") as guest:
        wait_for_prompt(guest)
        before = guest.screenshot()
        guest.send("ver\r")
        time.sleep(1)
        guest.receive(0)
        assert guest.screenshot() != before
        assert b"BareMetal" not in guest.received
        assert b"ver" not in guest.received


def test_console_serial(folder):
    """The screen stays as it is, and is for programs."""
    with boot(image_for(folder, "console=serial"), "serial") as guest:
        guest.prompt()
        before = guest.screenshot()
        assert "screen: no text, 1024 x 768 pixels" in \
            guest.command("ver")
        assert guest.command("hello") == "Hello, world!\n"
        assert guest.screenshot() == before
        guest.send("a long line that is edited\x08\x08\x03")
        guest.prompt()


def test_console_serial_without_com1(folder):
    with boot(image_for(folder, "console=serial"), "no-com1",
              extra=["-serial", "none"]) as guest:
        guest.prompt()


def test_nousb(folder):
    image = image_for(folder, "nousb")
    with boot(image, "nousb", extra=[
            "-device", "qemu-xhci", "-device", "usb-kbd"]) as guest:
        guest.prompt()
        assert not re.search(r"\bxhci\b", guest.command("devices"))
        guest.check(r"left to the firmware: nousb", guest.command("log"))


# ---- log

DEVICES = ["-device", "e1000,netdev=n,mac=52:54:00:12:34:56", "-netdev",
           "user,id=n", "-device", "qemu-xhci", "-device", "usb-kbd",
           "-device", "virtio-balloon"]


def log_lines(text):
    """[(milliseconds, text)], in order of time."""
    lines = [re.fullmatch(r" *(\d+\.\d{3})  (.*)", line)
             for line in text.splitlines()[1:]]
    assert all(lines), text
    found = [(float(line[1]), line[2]) for line in lines]
    assert found == sorted(found, key=lambda line: line[0])
    return found


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_log(folder, firmware):
    image = image_for(folder, config="nonsense\nkeyboard=DE\n")
    with boot(image, f"log-{firmware}", firmware=firmware,
              extra=DEVICES) as guest:
        guest.prompt(60)
        text = guest.command("log")
        lines = log_lines(text)
        for wanted in (
                r"^started by (UEFI|the BIOS from drive 80); boot options: ",
                r"^Pure64: 4 of 4 CPUs, \d+ MiB, TSC \d+ MHz$",
                r"^ACPI: tables at [0-9a-f]+; I/O APICs 1, ",
                r"^ACPI: FADT, HPET 100000000 Hz$",
                r"^screen: \d+ x \d+ pixels at ",
                r"^virtio0 +disk, 64 MiB, sectors of 512 bytes; took \d+\.\d+$",
                r"1af4:1001  SCSI controller +virtio0$",
                r"8086:100e  Ethernet controller +e1000-0$",
                r"^e1000-0 +network, 52:54:00:12:34:56, link",
                r"USB xHCI controller +xhci$", r"^usb: keyboard at port \d+$",
                r"1af4:1002  .* no driver$",
                r"^config.txt, line 1: \"nonsense\" is no option",
                r"^option in effect: keyboard=DE$", r"^BareMetal OS in C", r"^first prompt$"):
            assert any(re.search(wanted, line) for _, line in lines), wanted
        assert lines[0][0] == 0 and lines[-1][1] == "first prompt"
        assert lines[-1][0] > lines[1][0] > 0
        # Nothing of what is typed later, and again the same.
        assert guest.command("log") == text
        assert guest.command("log > boot.txt") == ""
        assert guest.command("cat boot.txt") == text
        guest.send("shutdown\r")
        guest.expect_end()
    assert image_file(image, "boot.txt").decode().replace("\r", "") == text


def test_log_without_what_runs_at_start(folder):
    """A program or list may write more than the log has room for."""
    image = image_for(folder, startup_txt="help\n")
    with boot(image, "log-startup", extra=["-device",
                                           "qemu-xhci,id=x"]) as guest:
        guest.prompt()
        lines = [line for _, line in log_lines(guest.command("log"))]
        assert lines[-2:] == ["Starting startup.txt; a key stops it.",
                              "first prompt"]
        guest.qmp("device_add", driver="usb-kbd", id="k", bus="x.0")
        time.sleep(0.5)
        guest.command("pwd")
        guest.check("usb: keyboard at port 5", guest.command("log"))


# ---- mem

def check_map(guest):
    """Every byte of RAM is in the map once, and as what the first line says."""
    first, *lines, last = guest.command("mem").splitlines()
    match = re.fullmatch(r"memory: (\d+) KiB RAM, (\d+) KiB system, (\d+) KiB "
                         "for programs", first)
    ram, system, programs = map(int, match.groups())
    assert 4 <= len(lines) <= 30
    sums = {"program": 0, "system": 0}
    behind = 0
    for line in lines:
        match = re.fullmatch(r"([0-9a-f]+)-([0-9a-f]+) +(\d+) KiB  (.+)", line)
        start, end, what = int(match[1], 16), int(match[2], 16) + 1, match[4]
        assert start >= behind and int(match[3]) == (end - start) // 1024
        behind = end
        mixed = re.match(r"system (\d+) KiB, program memory (\d+) KiB$", what)
        if mixed:
            sums["system"] += int(mixed[1]) * 1024
            sums["program"] += (end - start) // 1024 * 1024 - \
                int(mixed[1]) * 1024
        elif what == "program memory":
            sums["program"] += end - start
        elif not re.match("firmware: |not used: |broken|persistent", what):
            sums["system"] += end - start
    assert sums["program"] // 1024 == programs
    assert abs(sums["system"] // 1024 - system) <= 3
    # memory= counts whole pages only.
    assert abs(sums["program"] + sums["system"] - ram * 1024) < 4096
    for what in ("kernel", "os", "tables of CPUs and system"):
        assert any(line.endswith("  " + what) for line in lines)
    assert re.fullmatch(r"program memory: 0 KiB in use, "
                        rf"{programs} KiB free", last)
    return lines


@pytest.mark.parametrize("firmware,machine,cpus,memory", [
    ("bios", "pc", 1, "64M"), ("bios", "q35", 4, "256M"),
    ("bios", "q35", 64, "4G"), ("uefi", "q35", 4, "512M"),
    ("uefi", "pc", 2, "5G")])
def test_memory_map(firmware, machine, cpus, memory):
    with QemuGuest(f"map-{firmware}-{cpus}", firmware=firmware,
                   machine=machine, cpus=str(cpus), memory=memory,
                   disk="virtio", limit=120) as guest:
        guest.prompt(90)
        lines = check_map(guest)
        if memory == "5G":
            assert any(int(line.split("-")[0], 16) == 1 << 32
                       for line in lines)


def test_what_was_loaded_is_in_use():
    with QemuGuest("map-loaded") as guest:
        guest.prompt()
        guest.command("load hello")
        match = re.search(r"(\d+) KiB in use by what was loaded, (\d+) KiB",
                          guest.command("mem"))
        assert 0 < int(match[1]) < 64
        guest.command("exec")
