"""test_develop.py - a developer's path: new, run NAME, debug, put, get, usb.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import shutil
import subprocess

import pytest
from guest import ROOT, QemuGuest
from image import FILE_SYSTEM, PAYLOAD, put_file
from terminal import TerminalGuest
from tree import check_run, copy_tree, make, run

IMAGE = "build/disk.img"


@pytest.fixture(scope="module")
def tree(module_scratch):
    """A copy of the tree, built."""
    copy = copy_tree(module_scratch / "tree")
    check_run(run(copy, "./build.sh"))
    return copy


def build(tree, *arguments):
    return run(tree, "./build.sh", *arguments)


def refused(tree, message, *arguments):
    result = build(tree, *arguments)
    assert result.returncode != 0
    assert message in result.stdout


def listing(tree, *folder):
    return check_run(build(tree, "ls", *folder))


def is_sound(image):
    """The file system, by an independent judge."""
    copy = image.with_suffix(".fat")
    with open(image, "rb") as source, open(copy, "wb") as target:
        source.seek(FILE_SYSTEM)
        shutil.copyfileobj(source, target)
    result = subprocess.run(["fsck.fat", "-n", copy], capture_output=True,
                            text=True)
    copy.unlink()
    return result.returncode == 0


@pytest.mark.parametrize("name,source", [
    ("greet", "greet.c"), ("greet-asm.asm", "greet-asm.asm")])
def test_new_and_run(tree, name, source):
    """From nothing to a running program by two commands."""
    program = name.split(".")[0]
    output = check_run(build(tree, "new", name))
    assert output == \
        f"made programs/{source}; try: ./build.sh run {program}\n"
    assert len((tree / "programs" / source).read_text().splitlines()) < 15
    before = (tree / IMAGE).read_bytes()
    with TerminalGuest(f"new-{program}", tree, program) as guest:
        guest.expect(r"Ctrl-A X ends QEMU\.", 60)
        guest.expect(r"Hello, world!\n> ", 30)
        assert guest.command("hello") == "Hello, world!\n"
        guest.send("\x01x")
        assert guest.expect_end() == 0
    assert re.search(rf"\b{program}(\.| +)app\b", listing(tree))
    assert before != (tree / IMAGE).read_bytes()


@pytest.mark.parametrize("name,message", [
    ("hello", "there already"), ("hello.asm", "there already"),
    ("", "usage"), ("a b", "a name has"), ("a/b", "a name has"),
    ("-x", "a name has"), ("x.cpp", "a name has"), ("crt", "is taken"),
    ("help", "a command of the prompt")])
def test_new_refuses(tree, name, message):
    before = sorted((tree / "programs").iterdir())
    refused(tree, message, "new", *([name] if name else []))
    assert sorted((tree / "programs").iterdir()) == before


def test_run_with_arguments(tree):
    """Words stay whole, options of QEMU go behind --; what config.txt says
    of other things stays, and the disk itself is left as it is."""
    put_file(tree / IMAGE, "config.txt",
             b"startup = other.txt\r\nkeyboard=de\n")
    before = (tree / IMAGE).read_bytes()
    with TerminalGuest("run-arguments", tree, "uefi", "args", "one",
                       "two words", r'q"b\s', "", "--", "-smp", "2") as guest:
        guest.expect(r"args\none\ntwo words\nq\"b\\s\n\n> ", 60)
        assert "firmware: UEFI" in (version := guest.command("ver"))
        assert "2 of 2 CPUs" in version
        config = guest.command("cat config.txt")
        assert "keyboard=de" in config and "other.txt" not in config
        guest.send("\x01x")
        guest.expect_end()
    assert (tree / IMAGE).read_bytes() == before


def test_run_of_no_program(tree):
    refused(tree, "there is no program 'nothere'", "run", "nothere")
    refused(tree, "hello-asm", "run", "nothere")


def test_put_get_ls(tree, scratch):
    (scratch / "a long name.txt").write_text("text\n")
    (scratch / "folder").mkdir()
    (scratch / "folder" / "inside").write_bytes(bytes(range(256)) * 100)
    script = tree / "build.sh"
    check_run(run(scratch, script, "put", "a long name.txt", "folder"))
    assert "a long name.txt" in listing(tree)
    assert "25600" in listing(tree, "folder")
    # Files stay when the system and programs are built anew.
    (tree / "programs" / "args.c").touch()
    (tree / "os" / "shell.c").touch()
    check_run(build(tree))
    other = scratch / "other"
    other.mkdir()
    for name in ("a long name.txt", "/folder", "folder/inside"):
        check_run(run(other, script, "get", name))
    assert (other / "a long name.txt").read_text() == "text\n"
    for path in ("folder/inside", "inside"):
        assert (other / path).read_bytes() == bytes(range(256)) * 100
    for words, message in [(("get", "inside"), "is here already"),
                           (("get", "nothere"), "not on the disk"),
                           (("get",), "usage"), (("put",), "usage"),
                           (("put", "nothere"), "not there"),
                           (("ls", "nothere"), "not on the disk")]:
        result = run(other, script, *words)
        assert result.returncode != 0 and message in result.stdout
    assert is_sound(tree / IMAGE)


def test_file_of_a_guest_stays(tree):
    """What is written in the virtual machine, too; and a change of a program
    is on the disk."""
    with QemuGuest("develop-write", image=tree / IMAGE, disk="none", extra=[
            "-drive", f"if=none,id=disk,format=raw,file={tree / IMAGE}",
            "-device", "virtio-blk-pci,drive=disk"]) as guest:
        guest.prompt()
        guest.command("mkdir kept")
        guest.command("cp hello.app kept/copy.app")
        # Nobody writes beside a running machine.
        refused(tree, "is in use", "put", "README.md")
        (tree / "programs" / "args.c").touch()
        refused(tree, "is in use")
        assert guest.command("kept/copy") == "Hello, world!\n"
        guest.send("shutdown\r")
        guest.expect_end()
    hello = tree / "programs" / "hello.c"
    intact = hello.read_text()
    hello.write_text(intact.replace("Hello, world", "Hello again"))
    check_run(build(tree))
    with QemuGuest("develop-read", image=tree / IMAGE,
                   disk="virtio") as guest:
        guest.prompt()
        assert guest.command("hello") == "Hello again!\n"
        assert guest.command("kept/copy") == "Hello, world!\n"
    hello.write_text(intact)
    check_run(build(tree))
    assert is_sound(tree / IMAGE)


def test_full_disk(tree, scratch):
    """A build that does not fit leaves the disk as it was."""
    shutil.copy(tree / IMAGE, scratch / "kept.img")
    with open(scratch / "large", "wb") as file:
        file.truncate(200 << 20)
    refused(tree, "is the disk full?", "put", str(scratch / "large"))
    with open(scratch / "large", "wb") as file:
        file.truncate((64 << 20) - (4 << 20))
    check_run(build(tree, "put", str(scratch / "large")))
    padding = subprocess.run(
        ["mdir", "-i", f"{tree / IMAGE}@@{FILE_SYSTEM}", "::"],
        capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin", "MTOOLS_SKIP_CHECK": "1"}).stdout
    free = int(re.sub(r"\D", "", re.search(r"([\d ]+) bytes free",
                                           padding)[1]))
    with open(scratch / "rest", "wb") as file:
        file.truncate(max(free - 65536, 0))
    check_run(build(tree, "put", str(scratch / "rest")))
    before = (tree / IMAGE).read_bytes()
    (tree / "os" / "shell.c").touch()
    (tree / "programs" / "args.c").touch()
    result = build(tree)
    assert result.returncode != 0 and "no room" in result.stdout
    assert (tree / IMAGE).read_bytes() == before
    shutil.copy(scratch / "kept.img", tree / IMAGE)
    check_run(make(tree))


def test_changed_template(tree):
    """Another layout: a new image, and the old one is kept beside it."""
    put_file(tree / IMAGE, "mine.txt", b"mine\n")
    template = tree / "disk.img.template"
    intact = template.read_text()
    template.write_text(intact.replace("size_mib = 64", "size_mib = 80"))
    output = check_run(build(tree))
    assert "layout has changed" in output and "disk.img.old" in output
    assert (tree / IMAGE).stat().st_size == 80 << 20
    assert "mine" not in listing(tree)
    old = tree / "build" / "disk.img.old"
    assert subprocess.run(
        ["mtype", "-i", f"{old}@@{FILE_SYSTEM}", "::mine.txt"],
        capture_output=True, check=True).stdout == b"mine\n"
    template.write_text(intact)
    assert "disk.img.old2" in check_run(build(tree))
    assert subprocess.run(
        ["mtype", "-i", f"{old}@@{FILE_SYSTEM}", "::mine.txt"],
        capture_output=True, check=True).stdout == b"mine\n"


def answer(tree, text, *arguments):
    """The command's output and status, `text` being typed."""
    return subprocess.run(["./build.sh", *arguments], cwd=tree, input=text,
                          capture_output=True, text=True, timeout=120)


