"""test_power.py - shutdown and reboot.

SPDX-License-Identifier: BSD-3-Clause
"""

import pytest
from bochs import BochsGuest
from guest import MICROVM_MODERN, QemuGuest

MACHINES = [("bios", "pc"), ("bios", "q35"), ("uefi", "q35")]
NO_ACPI = "pc,acpi=off"


@pytest.mark.parametrize("firmware,machine", [*MACHINES, ("bios", NO_ACPI)])
def test_reboot(firmware, machine):
    """The same machine reaches the prompt a second time."""
    with QemuGuest(f"reboot-{firmware}-{machine}", firmware=firmware,
                   machine=machine, cpus="2", disk="virtio",
                   reboot=True) as guest:
        guest.prompt()
        guest.send("reboot\r")
        guest.expect(r"reboot\n.*Pure64: ")
        guest.prompt()
        assert guest.command("hello") == "Hello, world!\n"


@pytest.mark.parametrize("firmware,machine", MACHINES)
def test_shutdown(firmware, machine):
    with QemuGuest(f"shutdown-{firmware}-{machine}", firmware=firmware,
                   machine=machine, cpus="2", disk="virtio") as guest:
        guest.prompt()
        guest.send("shutdown\r")
        assert guest.expect_end() == 0


def test_microvm():
    """Hardware-reduced ACPI: the sleep control register, in memory."""
    options = {"firmware": "microvm", "machine": "microvm", "video": "none",
               "disk": "virtio-mmio", "extra": MICROVM_MODERN}
    with QemuGuest("reboot-microvm", reboot=True, **options) as guest:
        guest.prompt()
        guest.send("reboot\r")
        guest.expect(r"reboot\n.*Pure64: ")
        guest.prompt()
        guest.send("shutdown\r")
        assert guest.expect_end() == 0


def test_machine_without_a_switch():
    with QemuGuest("shutdown-no-acpi", machine=NO_ACPI) as guest:
        guest.prompt()
        assert "no way to switch it off" in guest.command("shutdown")
        assert guest.command("hello") == "Hello, world!\n"


def test_shutdown_bochs():
    with BochsGuest("shutdown-bochs") as guest:
        guest.prompt()
        guest.send("shutdown\r")
        guest.expect_end()
