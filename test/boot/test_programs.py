"""test_programs.py - starting programs: good ones, bad files, crashes.

SPDX-License-Identifier: BSD-3-Clause
"""

import contextlib
import struct
import time

import pytest
from guest import BUILD, QemuGuest
from image import image_with

HELLO = "Hello, world!\n"
STOPPED = "large: stopped\n"
CTRL_C = "\x03"
FIFO = 16  # bytes the UART keeps
EM_386, EM_X86_64, EM_AARCH64 = 3, 62, 183

# Program, and what its report must name.
CRASHES = {
    "div0": ["Exception 0 ", "Divide error"],
    "null-jump": ["Exception 14 ", "Page fault", "CR2 0000000000000000",
                  "RIP 0000000000000000"],
    "stack-overrun": ["Exception 14 ", "Page fault", "CR2 ffffc0000000"],
    "wild-load": ["Exception 14 ", "Page fault", "CR2 0000123456789000"],
    "system-write": ["Exception 14 ", "Page fault", "CR2 00000000001",
                     "the system's and cannot be written"],
}


@pytest.fixture(scope="module")
def guest():
    with QemuGuest("programs", image=BUILD / "test.img", cpus="4",
                   machine="q35", disk="virtio", limit=200) as machine:
        machine.prompt()
        yield machine


@pytest.mark.parametrize("program", CRASHES)
def test_crash_gives_report_and_prompt(guest, program):
    report = guest.command(program).lower()
    for part in [*CRASHES[program], f"program {program}\n", "CPU 0", "RIP ",
                 "RSP ", "RFLAGS ", "RAX ", "R15 "]:
        assert part.lower() in report
    assert guest.command("hello") == HELLO


def test_crash_again_and_again(guest):
    for _ in range(20):
        for program, parts in CRASHES.items():
            assert parts[0] in guest.command(program)
    assert guest.command("hello") == HELLO


def test_arguments(guest):
    assert guest.command('args one "two words" three') == \
        "args\none\ntwo words\nthree\n"


def test_program_of_the_call_table(guest):
    assert guest.command("flat-legacy") == "flat-legacy: all is well\n"


@pytest.mark.parametrize("name", ["HELLO", "hello.app", "Hello.APP",
                                  "/hello.app", "/HELLO-asm"])
def test_other_spellings_of_a_name(guest, name):
    assert guest.command(name) == HELLO


def test_unknown_program(guest):
    assert "nothere: not found" in guest.command("nothere")


def test_memory_in_use(guest):
    """The system needs less than 512 KiB with 4 CPUs."""
    answer = guest.command("mem")
    words = answer.splitlines()[0].replace(",", "").split()
    total, system, free = (int(words[i - 1]) for i, word in
                           enumerate(words) if word == "KiB")
    assert abs(total - system - free) <= 1
    assert 16 + 4 * 8 < system < 512
    assert 250 << 10 < total <= 256 << 10


def elf(machine=EM_X86_64, elf_class=2, kind=2):
    """An ELF file with one segment, at 0x400000, and no note."""
    header = struct.pack(
        "<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", elf_class, 1, 1, 0, kind,
        machine, 1, 0x400000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 512, 512,
                          4096)
    return (header + segment).ljust(512, b"\x90")


# Files, and what starting each must say.
BAD_FILES = {
    "arm.app": (elf(machine=EM_AARCH64), "wrong machine: made for AArch64"),
    "old.app": (elf(machine=EM_386, elf_class=1),
                "wrong machine: made for i386"),
    "linux.app": (elf(), "not linked for BareMetal: .* no BareMetal note"),
    "object.app": (elf(kind=1), "not linked to a fixed address"),
    "short.app": (elf()[:100], "truncated"),
    "notes.text": (b"just text\n", "not a program"),
    "empty.app": (b"", "empty"),
    "big.app": (bytes(8 << 20), "too large: needs 8192 KiB"),
}


def test_what_is_not_a_program(scratch):
    image = image_with(scratch, {name: content for name, (content, _) in
                                 BAD_FILES.items()})
    with QemuGuest("not-programs", image=image, memory="8M") as guest:
        guest.prompt()
        for name, (_, message) in BAD_FILES.items():
            answer = guest.command(name)
            guest.check(f"^{name}: .*{message}", answer)
        assert "EFI: not a program: it is a folder" in guest.command("EFI")
        assert guest.command("hello") == HELLO


