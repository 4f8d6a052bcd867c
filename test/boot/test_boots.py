"""test_boots.py - the table of machines that must reach the prompt.

SPDX-License-Identifier: BSD-3-Clause
"""

from dataclasses import dataclass, field

import pytest
from bochs import BochsGuest
from guest import MICROVM_MODERN, QemuGuest

NO_SCREEN = "screen: none"
TEXT = "screen: 80 x 25 characters\n"
PIXELS = "screen: 128 x 48 characters, 1024 x 768 pixels"


@dataclass
class Boot:
    """One machine."""
    name: str
    cpus: str = "1"
    running: str = ""
    screen: str = PIXELS
    options: dict = field(default_factory=dict)

    def processors(self):
        """What `ver` must say."""
        count = self.cpus.split(",")[0]
        return f"processors: {self.running or f'{count} of {count}'} CPUs"


def row(name, cpus="1", running="", screen=PIXELS, **options):
    return Boot(name, cpus, running, screen, options)


BOOTS = [
    row("bios-pc-64M", memory="64M"),
    row("bios-smallest-4M", memory="4M"),
    row("bios-pc-4cpu", cpus="4"),
    row("bios-q35-2cpu", cpus="2", machine="q35", disk="virtio"),
    row("bios-q35-8cpu", cpus="8", machine="q35", disk="virtio"),
    row("bios-q35-4G", machine="q35", memory="4G", disk="virtio"),
    row("bios-q35-6G-4cpu", cpus="4", machine="q35", memory="6G",
        disk="virtio"),
    row("bios-no-video", video="none", screen=NO_SCREEN),
    row("bios-text-mode", video="cirrus", screen=TEXT),
    row("bios-small-video-memory", video="none",
        screen="screen: 80 x 25 characters, 640 x 400 pixels",
        extra=["-device", "VGA,vgamem_mb=1"]),
    row("bios-no-hpet", machine="pc,hpet=off", cpus="2"),
    row("bios-no-acpi", machine="pc,acpi=off", cpus="2", running="1 of 1"),
    row("bios-virtio", disk="virtio"),
    row("bios-virtio-modern", machine="q35", disk="virtio-modern"),
    row("bios-disabled-cpus", cpus="2,maxcpus=8", machine="q35",
        disk="virtio"),
    row("bios-westmere", cpu="Westmere", machine="q35", disk="virtio"),
    row("bios-oldest-cpu", cpu="qemu64", cpus="2"),
    row("bios-usb-stick", disk="usb"),
    row("bios-microvm", cpus="4", firmware="microvm", machine="microvm",
        disk="virtio-mmio", video="none", screen=NO_SCREEN,
        extra=MICROVM_MODERN),
    row("uefi-64M", firmware="uefi", machine="q35", memory="64M",
        disk="virtio"),
    row("uefi-4G-4cpu", firmware="uefi", machine="q35", memory="4G",
        cpus="4", disk="virtio-modern"),
    row("uefi-pc-ide", firmware="uefi", machine="pc", disk="ide"),
    row("uefi-no-video", firmware="uefi", machine="q35", video="none",
        disk="virtio", screen=NO_SCREEN),
    row("uefi-virtio-gpu", firmware="uefi", machine="q35", video="virtio",
        disk="virtio", screen=r"screen: (none|\d+ x \d+ characters)"),
    row("uefi-usb-stick", firmware="uefi", machine="q35", disk="usb"),
]

# Its VNC display shows 8 bits a pixel, so the BIOS offers no 32-bit mode.
BOCHS = [
    row("bochs-1cpu", screen=TEXT),
    row("bochs-2cpu", cpus="2", screen=TEXT),
]


def check_machine(guest, boot):
    """Prompt, what the machine is, and the two programs every image has."""
    guest.prompt(60)
    version = guest.command("ver")
    assert boot.processors() in version
    uefi = boot.options.get("firmware") == "uefi"
    assert ("firmware: UEFI" if uefi else "firmware: BIOS") in version
    guest.check(boot.screen, version)
    listing = guest.command("ls")
    assert "hello.app" in listing and "hello-asm.app" in listing
    for program in ("hello", "hello-asm"):
        assert guest.command(program) == "Hello, world!\n"


@pytest.mark.parametrize("boot", BOOTS, ids=lambda boot: boot.name)
def test_boot(boot):
    with QemuGuest(boot.name, cpus=boot.cpus, limit=90,
                   **boot.options) as guest:
        check_machine(guest, boot)


@pytest.mark.parametrize("boot", BOCHS, ids=lambda boot: boot.name)
def test_bochs(boot):
    with BochsGuest(boot.name, cpus=boot.cpus, **boot.options) as guest:
        check_machine(guest, boot)
