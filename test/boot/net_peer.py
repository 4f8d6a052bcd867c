"""net_peer.py - the other end of a virtual network cable.

SPDX-License-Identifier: BSD-3-Clause

QEMU's `-netdev socket,udp=` sends each frame as a datagram, and takes each
datagram that it gets for one. Frames are those of programs/net-check.c: both
sides know frame n beforehand, so nothing of it has to be transferred.
"""

import random
import socket
import time

FRAME_MAX = 1518
PADDED = 60
SENT_MIN = 17
WINDOW = 16
MAC = bytes.fromhex("020000000001")
BROADCAST = b"\xff" * 6
MASK = 0xFFFFFFFF


def make_pattern(size):
    value, pattern = 1, bytearray()
    for _ in range(size):
        value = (value * 1664525 + 1013904223) & MASK
        pattern.append(value >> 24)
    return bytes(pattern)


PATTERN = make_pattern(8192)


def mix(n):
    n = (n ^ n >> 16) * 0x7FEB352D & MASK
    n = (n ^ n >> 15) * 0x846CA68B & MASK
    return n ^ n >> 16


def make_frame(n, lead, source, target, length_min):
    """Frame n of the leading or the other side."""
    number = mix(2 * n + (not lead))
    length = length_min + number % (FRAME_MAX + 1 - length_min)
    start = (number >> 16) % (len(PATTERN) // 2)
    head = (BROADCAST if n % 2 else target) + source + b"\x88\xb5"
    return (head + PATTERN[start + len(head):start + FRAME_MAX])[:length]


class Cable:
    """A UDP port of the host, and one for QEMU."""

    def __init__(self, name="n0"):
        self.name = name
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.guest = probe.getsockname()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def netdev(self):
        """QEMU's end."""
        port = self.socket.getsockname()[1]
        return ["-netdev", f"socket,id={self.name},udp=127.0.0.1:{port},"
                           f"localaddr=127.0.0.1:{self.guest[1]}"]

    def send(self, frame):
        try:
            self.socket.sendto(frame, self.guest)
        except ConnectionRefusedError:
            pass  # a machine that has ended

    def receive(self, timeout):
        """The next frame, None if there is none in time."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(65536)
        except (socket.timeout, ConnectionRefusedError):
            return None

    def drain(self):
        while self.receive(0.001):
            pass


def check_frame(frame, n, lead, source, target, length_min):
    """Exactly frame n, with the padding that short frames get."""
    right = make_frame(n, lead, source, target, length_min)
    short = len(right) < len(frame) <= max(SENT_MIN, PADDED)
    if frame == right or short and frame == right.ljust(len(frame), b"\0"):
        return
    raise AssertionError(f"frame {n}: {len(frame)} bytes, not {len(right)}: "
                         f"{frame[:32].hex()}, not {right[:32].hex()}")


def reply(cable, mac, count, length_min=1, reply_min=1, timeout=20):
    """Answers `count` frames of a guest that leads, checking each."""
    for n in range(count):
        frame = cable.receive(timeout)
        assert frame is not None, f"frame {n} did not come"
        check_frame(frame, n, True, mac, MAC, length_min)
        cable.send(make_frame(n, False, MAC, mac, reply_min))


def lead(cable, mac, count, length_min=14, reply_min=1, timeout=20):
    """Sends `count` frames to a guest that replies, at most WINDOW ahead."""
    sent = received = 0
    while received < count:
        while sent < count and sent < received + WINDOW:
            cable.send(make_frame(sent, True, MAC, mac, length_min))
            sent += 1
        frame = cable.receive(timeout)
        assert frame is not None, f"answer {received} of {sent} did not come"
        check_frame(frame, received, False, mac, MAC, reply_min)
        received += 1


def flood(cable, mac, seconds, seed=1, stop=lambda: False):
    """Garbage as fast as it goes: any length, also none of Ethernet's, and
    any address; returns how many frames."""
    chance = random.Random(seed)
    noise = chance.randbytes(1 << 17)
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and not stop():
        for _ in range(32):
            length = chance.choice((
                1, 5, 13, 14, 59, 60, 64, 1514, 1518, 1519, 1522, 1523, 1524,
                1536, 2048, 4000, 9000, chance.randrange(1, 1600)))
            target = chance.choice((BROADCAST, mac, mac, b"\x01\0\x5e\0\0\1"))
            start = chance.randrange(1 << 16)
            cable.send((target + noise[start:start + length])[:length])
            count += 1
    return count
