"""net.py - what a frame costs, beside Linux.

SPDX-License-Identifier: BSD-3-Clause
"""

from peer import Peer
from devices import (GOALS, VIRTIO, Device, attempt, count_row, measure_linux,
                     measure_ours, print_functions, print_table, rate_row)

PROGRAM = "bench-net"
EMPTY_GOAL = 12
SCRIPT = "/device-linux net {what} eth0"


def card(name, modules):
    # Without the card's ROM, which only makes the start longer.
    return Device("q35", ["-device", f"{name},netdev=net,romfile="], modules,
                  GOALS, True)


CARDS = {
    "virtio-net": card("virtio-net-pci",
                       [*VIRTIO, "failover", "net_failover", "virtio_net"]),
    "e1000": card("e1000", ["e1000"]),
    "e1000e": card("e1000e", ["e1000e"]),
    "vmxnet3": card("vmxnet3", ["vmxnet3"]),
}


def measure_with_peer(kind, device, measure, program):
    with Peer() as peer:
        return measure(kind, device, program, peer.arguments)


def print_row(kind, device):
    ours, our_rates = attempt(measure_with_peer, kind, device, measure_ours,
                              PROGRAM)
    linux, linux_rates = attempt(measure_with_peer, kind, device,
                                 measure_linux, SCRIPT)
    good = True
    for what in ("send", "receive"):
        for depth, accesses in zip(("1", "32"), device.accesses):
            name = what + depth
            good &= count_row(kind, f"{what}, {depth}", ours.get(name),
                              linux.get(name), accesses,
                              device.beside)
        for size in ("60", "1514"):
            name = what + size
            good &= rate_row(kind, f"{what} {size} B", our_rates.get(name),
                             linux_rates.get(name), "frames/s", 1, True)
    if "empty" in ours:
        instructions = ours["empty"].median + 1  # the program's CALL
        missed = instructions > EMPTY_GOAL
        good &= not missed
        print(f"{kind:<11} {'empty poll':<13} {instructions:>15,.0f} "
              f"{ours['empty'].accesses:>8.2f} {'':>17} {'':>8} {'':>6}  "
              f"{EMPTY_GOAL} instructions" + (" MISSED" if missed else ""))
    return good


def print_net(kinds=None):
    print_table("Network cards: 1 CPU, -cpu max; instructions of the system "
                "for a frame of 1514 bytes: median/minimum of\nup to 40 "
                "samples; accesses to the device, mean; frames a second: best "
                "of 5 runs", CARDS, print_row, kinds)


def print_net_functions():
    for kind, device in CARDS.items():
        attempt(measure_with_peer, kind, device, print_functions, PROGRAM)
