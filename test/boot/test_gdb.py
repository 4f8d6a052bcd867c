"""test_gdb.py - GDB on a serial line: the system's own stub, driven by gdb.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import re
import select
import signal
import socket
import subprocess
import time

import pytest
from guest import BUILD, ROOT, QemuGuest
from image import copy_image, set_options
from screen import wait_for_frame_text

PROGRAMS = BUILD / "programs"
TESTS = BUILD / "test" / "programs"
DONE = "@@done@@"


class Gdb:
    """gdb on the guest's socket `line`."""

    def __init__(self, guest, program, line="com2"):
        self.text = ""
        self.process = subprocess.Popen(
            ["timeout", "-s", "KILL", "100", "gdb", "-q", "-nx"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, cwd=ROOT,
            env=dict(os.environ, TERM="dumb", DEBUGINFOD_URLS=""))
        for command in ("set pagination off", "set confirm off",
                        f"file {program}",
                        f"target remote {guest.work / line}"):
            self.answer = self.do(command)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def start(self, command):
        self.process.stdin.write(f"{command}\necho {DONE}\\n\n".encode())
        self.process.stdin.flush()

    def finish(self, timeout=30):
        """What the command said, when it is over."""
        end = time.monotonic() + timeout
        while DONE not in self.text:
            ready = select.select([self.process.stdout], [], [], 0.1)[0]
            if ready:
                self.text += os.read(self.process.stdout.fileno(),
                                     65536).decode(errors="replace")
            assert time.monotonic() < end, self.text
            assert self.process.poll() is None, self.text
        answer, self.text = self.text.split(DONE, 1)
        return answer

    def do(self, command, timeout=30):
        self.start(command)
        return self.finish(timeout)

    def interrupt(self):
        """Ctrl-C; to gdb alone, for `timeout` would pass it on again."""
        pid = self.process.pid
        children = open(f"/proc/{pid}/task/{pid}/children").read()
        os.kill(int(children.split()[0]), signal.SIGINT)


class DebugGuest(QemuGuest):
    """With GDB's line: COM2, or COM1 in the place of the console."""

    def __init__(self, name, folder, line="com2", **options):
        image = copy_image(folder, "test.img")
        set_options(image, f"gdb={line}")
        super().__init__(name, disk="virtio", image=image, **options)
        self.line = line
        if line == "com1":
            where = self.arguments.index("chardev:com1")
            self.arguments[where] = "chardev:com2"
        self.arguments += ["-chardev", "socket,id=com2,server=on,wait=off,"
                           f"path={self.work}/{line}x", "-serial",
                           "chardev:" + ("com1" if line == "com1"
                                         else "com2")]

    @property
    def gdb_line(self):
        return f"{self.line}x"


@pytest.mark.parametrize("cpus", ["1", "4"])
def test_program(tmp_path, cpus):
    """Break at main, step by lines, look at variables, change one, go on."""
    with DebugGuest(f"gdb-program-{cpus}", tmp_path, machine="q35",
                    cpus=cpus) as guest:
        guest.prompt()
        assert "COM2" in guest.text()
        with Gdb(guest, PROGRAMS / "smptest.app", guest.gdb_line) as gdb:
            threads = gdb.do("info threads")
            assert len(re.findall(r"Thread \d+ \(CPU \d+\)", threads)) == \
                int(cpus), threads
            gdb.do("hbreak main")
            gdb.start("continue")
            guest.send("smptest\r")
            assert "Breakpoint 1, main (argc=1" in gdb.finish()
            gdb.do("delete")
            assert "Breakpoint 2" in gdb.do("break add_up")
            hit = gdb.do("continue")
            assert re.search(r"Breakpoint 2, add_up \(begin=\d+, end=\d+",
                             hit), hit
            gdb.do("delete")
            gdb.do("set var *(unsigned long *)argument += 1")
            assert "number < end" in gdb.do("next")
            assert "etached" in gdb.do("detach")
        guest.expect(rf"Sum by {cpus} CPUs?: 49999995000001, WRONG")
        guest.prompt()
        # Without a debugger all is as before.
        assert guest.command("smptest").endswith("which is right\n")


def test_interrupt_and_watch(tmp_path):
    """Ctrl-C stops CPUs that spin; a watched variable stops who writes it."""
    with DebugGuest("gdb-interrupt", tmp_path, machine="q35",
                    cpus="4") as guest:
        guest.prompt()
        with Gdb(guest, TESTS / "smp-spin.app", guest.gdb_line) as gdb:
            gdb.start("continue")
            guest.send("smp-spin\r")
            guest.expect("4 CPUs spin")
            time.sleep(0.5)
            gdb.interrupt()
            assert "SIGINT" in gdb.finish()
            threads = gdb.do("info threads")
            assert len(re.findall(r" spin \(argument", threads)) == 4, threads
            gdb.do("thread 3")
            assert "for (;;)" in gdb.do("stepi")
            # All still spin, and Ctrl-C of the console ends the program.
            gdb.start("continue")
            time.sleep(0.5)
            guest.send("\x03")
            guest.prompt()
            gdb.interrupt()
            gdb.finish()
            gdb.do(f"file {PROGRAMS / 'smptest.app'}")
            gdb.do("hbreak main")
            gdb.start("continue")
            guest.send("smptest\r")
            gdb.finish()
            assert "atchpoint" in gdb.do("watch lock.owner")
            hit = gdb.do("continue")
            assert re.search(r"Old value = \d+\s+New value = \d+", hit), hit
            gdb.do("delete")
            gdb.do("detach")
        guest.expect("which is right")
        guest.prompt()


def test_exception(tmp_path):
    """An exception is GDB's first; when it goes on, the report comes."""
    with DebugGuest("gdb-exception", tmp_path) as guest:
        guest.prompt()
        with Gdb(guest, TESTS / "div0.app", guest.gdb_line) as gdb:
            gdb.start("continue")
            guest.send("div0\r")
            assert re.search(r"SIGFPE.*div0\.c:\d+", gdb.finish(), re.S)
            assert "annot access memory" in gdb.do("x/x 0")
            gdb.do("detach")
        guest.expect("Exception 0")
        guest.prompt()
        assert guest.command("hello") == "Hello, world!\n"


def test_com1(tmp_path):
    """The console's line becomes GDB's; console and keys are the screen's."""
    with DebugGuest("gdb-com1", tmp_path, line="com1") as guest:
        wait_for_frame_text(guest, r"\n> ?\n", 30)
        with Gdb(guest, PROGRAMS / "hello.app", guest.gdb_line) as gdb:
            gdb.do("hbreak main")
            gdb.start("continue")
            guest.type_keys("hello\n")
            assert "Breakpoint 1, main" in gdb.finish()
            gdb.do("detach")
        assert "Hello" not in guest.text()


def test_programs_leave_the_line_alone(tmp_path):
    """The calls for serial ports do not know GDB's, which works afterwards."""
    with DebugGuest("gdb-port", tmp_path) as guest:
        guest.prompt()
        assert guest.command("calls-check taken") == "done\n"
        with Gdb(guest, PROGRAMS / "hello.app", guest.gdb_line) as gdb:
            gdb.do("hbreak main")
            gdb.start("continue")
            guest.send("hello\r")
            assert "Breakpoint 1, " in gdb.finish()
            gdb.do("detach")
        guest.expect("Hello, world!")
        guest.prompt()


def test_noise(tmp_path):
    """What is no packet stops nothing."""
    with DebugGuest("gdb-noise", tmp_path) as guest:
        guest.prompt()
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(guest.work / guest.gdb_line))
        line.sendall(b"hello\r\n+-+-\x00\xff")
        assert guest.command("hello") == "Hello, world!\n"
        line.close()
