"""peer.py - the other end of a guest's network card: sends what it asks for.

SPDX-License-Identifier: BSD-3-Clause

programs/requests.h says what the frames look like. QEMU puts each frame into a
UDP packet; the host's kernel drops those with frames that ask for nothing, so
that they cost as little as can be.
"""

import ctypes
import socket
import struct
import threading
import time

ASK = 0x88B5
GIVEN = 0x88B6
HEADER = 14
TYPE = 12
UDP_HEADER = 8
# <linux/filter.h>, <asm-generic/socket.h>: load 16 bits, return all if equal,
# else nothing.
FILTER = struct.pack("HBBI" * 4,
                     0x28, 0, 0, UDP_HEADER + TYPE,
                     0x15, 0, 1, ASK,
                     0x06, 0, 0, 0xFFFF,
                     0x06, 0, 0, 0)
SO_ATTACH_FILTER = 26


class Peer:
    """For one guest; `arguments` are QEMU's for its end, named `net`."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        code = ctypes.create_string_buffer(FILTER)
        self.socket.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER,
            struct.pack("HL", len(FILTER) // 8, ctypes.addressof(code)))
        self.ending = False
        self.thread = threading.Thread(target=self.serve)
        mine = self.socket.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            guest = other.getsockname()[1]
        self.socket.connect(("127.0.0.1", guest))
        self.arguments = ["-netdev", f"socket,id=net,udp=127.0.0.1:{mine},"
                                     f"localaddr=127.0.0.1:{guest}"]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        self.socket.close()

    def serve(self):
        while not self.ending:
            try:
                frame = self.socket.recv(2048)
            except OSError:  # a timeout, or the guest is not there
                continue
            if len(frame) > HEADER:
                self.answer(frame)

    def answer(self, frame):
        frames, size, delay_ms, number = struct.unpack_from("<4I", frame,
                                                            HEADER)
        data = (frame[6:12] + frame[6:12] + GIVEN.to_bytes(2, "big")
                + number.to_bytes(4, "little"))
        data += bytes(size - len(data))
        time.sleep(delay_ms / 1000)
        try:
            for _ in range(frames):
                self.socket.send(data)
        except OSError:  # the guest has ended
            pass


__all__ = ["Peer"]