def test_load_leaves_room_for_commands(scratch):
    """They would change a program that takes all of the memory."""
    image = image_with(scratch, {"most.app": bytes(13 << 19),
                                 "half.app": b"\xC3" + bytes(4 << 20)})
    with QemuGuest("load-large", image=image, memory="8M") as guest:
        guest.prompt()
        assert "most.app: too large to stay" in guest.command("load most.app")
        assert "no program is loaded" in guest.command("exec")
        assert "entry at" in guest.command("load half.app")
        assert guest.command("exec") == ""


def test_long_name_in_a_folder(scratch):
    program = (BUILD / "programs" / "hello.app").read_bytes()
    name = "A program with a long name.app"
    image = image_with(scratch, {f"EFI/{name}": program})
    with QemuGuest("long-name", image=image) as guest:
        guest.prompt()
        assert name in guest.command("ls EFI")
        assert guest.command(f'"efi/{name[:-4].upper()}"') == HELLO


@pytest.fixture(scope="module")
def slow_guest(module_scratch):
    """`large` is hello-asm in a file that takes some time to load."""
    program = (BUILD / "programs" / "hello-asm.app").read_bytes()
    image = image_with(module_scratch,
                       {"large.app": program.ljust(1 << 20, b"\0")})
    with QemuGuest("slow-disk", machine="q35", disk="virtio",
                   image=image) as machine:
        machine.prompt()
        yield machine


def limit_disk(guest, requests_per_second):
    """0: as fast as it is."""
    guest.qmp("block_set_io_throttle", device="disk",
              iops=requests_per_second, iops_rd=0, iops_wr=0, bps=0,
              bps_rd=0, bps_wr=0)


@contextlib.contextmanager
def while_loading(guest):
    """What is done inside is done before the file is loaded."""
    limit_disk(guest, 1)
    guest.send("large\r")
    guest.expect(r"\Alarge\n")
    yield
    time.sleep(0.2)
    guest.receive(0)
    guest.check(r"> large\n\Z", guest.text())
    limit_disk(guest, 0)


def type_while_loading(guest, keys):
    """Returns what comes up to the prompt."""
    with while_loading(guest):
        for start in range(0, len(keys), FIFO):
            guest.send(keys[start:start + FIFO])
            time.sleep(0.05)
    return guest.prompt()


CTRL_C_BEHIND = {
    "nothing": "",
    "ctrl-c": CTRL_C,
    "text": "junk",
    "a-line": "hello\r",
    "more-than-is-kept": "x" * 200,
}


@pytest.mark.parametrize("keys", CTRL_C_BEHIND.values(), ids=CTRL_C_BEHIND)
def test_ctrl_c_while_it_is_loaded(slow_guest, keys):
    assert type_while_loading(slow_guest, keys + CTRL_C) == STOPPED
    assert slow_guest.command("large") == HELLO


def test_ctrl_c_on_the_keyboard_while_it_is_loaded(slow_guest):
    with while_loading(slow_guest):
        slow_guest.press("ctrl", "c")
    assert slow_guest.prompt() == STOPPED


def test_keys_behind_ctrl_c_are_the_next_line(slow_guest):
    answer = type_while_loading(slow_guest, f"junk{CTRL_C}hello\r")
    if answer == STOPPED:
        answer += "> " + slow_guest.prompt()
    assert answer == f"{STOPPED}> hello\n{HELLO}"


def test_keys_typed_while_it_is_loaded_are_kept(slow_guest):
    answer = type_while_loading(slow_guest, "hello\r")
    if answer == HELLO:
        answer += "> " + slow_guest.prompt()
    assert answer == f"{HELLO}> hello\n{HELLO}"


def test_ctrl_c_at_the_prompt_stops_nothing_later(slow_guest):
    slow_guest.send("junk" + CTRL_C)
    assert slow_guest.prompt() == "junk^C\n"
    assert slow_guest.command("large") == HELLO


def test_kernel_is_16_kib():
    assert (BUILD / "kernel.sys").stat().st_size == 16384
