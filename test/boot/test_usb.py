"""test_usb.py - USB keyboards, hubs and disks at xHCI controllers.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import shutil
import time
import zlib

import pytest
from bochs import BochsGuest
from guest import BUILD, QemuGuest
from image import SECTOR, image_with_options

IMAGE = BUILD / "disk.img"
TEST_IMAGE = BUILD / "test.img"
HELLO = "Hello, world!\n"
XHCI = ("qemu-xhci", "nec-usb-xhci")
NO_PS2 = "pc,i8042=off"


def drive(image=IMAGE, name="stick", snapshot="on"):
    return ["-drive", f"if=none,id={name},format=raw,snapshot={snapshot},"
                      f"file={image}"]


def devices(*names):
    return [word for name in names for word in ("-device", name)]


def usb_guest(name, *names, disk="virtio", **options):
    """A machine with a controller and these devices; what is typed on the
    keyboard can only go to a USB one."""
    options.setdefault("machine", NO_PS2)
    extra = list(options.pop("extra", []))
    return QemuGuest(f"usb-{name}", disk=disk, extra=extra + devices(*names),
                     **options)


def check_typing(guest):
    guest.type_keys("hello\n")
    assert guest.prompt() == "hello\n" + HELLO


@pytest.mark.parametrize("controller", XHCI)
@pytest.mark.parametrize("firmware,machine", [
    ("bios", "pc"), ("bios", "q35"), ("uefi", "q35")])
def test_stick(firmware, machine, controller):
    """Booted from it, a machine finds its files there."""
    with usb_guest(f"stick-{firmware}-{machine}-{controller}", controller,
                   "usb-storage,drive=stick,bootindex=0", "usb-kbd",
                   disk="none", firmware=firmware, machine=machine,
                   extra=drive(), limit=90) as guest:
        guest.prompt(60)
        assert "hello.app" in guest.command("ls")
        assert guest.command("hello") == HELLO
        assert re.search(r"\bxhci\b", guest.command("devices"))


@pytest.mark.parametrize("controller", [
    *XHCI, "nec-usb-xhci,msix=off", "nec-usb-xhci,msi=off,msix=off",
    "qemu-xhci,p2=15,p3=0"])
def test_keyboard(controller):
    with usb_guest(f"keyboard-{controller}", controller, "usb-kbd") as guest:
        guest.prompt()
        check_typing(guest)
        guest.type_keys("nOt-There!\n")
        assert "nOt-There!: not found" in guest.prompt()
        for key in ("up", "home", "delete", "end", "backspace", "ret"):
            guest.press(key)
        assert "\nOt-There: not found" in guest.prompt()
        for key in ("caps_lock", "a", "b", "caps_lock", "c", "1", "left",
                    "left", "right", "kp_subtract", "ret"):
            guest.press(key)
        assert "\nABc-1: not found" in guest.prompt()


def test_both_keyboards():
    with usb_guest("both", "qemu-xhci", "usb-kbd,id=usb",
                   machine="pc") as guest:
        guest.prompt()
        check_typing(guest)
        guest.qmp("device_del", id="usb")
        time.sleep(0.5)
        check_typing(guest)  # on the PS/2 one now


def hold(guest, key, down):
    guest.qmp("input-send-event", events=[{
        "type": "key",
        "data": {"down": down, "key": {"type": "qcode", "data": key}}}])


def test_held_key_repeats():
    """500 ms, then every 30 ms: in 1.5 s some 30 times, and no more once it
    is up. The emulator's clock is not exact."""
    with usb_guest("held", "qemu-xhci", "usb-kbd") as guest:
        guest.prompt()
        hold(guest, "x", True)
        time.sleep(0.3)
        guest.receive(0.1)
        assert guest.text().endswith("> x")
        time.sleep(1.2)
        hold(guest, "x", False)
        time.sleep(0.2)
        guest.receive(0.1)
        typed = guest.text().rsplit("> ", 1)[1]
        assert re.fullmatch("x{10,45}", typed)
        time.sleep(0.3)
        guest.receive(0.1)
        assert guest.text().rsplit("> ", 1)[1] == typed


