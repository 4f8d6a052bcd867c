"""guest.py - a virtual machine under test: console, keys, screen, time limit.

SPDX-License-Identifier: BSD-3-Clause

QemuGuest and BochsGuest (bochs.py) share the console part (class Guest):
whatever the guest writes to COM1 is kept in build/test/logs/NAME.log, and a
wait that fails shows the end of it. The environment variable BUILD names a
build directory other than build/.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
LOGS = BUILD / "test" / "logs"
OVMF = Path("/usr/share/OVMF")
# The firmware of machine microvm, and its devices as version 1.0 has them.
MICROVM_BIOS = Path("/usr/share/seabios/bios-microvm.bin")
MICROVM_MODERN = ["-global", "virtio-mmio.force-legacy=false"]

PROMPT = "> "
# What a command shows when the screen is full, until a key is typed.
MORE = b"-- more (q ends) --"
# ANSI sequences the console sends to a terminal (cursor, clear); MORE goes
# when the key has come.
ANSI = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|" + re.escape(MORE))

# What QEMU's send-key calls the characters that are not letters or digits.
QCODES = {
    " ": "spc", "\n": "ret", "-": "minus", "=": "equal", ".": "dot",
    ",": "comma", "/": "slash", ";": "semicolon", "'": "apostrophe",
    "\t": "tab", "\\": "backslash", "[": "bracket_left",
    "]": "bracket_right", "`": "grave_accent",
}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"<>?|~', "1234567890-=[];',./\\`"))


class GuestError(AssertionError):
    """The guest did not do what was expected; shows its last lines."""


class Guest:
    """The console of a guest; subclasses start and stop the machine."""

    def __init__(self, name, limit):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
        self.log_path = LOGS / f"{self.name}.log"
        self.log = open(self.log_path, "wb")
        self.limit = limit
        self.deadline = time.monotonic() + limit
        self.work = Path(tempfile.mkdtemp(prefix="guest-"))
        self.received = b""
        self.seen = 0  # bytes of `received` that expect() has consumed
        self.console = None
        self.process = None
        self.output = None  # file of what the emulator itself says
        self.pages = True  # a key is typed when a screen is full

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the machine; nothing of it is left."""
        if self.console:
            self.console.close()
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def launch(self, arguments, output):
        """Starts the emulator in a process group of its own. `timeout` ends
        it even if this process is killed."""
        self.output = LOGS / f"{self.name}.{output}"
        with open(self.output, "wb") as file:
            self.process = subprocess.Popen(
                ["timeout", "-s", "KILL", str(self.limit + 5), *arguments],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                cwd=self.work, start_new_session=True)

    def fail(self, what):
        tail = "\n".join(self.text().split("\n")[-40:])
        if self.output and self.process.poll() is not None:
            what += ": " + self.output.read_text(errors="replace")[-1000:]
        raise GuestError(f"{self.name}: {what}\n--- end of the console "
                         f"({self.log_path}) ---\n{tail}\n---")

    def text(self):
        """All that came from the console, without terminal sequences."""
        plain = ANSI.sub(b"", self.received).replace(b"\r", b"")
        return plain.decode("utf-8", errors="replace")

    def connect(self, path):
        """A connection to a unix socket that the machine makes."""
        while True:
            try:
                link = socket.socket(socket.AF_UNIX)
                link.connect(str(path))
                return link
            except OSError:
                link.close()
                self.check_alive(f"before {path.name} could be reached")
                time.sleep(0.01)

    def check_alive(self, when):
        if self.process.poll() is not None:
            self.receive(0)
            self.fail(f"ended with status {self.process.returncode} {when}")
        if time.monotonic() > self.deadline:
            self.fail(f"time limit reached {when}")

    def receive(self, wait):
        """Takes what the console has, waiting at most `wait` seconds."""
        if not self.console:
            return
        self.console.settimeout(max(wait, 0.001))
        try:
            data = self.console.recv(65536)
        except (socket.timeout, OSError):
            return
        self.received += data
        if self.pages and data and self.received.endswith(MORE):
            self.send(" ")
        self.log.write(data)
        self.log.flush()

    def expect(self, pattern, timeout=20):
        """Waits for a regular expression behind what was matched before;
        returns the match (on bytes without ANSI sequences and CR)."""
        end = min(time.monotonic() + timeout, self.deadline)
        regex = re.compile(pattern.encode(), re.M | re.S)
        while True:
            fresh = ANSI.sub(b"", self.received[self.seen:])
            fresh = fresh.replace(b"\r", b"")
            match = regex.search(fresh)
            if match:
                self.seen = self.position_behind(match.end())
                return match
            if time.monotonic() > end:
                self.fail(f"{pattern!r} did not come within {timeout} s")
            if self.process.poll() is not None:
                before = len(self.received)
                self.receive(0.2)
                if len(self.received) == before:
                    self.check_alive(f"while waiting for {pattern!r}")
            self.receive(0.05)

    def position_behind(self, plain_length):
        """Index in `received` behind that many plain bytes after `seen`."""
        position, plain = self.seen, 0
        while plain < plain_length:
            escape = ANSI.match(self.received, position)
            if escape:
                position = escape.end()
            else:
                plain += self.received[position:position + 1] != b"\r"
                position += 1
        return position

    def send(self, text):
        """Types at COM1."""
        data = text.encode() if isinstance(text, str) else text
        self.console.sendall(data)

    def prompt(self, timeout=30):
        """Waits for the prompt, last of all that came, at the start of a
        line; returns what came before it."""
        match = self.expect(r"(?:\A|.*\n)> \Z", timeout)
        return match.group().decode(errors="replace")[:-len(PROMPT)]

    def expect_end(self, timeout=20):
        """Waits until the emulator ends by itself; returns its status."""
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.fail(f"the machine did not end within {timeout} s")
            self.receive(0.05)
        return self.process.returncode

    def check(self, pattern, text):
        """Fails unless the regular expression is found in the text."""
        if not re.search(pattern, text):
            self.fail(f"{pattern!r} is not in {text!r}")

    def command(self, line, timeout=20):
        """Types a line; returns what it printed before the next prompt."""
        self.send(line + "\r")
        self.expect(r"\A" + re.escape(line) + r"\n", timeout)
        return self.prompt(timeout)


