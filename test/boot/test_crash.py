"""test_crash.py - reports of programs that go wrong: on the console, in
crash.txt, explained on the PC.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import re
import subprocess
import zlib

import pytest
from guest import BUILD, ROOT, QemuGuest, device_arguments, disk_arguments, \
    drive_arguments
from image import FILE_SYSTEM, copy_image, image_with
from screen import wait_for_frame_text

PROGRAMS = BUILD / "test" / "programs"
SAVED = "This report is in crash.txt."
# "from 00000000004000b2 middle+0x82 (crash-deep.c:34)"
PLACE = re.compile(r"^(at  |from|    ) ([0-9a-f]{16})"
                   r"(?: ([^ +]+)\+0x([0-9a-f]+)(?: \(([^ :]+):(\d+)\))?)?$",
                   re.M)
CHAIN = ["store", "middle", "outer", "main", "program_start"]
HELLO = "Hello, world!\n"


def machine(name, image=BUILD / "test.img", **options):
    options = {"cpus": "2", "machine": "q35", "disk": "virtio",
               "limit": 120, **options}
    return QemuGuest(f"crash-{name}", image=image, **options)


@pytest.fixture(scope="module", params=["bios", "uefi"])
def guest(request):
    with machine(request.param, firmware=request.param) as one:
        one.prompt()
        yield one


def addr2line(program, address):
    """(function, file, line) of an address, as binutils see it."""
    output = subprocess.run(
        ["addr2line", "-f", "-e", PROGRAMS / f"{program}.app", hex(address)],
        check=True, capture_output=True, text=True).stdout.split("\n")
    path, line = output[1].split(" ")[0].rsplit(":", 1)
    return output[0], os.path.basename(path), line


def symbol_value(program, name):
    output = subprocess.run(["nm", PROGRAMS / f"{program}.app"], check=True,
                            capture_output=True, text=True).stdout
    return int(re.search(rf"^(\w+) . {name}$", output, re.M)[1], 16)


def check_places(report, program, functions):
    """All places are where addr2line says, in these functions."""
    places = PLACE.findall(report)
    assert [place[2] for place in places] == functions
    for kind, address, function, offset, file, line in places:
        address = int(address, 16)
        if function in ("os", "kernel"):
            continue
        inside = address - (kind != "at  ")
        assert (function, file, line) == addr2line(program, inside)
        assert address - int(offset, 16) == symbol_value(program, function)
    return places


def crash(guest, line):
    """The report that a program causes; all of it is in crash.txt, too."""
    report = guest.command(line)
    assert SAVED in report
    file = guest.command("cat crash.txt")
    assert file.endswith(report[report.index("\nException "):
                                report.index(SAVED)])
    return report


# What crash-deep is told, and where it goes wrong then.
WAYS = {
    "": ([*CHAIN], ", CPU 0, in program crash-deep\nCR2 0000123456789000 "
                   "written: nothing is mapped there\n"),
    " work": (CHAIN[:3], ", CPU 1, in program crash-deep\n"),
    " system": (["os", *CHAIN[1:]], "\nin the call of the system: write\n"),
    " disk": (["kernel", *CHAIN[1:]],
              "\nin the call of the system: disk_submit\n"),
    " frames": (CHAIN[:2], "\nCR2 0000123456789000 written"),
    " recurse": (["recurse"] * 17, "written: the stack is too small"),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.strip() or "store")
def test_places(guest, way):
    functions, words = WAYS[way]
    report = crash(guest, f"crash-deep{way}")
    assert words in report
    check_places(report, "crash-deep", functions)
    # The disk is as usable as before.
    assert guest.command("hello") == HELLO


def test_code_and_stack(guest):
    report = crash(guest, "crash-deep")
    code = re.search(r"\ncode (.*)<(..)>(.*)\n", report)
    data = bytes.fromhex("".join(code.groups()))
    program = (PROGRAMS / "crash-deep.app").read_bytes()
    assert len(data) == 20 and data in program
    rsp = re.search(r"RSP (\w+)", report)[1]
    words = re.search(r"\nstack(( \w{16}){4}\n {5}( \w{16}){4})\n", report)
    assert PLACE.findall(report)[1][1] in words[1].split()
    assert rsp.startswith("ffffc00000")


def test_head_of_the_file(guest):
    crash(guest, 'crash-deep "" "two words"')
    lines = guest.command("cat crash.txt").split("\n")
    program = (PROGRAMS / "crash-deep.app").read_bytes()
    assert re.fullmatch(r"BareMetal OS in C [\d.]+, "
                        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", lines[0])
    assert lines[1:4] == [
        "program: crash-deep",
        f"file: {len(program)} bytes, CRC-32 {zlib.crc32(program):08x}",
        'arguments: "" "two words"']


def test_last_call(guest):
    """What is left of a call that is over, and the rest of the report, are
    shown again by regs."""
    report = crash(guest, "crash-call")
    call = re.search(r"\nlast call of the system: pci_read\n"
                     r" {5}([0-9a-f]{16}) main\+0x\w+ \(crash-call.c:(\d+)\)",
                     report)
    assert addr2line("crash-call", int(call[1], 16) - 1)[2] == call[2]
    again = guest.command("regs")
    assert again.split("\n", 1)[1] in report
    assert "last call of the system: pci_read\n" in again


def test_calls_of_the_program_before(guest):
    """What another program left on the stack is no call of this one."""
    assert guest.command("hello") == HELLO
    assert "last call" not in guest.command("wild-load")


def test_a_second_report_takes_the_first_ones_place(guest):
    crash(guest, "crash-deep recurse")
    crash(guest, "div0")
    text = guest.command("cat crash.txt")
    assert "Divide error" in text and "recurse" not in text


def test_debug_calls(guest):
    for cpu in ("", " 1"):
        answer = guest.command(f"debug-calls{cpu}")
        assert answer.endswith("debug-calls: all is well\n")
        assert answer.count(f"\nBreakpoint, CPU {cpu or 0:>1}".replace(
            "  ", " ")) == 3
        assert answer.count("\nR13 dddddddddddddddd R14 eeeeeeeeeeeeeeee "
                            "R15 ffffffffffffffff\n") == 2
        assert "|0123456789abcdef|" in answer
        first = PLACE.findall(answer)[:2]
        assert [addr2line("debug-calls", int(address, 16) - 1)[0]
                for _, address, *_ in first] == ["inner", "outer"]


def test_screen_shows_the_same():
    with machine("screen") as one:
        one.prompt()
        one.command("clear")
        report = one.command("crash-deep")
        shown = wait_for_frame_text(one, SAVED)
        for line in report.rstrip("\n").split("\n"):
            assert line in shown


def test_other_file_of_that_name():
    """Names of another file would be wrong ones."""
    with machine("other") as one:
        one.prompt()
        one.command("load crash-deep")
        one.command("cp hello.app crash-deep.app")
        report = one.command("exec")
        assert "in program crash-deep\n" in report and SAVED in report
        assert not any(place[2] for place in PLACE.findall(report))
        assert "file:" not in one.command("cat crash.txt")


def test_file_that_cannot_be_written():
    with machine("unwritten") as one:
        one.prompt()
        report = one.command("crash-deep > crash.txt")
        assert "crash.txt was not written: " in report
        assert "store+0x" in report
        one.command("rm crash.txt")
        one.command("mkdir crash.txt")
        report = one.command("crash-deep")
        assert "crash.txt was not written: " in report
        assert one.command("hello") == HELLO


def test_read_only_disk():
    extra = [*drive_arguments("disk", BUILD / "test.img", snapshot=False,
                              **{"read-only": "on"}),
             *device_arguments("virtio", boot=0)]
    with machine("read-only", disk="none", extra=extra) as one:
        one.prompt()
        report = one.command("crash-deep")
        assert "store+0x" in report
        assert "\ncrash.txt was not written: " in report


def test_disk_that_is_gone():
    """The report is there all the same, without names; nothing hangs."""
    extra = [*drive_arguments("disk", BUILD / "test.img"),
             "-device", "qemu-xhci", "-device",
             "usb-storage,drive=disk,id=stick,removable=on,bootindex=0"]
    with machine("gone", disk="none", extra=extra) as one:
        one.prompt()
        one.send("crash-wait\r")
        one.expect(r"\ncrash-wait: any key\n")
        one.qmp("device_del", id="stick")
        one.send("x")
        report = one.prompt(60)
        assert "in program crash-wait\n" in report
        assert SAVED not in report


def compile_as_documented(folder, name):
    """With the commands of programs/README.md, which put it on the disk, too."""
    text = (ROOT / "programs" / "README.md").read_text()
    block = re.search(r"((?:    .*\n)+?)    \./build\.sh put name", text)[1]
    commands = re.sub(r"\bname\b(?!=)", name, block.replace("\\\n", " "))
    for part in ("kernel", "pure64", "programs"):
        (folder / part).symlink_to(ROOT / part)
    (folder / "build").symlink_to(BUILD)
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True)
    return (folder / f"{name}.app").read_bytes()


def test_example_of_the_readme(scratch):
    """The program there is what crashes as shown there, built as
    programs/README.md builds a program that lives elsewhere."""
    text = (ROOT / "README.md").read_text()
    source = re.search(r"```c\n(/\* greet.c .*?)```", text, re.S)[1]
    (scratch / "greet.c").write_text(source)
    image = image_with(scratch, {
        "greet.app": compile_as_documented(scratch, "greet")})
    with machine("readme", image=image) as one:
        one.prompt()
        report = one.command('greet ada "charles babbage"')
        shown = re.search(r"\n(Exception 14 .*?)>\n```", text, re.S)[1]
        for line in shown.split("\n"):
            if not line.startswith(("RIP", "at ", "from", "code", "...")):
                assert line in report.split("\n")
        assert re.search(r"^at   \w+ main\+0x\w+ \(greet\.c:10\)$", report,
                         re.M)


def explain(report, *arguments):
    return subprocess.run([ROOT / "build.sh", "explain", report, *arguments],
                          capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def reports(module_scratch):
    """crash.txt of two programs, taken from the image as a user does."""
    image = copy_image(module_scratch, "test.img")
    with machine("explain", disk="none",
                 extra=disk_arguments("virtio", image, snapshot=False,
                                      boot=0)) as one:
        one.prompt()
        one.command("crash-deep system")
        one.command("cp crash.txt deep.txt")
        assert '"./build.sh explain" knows its lines' in \
            one.command("flat-crash")
    for name in ("crash.txt", "deep.txt"):
        subprocess.run(["mcopy", "-n", "-i", f"{image}@@{FILE_SYSTEM}",
                        f"::{name}", module_scratch / name], check=True,
                       env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))
    return module_scratch


@pytest.mark.skipif(BUILD.resolve() != ROOT / "build",
                    reason="build.sh explains what is in build/")
class TestExplain:
    """./build.sh explain."""

    def test_flat_program(self, reports):
        result = explain(reports / "crash.txt")
        assert result.returncode == 0 and not result.stderr
        source = (ROOT / "test/programs/flat-crash.asm").read_text()
        lines = source.split("\n")
        for words, label in (("mov     [rax], eax", "second"),
                             ("call    second", "start")):
            line = next(i for i, text in enumerate(lines, 1) if words in text)
            assert re.search(rf" {label}\+0x\w+ at flat-crash.asm:{line}\n"
                             rf" +{re.escape(words)}", result.stdout)

    def test_program_in_c(self, reports):
        result = explain(reports / "deep.txt")
        assert result.returncode == 0 and not result.stderr
        for words in (" at ./os/", "system_calls->write((const char *)0x1",
                      "outer at ./test/programs/crash-deep.c:",
                      "outer((void *)how);"):
            assert words in result.stdout

    def test_another_build_is_told(self, reports):
        other = reports / "other.app"
        other.write_bytes((PROGRAMS / "crash-deep.app").read_bytes() + b"\0")
        result = explain(reports / "deep.txt", other)
        assert result.returncode == 0
        assert "is not the file that crashed" in result.stderr

    @pytest.mark.parametrize("arguments,message", [
        (["nowhere.txt"], "nowhere.txt: no such file"),
        (["build.sh"], "build.sh names no program"),
        (["build.sh", "nowhere.app"], "nowhere.app: no such file")])
    def test_wrong_arguments(self, arguments, message):
        result = explain(*arguments)
        assert result.returncode == 1 and message in result.stderr


def test_small_machine(scratch):
    """The least memory, and a program that leaves none for a report."""
    big = (PROGRAMS / "flat-crash.app").read_bytes()
    image = image_with(scratch, {}, "test.img")
    with machine("small", image=image, memory="8M", cpus="1",
                 machine="pc") as one:
        one.prompt()
        free = int(re.search(r"(\d+) KiB for", one.command("mem"))[1])
        free -= 17 * 4  # its stack
        check_places(crash(one, "crash-deep"), "crash-deep", CHAIN)
    image = image_with(scratch, {
        "large.app": big.ljust((free - 16) << 10, b"\0")}, "test.img")
    with machine("full", image=image, memory="8M", cpus="1",
                 machine="pc") as one:
        one.prompt()
        report = one.command("large")
        assert "at   ffff800000000030\n" in report
        assert "crash.txt was not written: the program leaves no" in report