def test_usb_update(tree, scratch):
    """An image in the place of the stick: its own files stay, the system
    becomes new, and boots."""
    stick = scratch / "stick.img"
    shutil.copy(tree / IMAGE, stick)
    put_file(stick, "mine.txt", b"mine\n")
    with open(stick, "r+b") as file:
        file.write(b"\xcc" * 440)               # code of the boot sector
        file.seek(PAYLOAD + 64)
        file.write(bytes(5000))
    put_file(stick, "EFI/BOOT/BOOTX64.EFI", b"broken")
    damaged = stick.read_bytes()
    result = answer(tree, "no\n", "usb", "--update", str(stick))
    assert result.returncode != 0 and "nothing was written" in result.stderr
    assert stick.read_bytes() == damaged
    result = answer(tree, "yes\n", "usb", "--update", str(stick))
    assert result.returncode == 0, result.stderr
    assert is_sound(stick)
    for firmware in ("bios", "uefi"):
        with QemuGuest(f"stick-{firmware}", firmware=firmware, image=stick,
                       disk="usb", limit=90) as guest:
            guest.prompt(60)
            assert guest.command("cat mine.txt") == "mine\n"
            assert guest.command("hello") == "Hello, world!\n"


@pytest.mark.parametrize("offset,content,message", [
    (440, b"else", "disk signature"),
    (454, bytes(4), "first partition"),
    (PAYLOAD + 4, b"none", "no payload"),
    (FILE_SYSTEM, bytes(512), "no EFI/BOOT/BOOTX64.EFI")])
