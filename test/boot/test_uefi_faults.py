"""test_uefi_faults.py - firmware that misbehaves before it lets go.

SPDX-License-Identifier: BSD-3-Clause

uefi_faults/uefi_faults.asm stands as EFI/BOOT/BOOTX64.EFI, hooks boot
services and starts the real BOOTX64.EFI, which it contains.
"""

import subprocess

import pytest
from guest import BUILD, ROOT, QemuGuest
from image import image_with

FAULTS = ROOT / "test" / "boot" / "uefi_faults"
REFUSED = "FAULTS: ExitBootServices refused"
TRAPPED = "FAULTS: a boot service after a refusal"
LA57 = "FAULTS: 5-level paging is on"

# Name: what goes wrong, CPUs of the machine, and what `ver` must say of them.
# With a second CPU the firmware itself can't leave 5-level paging's table.
CASES = {
    "refusals": (["REFUSALS=3", "SMALL_MAPS=2", "LOW_BLOCKS=2"], 2, "2 of 2"),
    "only-acpi-1": (["WITHOUT_ACPI=1"], 2, "2 of 2"),
    "no-acpi": (["WITHOUT_ACPI=2"], 2, "1 of 1"),
    "la57": (["LA57=1", "REFUSALS=1"], 1, "1 of 1"),
}


def image_of(folder, switches):
    """A copy of the image that starts the misbehaving firmware."""
    program = folder / "faults.efi"
    subprocess.run(
        ["nasm", "-f", "bin", "-w+error", f"-I{BUILD}/include/",
         "-Ipure64/boot/", f"-I{FAULTS}/", *(f"-D{one}" for one in switches),
         f'-DEFI_FILE="{BUILD}/BOOTX64.EFI"',
         FAULTS / "uefi_faults.asm", "-o", program], cwd=ROOT, check=True)
    return image_with(folder, {"EFI/BOOT/BOOTX64.EFI": program.read_bytes()})


def machine(name, image, cpus=1):
    return QemuGuest(f"uefi-{name}", firmware="uefi", machine="q35",
                     cpus=str(cpus), disk="virtio", image=image)


def check_reports(text, switches):
    """What the misbehaving firmware says of itself on COM1."""
    values = dict(one.split("=") for one in switches)
    assert text.count(REFUSED) == int(values.get("REFUSALS", 0))
    assert (LA57 in text) == ("LA57" in values)
    assert TRAPPED not in text


@pytest.mark.parametrize("name", CASES)
def test_fault(name, scratch):
    switches, cpus, running = CASES[name]
    with machine(name, image_of(scratch, switches), cpus) as guest:
        guest.prompt(40)
        check_reports(guest.text(), switches)
        assert f"{running} CPUs" in guest.command("ver")
        assert guest.command("hello") == "Hello, world!\n"


def test_exit_refused_for_ever(scratch):
    with machine("refused", image_of(scratch, ["REFUSALS=100000"])) as guest:
        guest.expect(r"the firmware does not let go", 40)
        assert TRAPPED not in guest.text()
