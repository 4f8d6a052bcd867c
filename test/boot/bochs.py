"""bochs.py - Bochs as a machine under test.

SPDX-License-Identifier: BSD-3-Clause

No keyboard and no screenshots: its display is a VNC server nobody is
connected to.
"""

import socket
import time
from pathlib import Path

from guest import BUILD, LOGS, Guest

BOCHSRC = """
display_library: rfb, options="timeout=0"
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model={model}, count={cpus}, ips=50000000, reset_on_triple_fault=0
megs: {megs}
vga: extension={vga}
pci: enabled=1, chipset=i440fx
boot: disk
ata0-master: type=disk, path={image}, mode=volatile
com1: enabled=1, mode=socket-server, dev=127.0.0.1:{port}
panic: action=fatal
log: {log}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BochsGuest(Guest):
    """Bochs; its serial port waits on a TCP port of the loopback."""

    def __init__(self, name, cpus=1, megs=64, vga="vbe", image=None,
                 limit=90, model="corei7_haswell_4770"):
        super().__init__(name, limit)
        self.port = free_port()
        image = Path(image or BUILD / "disk.img").resolve()
        (self.work / "bochsrc").write_text(BOCHSRC.format(
            cpus=cpus, megs=megs, vga=vga, image=image, port=self.port,
            model=model, log=LOGS / f"{self.name}.bochs"))
        # Debian's Bochs starts in its debugger: c continues.
        (self.work / "commands").write_text("c\n")

    def start(self):
        self.launch(["bochs", "-q", "-f", "bochsrc", "-rc", "commands"],
                    "bochs-out")
        while not self.console:
            try:
                self.console = socket.create_connection(
                    ("127.0.0.1", self.port), 1)
            except OSError:
                self.check_alive("before its console could be reached")
                time.sleep(0.02)
