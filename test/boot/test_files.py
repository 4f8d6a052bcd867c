"""test_files.py - files: commands and calls of programs, several volumes, what
is left on the disk, judged by fsck.fat and mtools. COMPLETE=1 adds tests that
take minutes.

SPDX-License-Identifier: BSD-3-Clause
"""

import datetime
import os
import random
import re
import subprocess
import time

import pytest
from guest import BUILD, QemuGuest, disk_arguments
from image import FILE_SYSTEM, copy_image

MIB = 1 << 20
CTRL_C, CTRL_D = "\x03", "\x04"
HELLO = "Hello, world!\n"
WELL = "file-check: all is well\n"


def fat_image(path, size, options=()):
    """A FAT volume on a disk without partitions."""
    with open(path, "wb") as file:
        file.truncate(size)
    subprocess.run(["/usr/sbin/mkfs.fat", *options, path], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def partitioned_image(path):
    """A disk with a FAT12 and a FAT16 partition; nothing is in between."""
    with open(path, "wb") as file:
        file.truncate(33 * MIB)
    subprocess.run(["/usr/sbin/sfdisk", "--quiet", path], check=True,
                   text=True, input="label: dos\nstart=2048,size=8192,type=1\n"
                                    "start=10240,size=51200,type=6\n")
    for start, sectors, bits in ((2048, 8192, "12"), (10240, 51200, "16")):
        subprocess.run(["/usr/sbin/mkfs.fat", "-F", bits, "--offset",
                        str(start), path, str(sectors // 2)], check=True,
                       stdout=subprocess.DEVNULL)
    return path


def check_volume(image, offset=0, work=None):
    """fsck.fat finds nothing wrong, not even something to note."""
    volume = work / "volume.fat"
    with open(image, "rb") as source, open(volume, "wb") as copy:
        source.seek(offset)
        copy.write(source.read())
    if offset:  # only the partition, as long as its boot sector says
        with open(volume, "r+b") as file:
            head = file.read(512)
            sectors = int.from_bytes(head[19:21], "little") or \
                int.from_bytes(head[32:36], "little")
            file.truncate(sectors * 512)
    result = subprocess.run(["/usr/sbin/fsck.fat", "-n", volume],
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    assert len(result.stdout.strip().split("\n")) == 2, result.stdout


def content(image, path, offset=0):
    """What a file holds, by mtools."""
    return subprocess.run(
        ["mtype", "-i", f"{image}@@{offset}", f"::{path}"], check=True,
        capture_output=True,
        env=dict(os.environ, MTOOLS_SKIP_CHECK="1")).stdout


class Disks:
    """A guest with three disks that are written to: the system's, one without
    partitions and one with two."""

    def __init__(self, folder, name, cpus="2"):
        self.folder = folder
        self.system = copy_image(folder, "test.img")
        self.plain = fat_image(folder / "plain.img", 40 * MIB, ["-F", "32",
                                                                "-s", "1"])
        self.parts = partitioned_image(folder / "parts.img")
        extra = []
        for address, (label, image) in enumerate(
                (("system", self.system), ("plain", self.plain),
                 ("parts", self.parts)), 4):
            extra += disk_arguments("virtio", image, label, snapshot=False,
                                    address=address)
        self.guest = QemuGuest(name, machine="q35", disk="none", cpus=cpus,
                               extra=extra, limit=250)

    def __enter__(self):
        self.guest.__enter__()
        self.guest.prompt()
        return self

    def __exit__(self, *arguments):
        self.guest.__exit__(*arguments)

    def check(self):
        """All volumes are well, as they stand on the disks now."""
        check_volume(self.system, FILE_SYSTEM, self.folder)
        check_volume(self.plain, 0, self.folder)
        check_volume(self.parts, MIB, self.folder)
        check_volume(self.parts, 5 * MIB, self.folder)


@pytest.fixture(scope="module")
def disks(module_scratch):
    with Disks(module_scratch, "files") as machine:
        yield machine


def at(guest, line):
    """A command where the prompt shows a folder."""
    guest.send(line + "\r")
    match = guest.expect(r"\A.*?\n(.*\n)?(disk\d[^\n]*)?> \Z")
    return (match.group(1) or b"").decode()


# ---- commands

def test_volumes(disks):
    answer = disks.guest.command("df")
    for line in (r"disk0: +virtio0 +FAT32", r"disk1: +virtio1 +FAT32",
                 r"disk2: +virtio2 +FAT12", r"disk2p2: +virtio2 +FAT16"):
        disks.guest.check(line, answer)


def test_copies_everywhere(disks):
    guest = disks.guest
    assert guest.command("cp hello.app disk1:/copy.app") == ""
    assert guest.command("cp disk1:/copy.app disk2:") == ""
    assert guest.command("cp disk2:/copy.app disk2p2:/again.app") == ""
    assert guest.command("mv disk2:copy.app disk1:/moved.app") == ""
    assert guest.command("disk2p2:/again") == HELLO
    hello = (BUILD / "programs" / "hello.app").read_bytes()
    disks.check()
    assert content(disks.plain, "copy.app") == hello
    assert content(disks.plain, "moved.app") == hello
    assert content(disks.parts, "again.app", 5 * MIB) == hello
    assert "not found" in guest.command("ls disk2:/copy.app")


def test_folders(disks):
    guest = disks.guest
    assert guest.command("mkdir disk1:/a disk1:/a/b disk1:/a/c") == ""
    assert at(guest, "cd disk1:/a/b") == ""
    assert guest.text().endswith("disk1:/a/b> ")
    assert at(guest, "pwd") == "disk1:/a/b\n"
    assert at(guest, "hello > there.txt") == ""
    assert at(guest, "cat there.txt") == HELLO
    assert at(guest, "mv there.txt ../c") == ""
    assert at(guest, "cp ../c/there.txt ../here.txt") == ""
    assert at(guest, "ls ..\\c") == "        14  there.txt\n"
    assert "not empty" in at(guest, "rm ../c")
    assert at(guest, "rm ../c/there.txt ../c") == ""
    assert at(guest, "cd ..") == ""
    assert at(guest, "ls") == "  <folder>  b/\n        14  here.txt\n"
    assert at(guest, "cd disk0:/") == ""
    assert guest.command("pwd") == "disk0:/\n"
    disks.check()
    assert content(disks.plain, "a/here.txt") == HELLO.encode()


def make_tree(guest, root):
    """Folders, one of them empty, and files."""
    for line in (f"mkdir -p {root}/in/deep/er {root}/empty",
                 f"hello > {root}/one.txt",
                 f"cat {root}/one.txt > {root}/in/two.txt",
                 f"cp hello.app {root}/in/deep/er",
                 f"echo > {root}/in/deep/three"):
        assert guest.command(line) == ""


def test_whole_folders(disks):
    """Copied, moved to another volume, removed; nothing is lost."""
    guest = disks.guest
    make_tree(guest, "disk1:/t")
    assert guest.command("cp -r disk1:/t disk2p2:/copy") == ""
    assert guest.command("cp -r disk2p2:/copy disk1:/t/empty/") == ""
    disks.check()
    hello = (BUILD / "programs" / "hello.app").read_bytes()
    for image, folder, offset in ((disks.parts, "copy", 5 * MIB),
                                  (disks.plain, "t/empty/copy", 0)):
        assert content(image, f"{folder}/in/deep/er/hello.app", offset) == \
            hello
        assert content(image, f"{folder}/in/two.txt", offset) == HELLO.encode()
    assert "empty" in guest.command("ls disk1:/t/empty/copy")
    # Over what is there: files are replaced, others stay.
    assert guest.command("echo other > disk2p2:/copy/one.txt") == ""
    assert guest.command("echo new > disk2p2:/copy/new.txt") == ""
    assert guest.command("cp -r disk1:/t/*.txt disk1:/t/in disk2p2:copy") == ""
    assert guest.command("cat disk2p2:copy/*.txt") == "new\n" + HELLO
    assert "t/copy: exists already" in \
        guest.command("mkdir disk1:/t/copy; mv disk2p2:/copy disk1:/t")
    assert guest.command("mv disk1:/t disk2p2:/moved") == ""
    assert "not found" in guest.command("ls disk1:/t")
    assert guest.command("cat disk2p2:/moved/in/*.txt") == HELLO
    assert guest.command("rm -r disk2p2:/*") == ""
    assert guest.command("ls disk2p2:") == "the folder is empty\n"
    disks.check()


def test_the_current_folder_stays(disks):
    guest = disks.guest
    make_tree(guest, "disk1:/s")
    assert at(guest, "cd disk1:/s/in/deep") == ""
    for line in ("rm -r ..", "rm -rf disk1:/S", "rm .", "mv ../../in /x",
                 "mv disk1:/s disk0:/x"):
        assert "the current folder is in it" in at(guest, line)
    assert at(guest, "ls") == "  <folder>  er/\n         1  three\n"
    assert at(guest, "cd disk0:/") == ""
    assert guest.command("rm -r disk1:/s") == ""
    disks.check()


def test_what_fails_in_a_folder(disks):
    """It is named, and the rest goes on."""
    guest = disks.guest
    make_tree(guest, "disk1:/f")
    subprocess.run(["mattrib", "+r", "-i", disks.plain, "::f/in/two.txt"],
                   check=True)
    assert guest.command("mkdir -p disk2p2:/g/in/deep/three") == ""
    assert guest.command("cp -r disk1:/f/. disk2p2:/g") == (
        "disk2p2:/g/./in/deep/three: is a folder\n"
        "disk1:/f/.: not all of it is copied\n")
    assert guest.command("cat disk2p2:/g/in/two.txt") == HELLO
    assert guest.command("rm -r disk1:/f") == (
        "disk1:/f/in/two.txt: is read-only\n"
        "disk1:/f: not all of it is removed\n")
    assert guest.command("ls disk1:/f disk1:/f/in") == (
        "disk1:/f:\n  <folder>  in/\n"
        "disk1:/f/in:\n        14  two.txt\n")
    assert "is read-only" in guest.command("mv disk2p2:/g/one.txt "
                                           "disk1:/f/in/two.txt")
    assert guest.command("cat disk2p2:/g/one.txt") == HELLO
    subprocess.run(["mattrib", "-r", "-i", disks.plain, "::f/in/two.txt"],
                   check=True)
    assert guest.command("rm -r disk1:/f disk2p2:/g") == ""
    disks.check()


def test_a_full_disk_keeps_what_moves(disks):
    guest = disks.guest
    assert guest.command("mkdir disk1:/large") == ""
    data = os.urandom(3 * MIB)
    source = disks.folder / "data"
    source.write_bytes(data)
    for name in ("a", "b"):
        subprocess.run(["mcopy", "-i", disks.plain, source,
                        f"::large/{name}"], check=True)
    answer = guest.command("mv disk1:/large disk2:/large")
    assert answer == ("disk2:/large/b: disk is full\n"
                      "disk1:/large: not all of it is copied\n"
                      "disk1:/large: stays, for not all is copied\n")
    disks.check()
    assert content(disks.plain, "large/b") == data
    assert content(disks.parts, "large/a", MIB) == data
    assert guest.command("dump disk1:/large/a > disk2:/dump") == \
        "disk2:/dump: disk is full\n"
    assert guest.command("rm -r disk2:/* disk1:/large") == ""
    disks.check()


def test_a_file_gives_way_to_another(disks):
    guest = disks.guest
    assert guest.command("echo one > disk1:/1; echo two > disk1:/2") == ""
    assert guest.command("mv disk1:/1 disk1:/2; cat disk1:/2") == "one\n"
    # What a power cut in a replacement leaves is in nobody's way.
    left = "disk1:/replaced.~0"
    assert guest.command(f"echo left > {left}; echo one > disk1:/3") == ""
    assert guest.command("mv disk1:/3 disk1:/2; cat disk1:/2") == "one\n"
    assert guest.command(f"cat {left}; ls disk1:/replaced*") == \
        f"left\n         5  {left}\n"
    assert guest.command(f"rm {left}") == ""
    assert guest.command("mv disk1:/2 disk1:/2; cat disk1:/2") == "one\n"
    assert guest.command("echo far > disk2:/2; mv disk2:/2 disk1:/") == ""
    assert guest.command("cat disk1:/2; ls disk2:/2") == \
        "far\ndisk2:/2: not found\n"
    assert guest.command("rm disk1:/2") == ""
    disks.check()


def test_twins(tmp_path):
    """On two disks that were formatted alike, a file and a folder stand in the
    same place, and are not taken for one."""
    one = fat_image(tmp_path / "one.img", 4 * MIB)
    two = fat_image(tmp_path / "two.img", 4 * MIB)
    source = tmp_path / "FILE"
    source.write_text("text\n")
    subprocess.run(["mcopy", "-i", one, source, "::FILE"], check=True)
    subprocess.run(["mmd", "-i", two, "::DOCS"], check=True)
    extra = disk_arguments("virtio", one, "one", snapshot=True, address=4)
    extra += disk_arguments("virtio", two, "two", snapshot=True, address=5)
    with QemuGuest("twins", extra=extra) as guest:
        guest.prompt()
        disk = re.search(r"(disk\d): +virtio0 ", guest.command("df")).group(1)
        other = disk[:-1] + str(int(disk[-1]) + 1)
        assert guest.command(f"cp {disk}:/FILE {other}:/DOCS") == ""
        assert guest.command(f"cat {other}:/DOCS/FILE") == "text\n"


def test_ctrl_c_stops_whole_folders(disks):
    guest = disks.guest
    make_tree(guest, "disk1:/c")
    source = disks.folder / "data"
    source.write_bytes(bytes(6 * MIB))
    for name in ("a", "b", "c"):
        subprocess.run(["mcopy", "-i", disks.plain, source, f"::c/{name}"],
                       check=True)
    guest.send("cp -r disk1:/c disk0:/c; hello\r" + CTRL_C)
    answer = guest.prompt()
    assert HELLO not in answer
    assert f"{6 * MIB}  c" not in guest.command("ls c")  # the last one
    assert guest.command("rm -rf c disk1:/c; ls c") == "c: not found\n"
    disks.check()


def test_many_words(disks):
    """More names than a program can have, for a command."""
    guest = disks.guest
    assert guest.command("mkdir disk1:/m") == ""
    names = [f"file number {number:04}.text" for number in range(350)]
    folder = disks.folder / "many"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("x")
    subprocess.run(["mcopy", "-i", disks.plain,
                    *(folder / name for name in names), "::m/"], check=True)
    assert "too many words for a program" in guest.command("args disk1:/m/*")
    assert guest.command("args disk1:/m/*000?.t* x") == \
        "args\n" + "".join(f"disk1:/m/{name}\n" for name in names[:10]) + \
        "x\n"
    assert "more names than a line can hold" in \
        guest.command("echo" + " disk1:/m/*" * 6)
    assert guest.command("cat disk1:/m/*") == "x" * len(names) + "\n"
    assert guest.command("rm disk1:/m/*", 60) == ""
    assert guest.command("rm disk1:/m") == ""
    disks.check()


def test_long_and_foreign_names(disks):
    guest = disks.guest
    name = "A name, quite long, with many parts.text"
    assert guest.command(f'hello > "disk1:/{name}"') == ""
    assert name in guest.command("ls disk1:/")
    assert content(disks.plain, name) == HELLO.encode()
    assert guest.command(f'rm "disk1:/{name.upper()}"') == ""
    assert "valid name" in guest.command("hello > disk1:/a*b")
    assert "found" in guest.command("hello > disk1:/a/nowhere/b")
    disks.check()


def test_write(disks):
    guest = disks.guest
    guest.send("write disk1:/typed.txt\r")
    guest.expect("Ctrl-C gives it up.\n")
    guest.send("first line\rsecnd" + "\x1b[D" * 2 + "o\r\r")
    time.sleep(0.3)
    guest.send(CTRL_D)
    guest.prompt()
    assert guest.command("cat disk1:/typed.txt") == \
        "first line\nsecond\n\n"
    guest.send("write disk1:/typed.txt\r")
    guest.expect("gives it up.\n")
    guest.send("other" + CTRL_C)
    guest.prompt()
    assert content(disks.plain, "typed.txt") == b"first line\nsecond\n\n"


def test_times(disks):
    before = datetime.datetime.utcnow() - datetime.timedelta(seconds=70)
    disks.guest.command("hello > disk1:/dated.txt")
    line = disks.guest.command("ls -l disk1:/dated.txt")
    date = datetime.datetime.strptime(line[:16], "%Y-%m-%d %H:%M")
    assert before <= date <= datetime.datetime.utcnow()


@pytest.mark.parametrize("line,message", [
    ("cat nowhere", "nowhere: not found"),
    ("cat EFI", "EFI: is a folder"),
    ("cp hello.app hello.app", "hello.app: cannot be copied to itself"),
    ("cp EFI disk1:/", "EFI: is a folder"),
    ("cp hello.app args.app hello.app", "hello.app: not a folder"),
    ("mv EFI hello.app", "hello.app: exists already"),
    ("mv hello.app args.app EFI/nowhere", "EFI/nowhere: not found"),
    ("cp -r EFI EFI/BOOT/x", "EFI: a folder cannot be copied into itself"),
    ("cp -r EFI efi", "EFI: a folder cannot be copied into itself"),
    ("cp -r EFI hello.app", "hello.app: exists already"),
    ("cp -x EFI x", "cp: -x: no such option"),
    ("rm -r", "rm: too few arguments"),
    ("rm -r disk0:", "disk0:: not possible: a volume's root stays"),
    ("rm -rf .", ".: not possible: a volume's root stays"),
    ("rm -f nowhere/x /", "/: not possible"),
    ("mkdir -p hello.app/x", "hello.app/x: not"),
    ("mkdir -p hello.app", "hello.app: exists already"),
    ("dump EFI", "EFI: is a folder"),
    ("dump hello.app ffffff", "hello.app: has only"),
    ("mv EFI EFI/BOOT", "EFI: a folder cannot go into itself"),
    ("mkdir EFI", "EFI: exists already"),
    ("rm EFI", "EFI: folder is not empty"),
    ("rm /", "/: not possible"),
    ("cd hello.app", "hello.app: not a folder"),
    ("ls disk7:", "no such disk"),
    ("ls disk2p9:", "no FAT volume there"),
    ("ls diskette:", "no such disk"),
    ("ls hello.app/x", "hello.app/x: not"),
    ("write", "too few arguments")])
def test_what_is_not_possible(disks, line, message):
    assert message in disks.guest.command(line)
    assert disks.guest.command("hello") == HELLO


def test_full_disk(disks):
    """What did not fit is gone; the rest is well."""
    guest = disks.guest
    assert guest.command("cp vectors.app disk2:/1.app") == ""
    number = 1
    while not (answer := guest.command(
            f"cp vectors.app disk2:/{number + 1}.app")):
        number += 1
    assert "disk is full" in answer and 50 < number < 100
    assert f"{number + 1}.app" not in guest.command("ls disk2:")
    disks.check()
    for i in range(1, number + 1, 4):
        names = " ".join(f"disk2:{j}.app" for j in
                         range(i, min(i + 4, number + 1)))
        assert guest.command(f"rm {names}") == ""
    disks.check()


# ---- programs

@pytest.mark.parametrize("folder", ["/", "disk1:/", "disk2:", "disk2p2:\\"])
def test_calls_of_programs(disks, folder):
    assert disks.guest.command(f"file-check {folder}", 60) == WELL
    disks.check()


def test_example(disks):
    answer = disks.guest.command("files disk1:/")
    assert answer.startswith("line 1\nline 2\nline 3\n")
    assert "files-example" not in disks.guest.command("ls")


def test_files_of_a_program_that_faults(disks):
    assert "a null pointer" in disks.guest.command("file-check fault")
    assert disks.guest.command("cat left.txt") == "left behind\n"
    disks.check()
    disks.guest.command("rm left.txt")


@pytest.mark.parametrize("how", ["spin", "leave"])
def test_stopped_while_all_cpus_write(disks, how):
    """Again and again; nothing that was flushed is lost."""
    guest = disks.guest
    guest.command("hello > kept.txt")
    for i in range(6):
        guest.send(f"file-check {how}\r")
        if how == "spin":
            guest.expect("file-check: writing\n")
            time.sleep(0.05 + 0.03 * i)
            guest.send(CTRL_C)
        answer = guest.prompt()
        assert ("stopped" if how == "spin" else "leaving") in answer
        assert guest.command("cat kept.txt") == HELLO
        assert "repaired" not in guest.text()
        disks.check()
    guest.command("rm f00 f01 kept.txt")


# ---- large ones

def test_copy_between_disks_and_ctrl_c(scratch):
    with Disks(scratch, "files-copy") as disks:
        guest = disks.guest
        data = os.urandom(24 * MIB + 333)
        source = scratch / "data"
        source.write_bytes(data)
        subprocess.run(["mcopy", "-i", disks.plain, source, "::data"],
                       check=True)
        assert guest.command("cp disk1:/data disk0:/copy", 60) == ""
        disks.check()
        assert content(disks.system, "copy", FILE_SYSTEM) == data
        guest.send("cp copy copy2\r" + CTRL_C)
        guest.prompt()
        if "copy: stopped" in guest.text():
            assert "copy2" not in guest.command("ls")
        disks.check()


def test_pulled_plug(scratch):
    """The machine ends in the midst of writing, if it is not just between two
    files; what was there is there."""
    repaired = 0
    for i in range(4):
        with Disks(scratch, f"files-plug-{i}") as disks:
            guest = disks.guest
            guest.command("hello > kept.txt")
            guest.send("file-check spin\r")
            guest.expect("file-check: writing\n")
            time.sleep(0.1 + 0.13 * i)
        with QemuGuest(f"files-plugged-{i}", machine="q35", disk="none",
                       extra=disk_arguments("virtio", disks.system,
                                            snapshot=False)) as guest:
            guest.prompt()
            assert guest.command("cat kept.txt") == HELLO
            repaired += "virtio0: files were repaired" in guest.text()
            guest.command("rm f00 f01")
            guest.command("hello > again.txt")
        check_volume(disks.system, FILE_SYSTEM, scratch)
    assert repaired


# ---- COMPLETE=1: what takes minutes

COMPLETE = os.environ.get("COMPLETE")
LARGE = 256 * MIB


@pytest.fixture(scope="module")
def large(module_scratch):
    """A disk with a file of 256 MiB, and its digest."""
    image = fat_image(module_scratch / "large.img", 600 * MIB, ["-F", "32"])
    data = module_scratch / "large"
    block = os.urandom(MIB)
    with open(data, "wb") as file:
        for number in range(LARGE // MIB):
            file.write(number.to_bytes(8, "little") + block[8:])
    subprocess.run(["mcopy", "-i", image, data, "::data"], check=True)
    return image, data


def two_disks(name, from_image, to_image):
    return QemuGuest(name, machine="q35", disk="none", limit=300, extra=[
        *disk_arguments("virtio", to_image, "to", snapshot=False, address=4),
        *disk_arguments("virtio", from_image, "from", snapshot=False,
                        address=5)])


@pytest.mark.skipif(not COMPLETE, reason="takes minutes: COMPLETE=1")
def test_large_copy(large, scratch):
    image, data = large
    target = copy_image(scratch, "test.img")
    other = fat_image(scratch / "other.img", 600 * MIB, ["-F", "32"])
    with QemuGuest("files-large", machine="q35", disk="none", limit=300,
                   extra=[*disk_arguments("virtio", target, "system",
                                          snapshot=False, address=4),
                          *disk_arguments("virtio", image, "from",
                                          snapshot=False, address=5),
                          *disk_arguments("virtio", other, "to",
                                          snapshot=False, address=6)]) as guest:
        guest.prompt()
        assert guest.command("cp disk1:/data disk2:/copy", 200) == ""
    check_volume(other, 0, scratch)
    assert content(other, "copy") == data.read_bytes()


@pytest.mark.skipif(not COMPLETE, reason="takes minutes: COMPLETE=1")
def test_twenty_power_cuts_of_a_copy(large, scratch):
    """At random moments of a copy; what was there before is there, always."""
    image, _ = large
    target = scratch / "cut.img"
    system = BUILD / "test.img"
    with open(target, "wb") as file:
        file.truncate(600 * MIB)
        file.seek(0)
        file.write(system.read_bytes()[:FILE_SYSTEM])
    subprocess.run(["/usr/sbin/sfdisk", "--quiet", target], check=True,
                   text=True, input="label: dos\nstart=2048,type=c\n")
    subprocess.run(["/usr/sbin/mkfs.fat", "-F", "32", "--offset", "2048",
                    target, str(599 * 1024)], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["mcopy", "-i", f"{target}@@{FILE_SYSTEM}",
                    BUILD / "programs" / "hello.app", "::hello.app"],
                   check=True)
    moments = random.Random(1)
    repaired = 0
    for i in range(20):
        with two_disks(f"files-cut-{i}", image, target) as guest:
            guest.prompt(60)
            repaired += "files were repaired" in guest.text()
            if i:
                for number in range(i):
                    assert guest.command(f"cat kept{number}.txt") == HELLO
                guest.command("rm copy")
            assert guest.command("hello") == HELLO
            guest.command(f"hello > kept{i}.txt")
            guest.send("cp disk1:/data copy\r")
            time.sleep(moments.uniform(0.02, 0.5))
        time.sleep(1)  # for the host to take back what it had locked
    with two_disks("files-cut-end", image, target) as guest:
        guest.prompt(60)
        guest.command("ls")
    assert repaired > 5  # or the copies were done by then
    check_volume(target, FILE_SYSTEM, scratch)