def events_seen(guest):
    return guest.output.read_text(errors="replace").count(
        "usb_xhci_queue_event")


def test_idle_keyboard_is_silent():
    """Nothing interrupts a program when nothing is typed, neither before nor
    after a key was held down."""
    with usb_guest("silent", "qemu-xhci", "usb-kbd") as guest:
        guest.prompt()
        guest.monitor("trace-event usb_xhci_queue_event on")
        time.sleep(0.5)
        assert events_seen(guest) == 0
        hold(guest, "x", True)
        time.sleep(0.7)
        hold(guest, "x", False)
        time.sleep(0.2)
        before = events_seen(guest)
        assert before > 10
        time.sleep(0.5)
        assert events_seen(guest) == before


@pytest.mark.parametrize("cpus", ["1", "4"])
def test_ctrl_c(cpus):
    with usb_guest(f"ctrl-c-{cpus}", "qemu-xhci", "usb-kbd", cpus=cpus,
                   image=TEST_IMAGE) as guest:
        guest.prompt()
        guest.type_keys("smp-spin\n")
        guest.expect("smp-spin\n")
        time.sleep(0.5)
        guest.press("ctrl", "c")
        assert "smp-spin: stopped" in guest.prompt()
        check_typing(guest)


def test_hub():
    """A keyboard and a stick behind it, and nothing else."""
    with usb_guest("hub", "qemu-xhci", "usb-hub,port=1", "usb-mouse,port=1.1",
                   "usb-kbd,port=1.2", "usb-storage,drive=stick,port=1.4",
                   disk="none", extra=drive(), firmware="uefi",
                   machine="q35", limit=90) as guest:
        guest.prompt(60)
        assert "hello.app" in guest.command("ls")
        assert guest.command("hello") == HELLO


def test_many_devices():
    """More of everything than there is room for: what fits works."""
    keyboards = [f"usb-kbd,port={hub}.{port}"
                 for hub in (1, 2, 3) for port in range(1, 5)]
    with usb_guest("many", "qemu-xhci,p2=8",
                   *(f"usb-hub,port={hub}" for hub in (1, 2, 3)), *keyboards,
                   "usb-storage,drive=stick,port=4", extra=drive(),
                   limit=120) as guest:
        guest.prompt(90)
        assert guest.command("hello") == HELLO


def test_two_controllers():
    with usb_guest("two", "qemu-xhci,id=a", "qemu-xhci,id=b",
                   "usb-kbd,bus=b.0", "usb-storage,drive=stick,bus=a.0",
                   "usb-storage,drive=other,bus=b.0", disk="none",
                   extra=drive() + drive(TEST_IMAGE, "other")) as guest:
        guest.prompt()
        check_typing(guest)


def test_plugged_in_later():
    with usb_guest("later", "qemu-xhci,id=x") as guest:
        guest.prompt()
        assert guest.command("hello") == HELLO
        for _ in range(5):  # a page is used again
            guest.qmp("device_add", driver="usb-kbd", id="k", bus="x.0")
            time.sleep(0.7)
            check_typing(guest)
            guest.qmp("device_del", id="k")
            time.sleep(0.5)
        guest.qmp("device_add", driver="usb-hub", id="h", bus="x.0", port="1")
        time.sleep(0.7)
        guest.qmp("device_add", driver="usb-kbd", id="k", bus="x.0",
                  port="1.2")
        time.sleep(1)
        check_typing(guest)