def test_usb_update_refuses(tree, scratch, offset, content, message):
    """A disk that is not ours is not written to."""
    stick = scratch / "stick.img"
    shutil.copy(tree / IMAGE, stick)
    with open(stick, "r+b") as file:
        file.seek(offset)
        file.write(content)
    before = stick.read_bytes()
    result = answer(tree, "yes\n", "usb", "--update", str(stick))
    assert result.returncode != 0 and message in result.stderr
    assert stick.read_bytes() == before


def test_by_hand(tree, scratch):
    """The commands of programs/README.md for a program elsewhere."""
    readme = (tree / "programs" / "README.md").read_text()
    commands = re.search(r"(?:^    .*\n)+", readme, re.M)[0]
    assert "gcc" in commands
    (tree / "name.c").write_text(
        "#include <limits.h>\n#include <stdio.h>\n"
        'int main(void) { printf("%d %.3f\\n", INT_MAX, 1.0 / 3); }\n')
    check_run(run(tree, "sh", "-ec", commands))
    with QemuGuest("by-hand", image=tree / IMAGE, disk="virtio") as guest:
        guest.prompt()
        assert guest.command("name") == "2147483647 0.333\n"
    for path in tree.glob("name.*"):
        path.unlink()


def test_link_time_optimisation(tree):
    """All programs with -flto: C, C++ and Fortran."""
    check_run(make(tree, "B=build/lto", "PROGRAM_EXTRA=-flto",
                   "build/lto/test.img"))
    with QemuGuest("lto", image=tree / "build" / "lto" / "test.img",
                   cpus="4", disk="virtio") as guest:
        guest.prompt()
        assert "library: 0 failures" in guest.command("library", 60)
        for program in ("cplusplus", "fortran"):
            assert guest.command(program) == f"{program}: all is well\n"
        assert "which is right" in guest.command("smptest")


