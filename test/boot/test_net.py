"""test_net.py - the network cards, by the program net-check.

SPDX-License-Identifier: BSD-3-Clause

NET_FRAMES=100000 exchanges that many frames instead of 3,000.
"""

import os
import re
import threading
import time
from contextlib import contextmanager

import pytest
from guest import BUILD, MICROVM_MODERN, QemuGuest
from net_peer import MAC, Cable, flood, lead, reply

IMAGE = BUILD / "test.img"
FRAMES = int(os.environ.get("NET_FRAMES", "3000"))
LIMIT = 60 + FRAMES // 100
PEER = MAC.hex()
CARDS = ["virtio-net-pci", "virtio-net-pci,disable-legacy=on", "e1000",
         "e1000-82544gc", "e1000-82545em", "e1000e", "vmxnet3",
         "virtio-net-device"]
# Of machine microvm.
MMIO = {"firmware": "microvm", "machine": "microvm", "video": "none",
        "disk": "virtio-mmio"}
NAMES = {"virtio": "vnet", "e1000e": "e1000-", "e1000": "e1000-",
         "vmxnet3": "vmxnet"}
HEADER = 14


def mac_of(number):
    return bytes.fromhex(f"5254000000{number + 0x10:02x}")


def device(card, number=0):
    """What to plug in, at the end of cable n0, n1 ..."""
    mac = ":".join(f"{byte:02x}" for byte in mac_of(number))
    return ["-device", f"{card},netdev=n{number},mac={mac}"]


def machine(name, cables, cards, **options):
    extra = []
    for number, (cable, card) in enumerate(zip(cables, cards)):
        extra += cable.netdev() + device(card, number)
    options = {"limit": LIMIT, "disk": "ide", "image": IMAGE, **options}
    if "virtio-net-device" in cards:
        options.update(MMIO)
        extra += MICROVM_MODERN
    return QemuGuest(f"net-{name}", extra=extra, **options)


def start(guest, line):
    """Types a command; returns once the program says that it is ready."""
    guest.send(line + "\r")
    guest.expect(r"\A" + re.escape(line) + r"\nready\n")


def finish(guest, timeout=20):
    """The program ends, without a word."""
    said = guest.prompt(timeout)
    if said:
        guest.fail(f"the program said {said!r}")


def info(guest):
    """Words of each line of `net-check info`."""
    return [line.split() for line in
            guest.command("net-check info").splitlines()]


@contextmanager
def telling(guest):
    """What the program says of it belongs to an error of the host's side."""
    try:
        yield
    except AssertionError as error:
        for _ in range(20):
            guest.receive(0.5)
        guest.fail(str(error))


def guest_leads(guest, cable, count=FRAMES, number=0):
    """Frames to the host of any length; to the guest, whose card looks at
    the address, with a whole header."""
    start(guest, f"net-check lead {number} {count} {PEER} 1 {HEADER}")
    with telling(guest):
        reply(cable, mac_of(number), count, 1, HEADER)
    finish(guest)


def guest_replies(guest, cable, count=FRAMES, number=0, how="reply"):
    start(guest, f"net-check {how} {number} {count} {PEER} 1 {HEADER}")
    with telling(guest):
        lead(cable, mac_of(number), count, HEADER, 1)
    finish(guest)


@pytest.mark.parametrize("card", CARDS)
def test_exchange(card):
    """Each side checks each frame of the other; none is lost."""
    with Cable() as cable, machine(f"exchange-{card}", [cable],
                                   [card]) as guest:
        guest.prompt()
        name, mac, link, *_ = info(guest)[0]
        assert name == NAMES[re.match("virtio|e1000e|e1000|vmxnet3",
                                      card)[0]] + "0"
        assert bytes.fromhex(mac) == mac_of(0) and link == "up"
        assert guest.command("net-check errors 0") == ""
        cable.drain()
        guest_leads(guest, cable)
        guest_replies(guest, cable)


@pytest.mark.parametrize("machine_type,card", [
    *((machine_type, card) for machine_type in ("pc", "q35")
      for card in [*CARDS[:-1], "virtio-net-pci,vectors=0"]),
    ("microvm", CARDS[-1])])
def test_callback(machine_type, card):
    """Answers from callbacks: by MSI-X, MSI or the interrupt line."""
    with Cable() as cable, machine(
            f"callback-{machine_type}-{card}", [cable], [card],
            machine=machine_type, disk="virtio") as guest:
        guest.prompt()
        guest_replies(guest, cable, min(FRAMES, 1000), how="called")
        # And nothing is left of it: polling works, and the prompt.
        guest_replies(guest, cable, 100)


@pytest.mark.parametrize("card", ["virtio-net-pci", "e1000e"])
def test_callback_asked_for_with_interrupts_off(card):
    with Cable() as cable, machine(f"callback-off-{card}", [cable], [card],
                                   disk="virtio") as guest:
        guest.prompt()
        start(guest, "callback-calls network")
        time.sleep(0.3)
        cable.send(mac_of(0) + MAC + bytes(60))
        assert guest.prompt() == "callback-calls: all is well\n"