# The devices of each kind of disk, the last one being the disk; D is the name
# of its drive. "ide" is ATA on machine pc and AHCI on q35.
DISKS = {
    "ide": ["ide-hd"],
    "ata": ["ide-hd,bus=ide.0"], # twice at most
    "ata-second": ["ide-hd,bus=ide.1"],
    "ahci": ["ich9-ahci,id=D-bus", "ide-hd,bus=D-bus.0"],
    "virtio": ["virtio-blk-pci"],
    "virtio-modern": ["virtio-blk-pci,disable-legacy=on"],
    "scsi": ["virtio-scsi-pci,id=D-bus", "scsi-hd,bus=D-bus.0"],
    "scsi-modern": ["virtio-scsi-pci,id=D-bus,disable-legacy=on",
                    "scsi-hd,bus=D-bus.0"],
    # On machine microvm, which has no PCI.
    "virtio-mmio": ["virtio-blk-device"],
    "scsi-mmio": ["virtio-scsi-device,id=D-bus", "scsi-hd,bus=D-bus.0"],
    "nvme": ["nvme,serial=D"],
    "usb": ["qemu-xhci,id=D-bus", "usb-storage,bus=D-bus.0,removable=on"],
    # The one that can have large sectors.
    "usb-bot": ["qemu-xhci,id=D-bus", "usb-bot,bus=D-bus.0,id=D-bot",
                "scsi-hd,bus=D-bot.0"],
    "usb-nec": ["nec-usb-xhci,id=D-bus",
                "usb-storage,bus=D-bus.0,removable=on"],
    # A controller that we have no driver for, and all firmware has.
    "usb-ehci": ["usb-ehci,id=D-bus", "usb-storage,bus=D-bus.0"],
}


def drive_arguments(name, image, snapshot=True, driver="file", **options):
    """QEMU's arguments for what a disk's data is in: a raw image, which is
    left as it is if `snapshot`, and the driver's own options."""
    options = {"if": "none", "id": name, "format": "raw",
               "snapshot": "on" if snapshot else "off",
               "file.driver": driver, **options}
    if image:
        options["file.filename"] = image
    return ["-drive", ",".join(f"{key}={value}"
                               for key, value in options.items())]


def device_arguments(kind, name="disk", boot=None, sector=512, address=None):
    """QEMU's arguments for a disk of that kind whose drive has that name: its
    place in the firmware's order, bytes of a sector, PCI slot."""
    devices = [device.replace("D", name) for device in DISKS[kind]]
    if address is not None:
        devices[0] += f",addr={address:#x}"
    devices[-1] += f",drive={name}"
    if boot is not None:
        devices[-1] += f",bootindex={boot}"
    if sector != 512:
        devices[-1] += (f",logical_block_size={sector}"
                        f",physical_block_size={sector}")
    return [word for device in devices for word in ("-device", device)]