def test_stick_pulled_out():
    """What is read from it then is an error, at once; all else works."""
    with usb_guest("pulled", "qemu-xhci", "usb-kbd",
                   "usb-storage,drive=stick,id=s", disk="none",
                   extra=drive(), firmware="bios", machine="pc") as guest:
        guest.prompt()
        assert guest.command("hello") == HELLO
        guest.qmp("device_del", id="s")
        time.sleep(0.5)
        start = time.monotonic()
        answer = guest.command("hello")
        assert answer and HELLO not in answer
        assert time.monotonic() - start < 8
        assert "CPUs" in guest.command("ver")


def test_stick_pulled_out_at_work(module_scratch):
    """Its requests end with errors, at once, and so does the program."""
    image = module_scratch / "data.img"
    with open(image, "wb") as file:
        file.truncate(256 << 20)
    with usb_guest("pulled-at-work", "qemu-xhci", "usb-kbd",
                   "usb-storage,drive=stick,id=s", image=TEST_IMAGE,
                   extra=drive(image)) as guest:
        guest.prompt()
        guest.send("disk-random 1 2000 1\r")
        guest.expect("disk-random 1 2000 1\n")
        time.sleep(1)
        guest.qmp("device_del", id="s")
        assert guest.prompt(15).strip()  # it says why
        check_typing(guest)


def test_nousb(module_scratch):
    """Left alone, the controller is the firmware's."""
    image = image_with_options(module_scratch, "nousb")
    with usb_guest("nousb", "qemu-xhci", "usb-kbd,id=k",
                   "usb-storage,drive=stick", image=image, machine="pc",
                   extra=drive()) as guest:
        guest.prompt()
        assert guest.command("hello") == HELLO
        assert not re.search(r"\bxhci\b", guest.command("devices"))
        guest.qmp("device_del", id="k")
        time.sleep(0.3)
        check_typing(guest)


def expected(name, image=TEST_IMAGE, size=SECTOR):
    """What disk-check says of the image."""
    with open(image, "rb") as file:
        crc = zlib.crc32(file.read(100 * size))
    sectors = image.stat().st_size // size
    return (f"{name}: {sectors} sectors of {size} bytes\n"
            f"crc32 of the first 100: {crc:08x}\n")


@pytest.mark.parametrize("size", [512, 4096])
@pytest.mark.parametrize("controller", XHCI)
def test_disk(controller, size):
    with usb_guest(f"disk-{controller}-{size}", controller,
                   "usb-bot,id=bot",
                   f"scsi-hd,bus=bot.0,lun=0,drive=stick,"
                   f"logical_block_size={size},physical_block_size={size}",
                   image=TEST_IMAGE, extra=drive(TEST_IMAGE)) as guest:
        guest.prompt()
        assert expected("usb0", size=size) in guest.command("disk-check")
        answer = guest.command("disk-check 1", timeout=30)
        assert expected("usb0", size=size) in answer
        assert "exit status" not in answer


def test_bochs(module_scratch):
    """Another controller: a SuperSpeed disk, a keyboard that is only found."""
    image = module_scratch / "bochs.img"
    shutil.copy(TEST_IMAGE, image)
    with BochsGuest("usb-bochs", image=TEST_IMAGE, more=(
            "plugin_ctrl: usb_xhci=1\n"
            "usb_xhci: enabled=1, port1=disk, port3=keyboard, "
            f'options1="speed:super, path:{image}", options3="speed:full"\n'
            )) as guest:
        guest.prompt()
        assert expected("usb0") in guest.command("disk-check 1", timeout=60)


def test_disk_errors(module_scratch):
    """A disk whose reads fail says so in time."""
    rules = module_scratch / "rules"
    rules.write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\n')
    with usb_guest("errors", "qemu-xhci", "usb-storage,drive=stick",
                   extra=["-drive", "if=none,id=stick,format=raw,snapshot=on,"
                                    f"file=blkdebug:{rules}:{TEST_IMAGE}"],
                   image=TEST_IMAGE) as guest:
        guest.prompt()
        start = time.monotonic()
        assert "error -3" in guest.command("disk-check")
        assert time.monotonic() - start < 10
        assert guest.command("hello") == HELLO