@pytest.mark.parametrize("card", CARDS)
def test_flood(card):
    """Garbage neither hangs a card nor the prompt, nor what comes after."""
    with Cable() as cable, machine(f"flood-{card}", [cable], [card]) as guest:
        guest.prompt()
        stop = threading.Event()
        thread = threading.Thread(target=flood, args=(
            cable, mac_of(0), 30, 1, stop.is_set))
        thread.start()
        try:
            for _ in range(5):
                assert guest.command("hello") == "Hello, world!\n"
            start(guest, "net-check sink 0 2000")
            said = guest.prompt()
            frames = int(re.match(r"frames (\d+) sum \d+\n", said)[1])
            assert frames > 100, said
            assert "net-check" in guest.command("ls").lower()
        finally:
            stop.set()
            thread.join()
        guest.command("net-check sink 0 500")  # what is left of it
        cable.drain()
        guest_leads(guest, cable, 200)
        guest_replies(guest, cable, 200)


def wait_for_link(guest, state):
    """The two ends of a cable take a moment to agree."""
    end = time.monotonic() + 5
    while info(guest)[0][2] != state:
        assert time.monotonic() < end, f"the link is not {state}"


@pytest.mark.parametrize("card", CARDS)
def test_link(card):
    """Seen when the cable is pulled, and the card works when it is back."""
    with Cable() as cable, machine(f"link-{card}", [cable], [card]) as guest:
        guest.prompt()
        for up in (False, True, False, True):
            guest.qmp("set_link", name="n0", up=up)
            wait_for_link(guest, "up" if up else "down")
        cable.drain()
        guest_leads(guest, cable, 200)


@pytest.mark.parametrize("cards", [
    ("virtio-net-pci", "e1000"), ("e1000e", "vmxnet3"),
    ("e1000", "e1000e", "virtio-net-pci", "vmxnet3")])
def test_several(cards):
    """Different cards at once, one program for all of them."""
    cables = [Cable(f"n{number}") for number in range(len(cards))]
    with machine("several-" + "-".join(cards), cables, cards,
                 machine="q35", disk="virtio") as guest:
        guest.prompt()
        assert [bytes.fromhex(line[1]) for line in info(guest)] == [
            mac_of(number) for number in range(len(cards))]
        errors = []

        def answer(number, cable):
            try:
                reply(cable, mac_of(number), 1000, 1, HEADER)
            except AssertionError as error:
                errors.append(error)

        for cable in cables:
            cable.drain()
        threads = [threading.Thread(target=answer, args=pair)
                   for pair in enumerate(cables)]
        for thread in threads:
            thread.start()
        start(guest, f"net-check lead all 1000 {PEER} 1 {HEADER}")
        for thread in threads:
            thread.join()
        assert not errors
        finish(guest)
    for cable in cables:
        cable.socket.close()


@pytest.mark.parametrize("card", ["virtio-net-pci", "e1000", "e1000e",
                                  "vmxnet3"])
def test_two_guests(card):
    """One leads, one answers, no host between them."""
    with Cable() as one, Cable() as two:
        addresses = [cable.guest[1] for cable in (one, two)]
        guests = []
        for number in range(2):
            here, there = addresses[number], addresses[1 - number]
            guests.append(QemuGuest(
                f"net-guests-{number}-{card}", limit=LIMIT, image=IMAGE,
                extra=["-netdev", f"socket,id=n{number},"
                                  f"udp=127.0.0.1:{there},"
                                  f"localaddr=127.0.0.1:{here}"]
                + device(card, number)))
        with guests[0] as leader, guests[1] as other:
            leader.prompt()
            other.prompt()
            start(other, f"net-check reply 0 {FRAMES} {mac_of(0).hex()} "
                         f"{HEADER} {HEADER}")
            start(leader, f"net-check lead 0 {FRAMES} {mac_of(1).hex()} "
                          f"{HEADER} {HEADER}")
            finish(leader, LIMIT)
            finish(other, LIMIT)


@pytest.mark.parametrize("card", ["virtio-net-pci", "e1000", "vmxnet3"])
def test_legacy_calls(card):
    """A flat program: NET_STATUS, b_net_tx, b_net_rx."""
    with Cable() as cable, machine(f"legacy-{card}", [cable], [card]) as guest:
        guest.prompt()
        cable.drain()
        guest.send("net-legacy\r")
        assert cable.receive(20) == (b"\xff" * 6 + mac_of(0) + b"\x88\xb5"
                                     + b"\x5a" * 46)
        frame = mac_of(0) + MAC + b"\x88\xb5" + bytes(range(200))
        cable.send(frame)
        assert cable.receive(20) == frame
        assert guest.prompt().endswith("net-legacy: all is well\n")