def disk_arguments(kind, image, name="disk", snapshot=True, boot=None,
                   sector=512, address=None):
    """Both, for an image."""
    return [*drive_arguments(name, image, snapshot),
            *device_arguments(kind, name, boot, sector, address)]


class QemuGuest(Guest):
    """QEMU, under TCG unless told otherwise, with QMP for keys and screen.

    `disk` is one of DISKS or "none"; it holds `image`, and the firmware tries
    it at place `boot`."""

    def __init__(self, name, firmware="bios", machine="pc", cpus="1",
                 memory="256M", disk="ide", video="std", image=None,
                 extra=(), limit=60, cpu="max", reboot=False,
                 accel="tcg", boot=0):
        super().__init__(name, limit)
        self.image = Path(image or BUILD / "disk.img")
        self.arguments = [
            "qemu-system-x86_64", "-accel", accel, "-machine", machine,
            "-cpu", cpu, "-smp", cpus, "-m", memory, "-nodefaults",
            "-display", "none", "-vga", video,
            "-chardev", f"socket,id=com1,path={self.work}/com1,server=on",
            "-serial", "chardev:com1",
            "-qmp", f"unix:{self.work}/qmp,server=on,wait=off",
        ]
        if not reboot:
            self.arguments += ["-no-reboot"]
        if disk != "none":
            self.arguments += disk_arguments(disk, self.image, boot=boot)
        if firmware == "uefi":
            self.arguments += self.uefi_arguments()
        if firmware == "microvm":
            self.arguments += ["-bios", str(MICROVM_BIOS)]
        self.arguments += list(extra)
        self.qmp_file = None

    def uefi_arguments(self):
        variables = self.work / "vars.fd"
        shutil.copy(OVMF / "OVMF_VARS_4M.fd", variables)
        return [
            "-drive", "if=pflash,format=raw,unit=0,readonly=on,"
                      f"file={OVMF / 'OVMF_CODE_4M.fd'}",
            "-drive", f"if=pflash,format=raw,unit=1,file={variables}",
        ]

    def start(self):
        self.launch(self.arguments, "qemu")
        self.console = self.connect(self.work / "com1")

    def qmp(self, command, **arguments):
        """One QMP command; returns its answer."""
        if not self.qmp_file:
            link = self.connect(self.work / "qmp")
            link.settimeout(20)
            self.qmp_file = link.makefile("rwb")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
        # The console's socket holds 278 bytes that come one by one: while
        # nobody takes them, the machine waits, and keys pile up.
        self.receive(0)
        request = {"execute": command, "arguments": arguments}
        self.qmp_file.write(json.dumps(request).encode() + b"\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "error" in answer:
                self.fail(f"QMP {command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def monitor(self, line):
        """A command of QEMU's human monitor."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def physical(self, address, count=1):
        """`count` 64-bit words of guest memory."""
        text = self.monitor(f"xp /{count}gx {address:#x}")
        return [int(word, 16) for line in text.splitlines()
                for word in line.split(":")[1].split()]

    def type_keys(self, text):
        """Types on the keyboard."""
        for character in text:
            self.press(*self.keys_of(character))

    def keys_of(self, character):
        if character in SHIFTED:
            return ["shift"] + self.keys_of(SHIFTED[character])
        if character.isupper():
            return ["shift", character.lower()]
        return [QCODES.get(character, character)]

    def press(self, *qcodes):
        keys = [{"type": "qcode", "data": code} for code in qcodes]
        self.qmp("send-key", keys=keys, **{"hold-time": 5})

    def strike(self, *qcodes):
        """Presses keys and lets them go at once: the next ones do not overlap
        with them. The emulated keyboards take a moment for it: the USB one is
        asked every 8 ms, and keeps 16 changes for later."""
        changes = [(code, True) for code in qcodes]
        changes += [(code, False) for code in reversed(qcodes)]
        self.qmp("input-send-event", events=[
            {"type": "key", "data": {
                "down": down, "key": {"type": "qcode", "data": code}}}
            for code, down in changes])
        time.sleep(0.01 * len(changes))

    def screenshot(self):
        """The screen: (width, height, RGB bytes)."""
        path = self.work / "screen.ppm"
        self.qmp("screendump", filename=str(path))
        return parse_ppm(path.read_bytes())


def parse_ppm(data):
    """Binary PPM (P6, 8 bits) as (width, height, RGB bytes)."""
    match = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    width, height = int(match[1]), int(match[2])
    pixels = data[match.end():]
    assert len(pixels) == width * height * 3
    return width, height, pixels