def test_wrong_arguments_of_os_call(tree):
    """The assembler names them."""
    source = tree / "programs" / "wrong.asm"
    source.write_text('%include "baremetal.inc"\nprogram_start\n'
                      "os_call write, rsi, rdi\nos_call wrte, 1\n")
    result = build(tree)
    source.unlink()
    assert result.returncode != 0
    assert "rdi holds an earlier argument by now" in result.stdout
    assert "there is no call wrte" in result.stdout


@pytest.mark.parametrize("program,asked,answer", [
    ("hello", "info line\nnext\n", r"main \(\) at programs/hello\.c:\d+"),
    ("hello-asm", "print $rip\n", r"= \(void \(\*\)\(\)\) 0xffff800000000000"),
])
def test_debug(tree, program, asked, answer):
    """gdb stops at the first line, and nothing runs on behind it."""
    result = subprocess.run(
        ["timeout", "100", "./build.sh", "debug", program], cwd=tree,
        input=asked + "quit\n", capture_output=True, text=True, check=False)
    assert re.search(answer, result.stdout), result.stdout + result.stderr
    assert subprocess.run(["pgrep", "-f", "--", "build/run.img.*-S"],
                          check=False).returncode


def test_debug_refuses(tree):
    refused(tree, "there is no program 'nothing'", "debug", "nothing")


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_image(tree, firmware):
    """The kernel of docs/loader.md, built and booted as that says."""
    text = (ROOT / "docs/loader.md").read_text()
    source = re.search(r"```nasm\n(; tiny\.asm.*?)```", text, re.S)[1]
    (tree / "tiny.asm").write_text(source)
    check_run(run(tree, "nasm", "-f", "bin", "tiny.asm", "-o", "tiny.sys"))
    made = check_run(build(tree, "image", "tiny.sys"))
    shown = re.search(r"^made build/kernel\.img.*$", text, re.M)[0]
    assert shown in made.splitlines()
    with QemuGuest(f"image-{firmware}", firmware=firmware, cpus="4",
                   image=tree / "build/kernel.img") as guest:
        guest.expect(r"Pure64: 4 of 4 CPUs.*\nHello from a kernel\n", 50)


def test_image_refuses(tree):
    refused(tree, "there is no file 'none.sys'", "image", "none.sys")
    refused(tree, "usage", "image")


def test_programs_of_the_readme(tree):
    """They do what it says, and the line of the exception is the one it
    names."""
    readme = (tree / "README.md").read_text()
    names = ("greet.c", "repeat.asm")
    for name in names:
        block = re.search(rf"```\w+\n([/;]\W+{re.escape(name)} - .*?)```",
                          readme, re.S)
        (tree / "programs" / name).write_text(block[1])
    check_run(build(tree))
    with QemuGuest("readme", image=tree / IMAGE, disk="virtio") as guest:
        guest.prompt()
        answer = guest.command('greet ada "charles babbage"')
        assert answer.startswith("Hello, Ada!\nHello, Charles babbage!\n")
        assert "Exception 14 " in answer
        address = re.search(r"RIP ([0-9a-f]{16})", answer)[1]
        guest.send("repeat\r")
        guest.expect(r"repeat\n")
        guest.send("typed\r")
        assert guest.prompt() == "typed\n"
    place = subprocess.run(
        ["addr2line", "-e", "build/programs/greet.app", address], cwd=tree,
        capture_output=True, text=True, check=True).stdout
    assert place.startswith("./programs/greet.c:")
    assert re.sub(r" \(.*", "", place.strip()) in readme
    for name in names:
        (tree / "programs" / name).unlink()
