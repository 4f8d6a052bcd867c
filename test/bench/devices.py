"""devices.py - what a device is asked for: ours and Linux beside each other.

SPDX-License-Identifier: BSD-3-Clause

Shared by disk.py, net.py and files.py. A machine is started twice for each system: once
with plugin/requests.c, which counts, and once without, for the rates.
"""

import re
import statistics
import subprocess
from collections import defaultdict
from dataclasses import dataclass

from linux import KERNEL_DEVICES, LinuxError, LinuxGuest, linux_symbols
from machine import BENCH_IMAGE, BUILD, GuestError, QemuGuest, reached

PLUGIN = BUILD / "test" / "bench" / "requests.so"
SAMPLE = re.compile(r"^sample (\S+) (\d+) (\d+)$", re.M)
RATE = re.compile(r"^rate (\S+) (\d+) (\d+)$", re.M)
FAILED = re.compile(r"^failed.*|.*not found.*|^Exception.*", re.M)
# What the plugin is to know of Linux; its arguments.
SYMBOLS = {"idle": "do_idle", "busy": "__schedule",
           "timer": "asm_sysvec_apic_timer_interrupt",
           "irq": "asm_common_interrupt"}
# In the order they are loaded in.
VIRTIO = ["virtio_ring", "virtio", "virtio_pci_modern_dev",
          "virtio_pci_legacy_dev", "virtio_pci"]
GOALS = 2, 1  # accesses
FIFTH = 0.2
FUNCTIONS_SHOWN = 16


@dataclass
class Device:
    """What QEMU is to be given, and what Linux needs for it."""
    machine: str
    options: list
    modules: list
    accesses: tuple  # goals, one at a time and deep; None: reported only
    beside: bool     # is there a goal beside Linux, too?
    linux: str = ""  # its name there


@dataclass
class Counts:
    """Instructions of the system and accesses to devices, a request."""
    samples: int
    median: float
    least: float
    accesses: float


def counts_of(text, out):
    """Counts by what the sample was of, without those that had to look more
    often than usual: there the host was slow.

    The guest tells what its samples were, the plugin what they took."""
    said = SAMPLE.findall(text)
    rows = [tuple(map(int, line.split()))
            for line in out.read_text().splitlines()]
    if not said or len(said) != len(rows):
        raise GuestError(f"{len(said)} samples, {len(rows)} were counted")
    samples = defaultdict(list)
    for (name, requests, looks), row in zip(said, rows):
        samples[name].append((int(looks), row[0] / int(requests),
                              row[1] / int(requests)))
    found = {}
    for name, taken in samples.items():
        usual = statistics.median_high(looks for looks, _, _ in taken)
        _, instructions, accesses = zip(*(sample for sample in taken
                                          if sample[0] <= usual))
        found[name] = Counts(len(instructions),
                             statistics.median(instructions),
                             min(instructions), statistics.mean(accesses))
    return found


def rates_of(text):
    """Things a second, of the quietest run, by name."""
    found = defaultdict(float)
    for name, things, ns in RATE.findall(text):
        found[name] = max(found[name], int(things) * 1e9 / int(ns))
    return found


def checked(text):
    match = FAILED.search(text)
    if match:
        raise GuestError(match[0])
    return text


def plugin_options(name, **arguments):
    out = BUILD / "test" / "bench" / f"{name}.count"
    out.unlink(missing_ok=True)
    listed = "".join(f",{key}={value}" for key, value in arguments.items())
    return ["-plugin", f"{PLUGIN},out={out}{listed}"], out


def our_guest(name, device, options, limit=300):
    """A machine with our system and the device."""
    boot = ["-drive", f"if=none,id=boot,format=raw,snapshot=on,"
                      f"file={BENCH_IMAGE}",
            "-device", "virtio-blk-pci,drive=boot,bootindex=0"]
    return QemuGuest(name, machine=device.machine, disk="none", memory="512M",
                     video="none", limit=limit,
                     extra=[*boot, *device.options, *options])


def run_ours(name, device, options, command):
    with our_guest(name, device, options) as guest:
        guest.prompt(60)
        text = checked(guest.command(command, 250))
        guest.qmp("quit")  # now the plugin writes what it has left
        guest.expect_end()
        return text


def run_linux(name, device, options, script, program="device-linux"):
    with LinuxGuest(name, script, kernel=KERNEL_DEVICES,
                    program=program, modules=device.modules,
                    machine=device.machine, memory="512M", video="none",
                    limit=400, extra=[*device.options, *options]) as guest:
        return checked(guest.run())


def measure_ours(kind, device, program, options=()):
    """(counts, rates)"""
    name = f"bench-{kind}"
    plugin, out = plugin_options(name)
    counts = counts_of(run_ours(f"{name}-count", device,
                                [*options, *plugin], f"{program} count"), out)
    return counts, rates_of(run_ours(f"{name}-rate", device, options,
                                     f"{program} rate"))


def measure_linux(kind, device, script, options=()):
    """The same; in the script {what} stands for count or rate."""
    name = f"bench-{kind}-linux"
    found = linux_symbols(tuple(SYMBOLS.values()), KERNEL_DEVICES)
    plugin, out = plugin_options(
        name, **{key: hex(found[symbol]) for key, symbol in SYMBOLS.items()})
    counts = counts_of(run_linux(f"{name}-count", device,
                                 [*options, *plugin],
                                 script.format(what="count")), out)
    return counts, rates_of(run_linux(f"{name}-rate", device, options,
                                      script.format(what="rate")))


def attempt(measure, *arguments):
    """What measure returns, or ({}, {}) and the reason is printed."""
    try:
        return measure(*arguments)
    except (LinuxError, GuestError) as error:
        print(f"{arguments[0]}: {measure.__name__}: {error}")
        return {}, {}


# ---- tables

HEAD = (f"{'':<11} {'':<13} {'ours, instr.':>15} {'accesses':>8} "
        f"{'Linux, instr.':>17} {'accesses':>8} {'ratio':>6}  goals")


def one(counts):
    if not counts:
        return "-", "-"
    return (f"{counts.median:,.0f}/{counts.least:,.0f}",
            f"{counts.accesses:.2f}")


def count_row(kind, what, ours, linux, accesses, beside):
    """Prints it; False if a goal is missed."""
    ratio = ours.median / linux.median if ours and linux else None
    missed, goals = [], []
    if beside:
        goals.append(f"{FIFTH}")
        if ratio is None or ratio > FIFTH:
            missed.append("instructions")
    if accesses is not None:
        goals.append(f"{accesses} accesses")
        if not ours or ours.accesses > accesses:
            missed.append("accesses")
    shown = "-" if ratio is None else f"{ratio:.3f}"
    mine, theirs = one(ours), one(linux)
    print(f"{kind:<11} {what:<13} {mine[0]:>15} {mine[1]:>8} "
          f"{theirs[0]:>17} {theirs[1]:>8} {shown:>6}  {', '.join(goals)}"
          + (" MISSED: " + ", ".join(missed) if missed else ""))
    return not missed


def print_table(title, devices, print_row, kinds=None):
    """One or more rows a device; print_row says whether goals are reached."""
    print(title)
    print(HEAD)
    good = True
    for kind in kinds or devices:
        good &= print_row(kind, devices[kind])
    print(reached(good))


def rate_row(kind, what, ours, linux, unit, divisor, goal):
    ratio = ours / linux if ours and linux else None
    missed = goal and (ratio is None or ratio < 1)
    mine, theirs = (f"{value / divisor:,.0f}" if value else "-"
                    for value in (ours, linux))
    shown = "-" if ratio is None else f"{ratio:.2f}"
    print(f"{kind:<11} {what:<13} {mine:>15} {unit:>8} {theirs:>17} "
          f"{unit:>8} {shown:>6}  {'1' if goal else ''}"
          + (" MISSED" if missed else ""))
    return not missed


# ---- which functions of ours the instructions are in

def our_functions():
    """Rows of (address, name), in order."""
    rows = []
    for name in ("kernel", "os"):
        text = subprocess.run(["nm", BUILD / f"{name}.elf"], check=True,
                              capture_output=True, text=True).stdout
        rows += [(int(row[0], 16), row[2]) for row in
                 map(str.split, text.splitlines())
                 if len(row) == 3 and row[1] in "tT"]
    return sorted(rows)


def print_functions(kind, device, program, options=()):
    """Instructions and accesses of all samples together, by function."""
    name = f"bench-{kind}-functions"
    profile = BUILD / "test" / "bench" / f"{name}.profile"
    plugin, _ = plugin_options(name, profile=profile)
    text = run_ours(name, device, [*options, *plugin], f"{program} count")
    total = defaultdict(lambda: [0, 0])
    functions = our_functions()
    for line in profile.read_text().splitlines():
        address, executed, accesses = line.split()
        row = total[next((found for start, found in reversed(functions)
                          if start <= int(address, 16)), "?")]
        row[0] += int(executed)
        row[1] += int(accesses)
    requests = sum(int(count) for _, count, _ in SAMPLE.findall(text))
    print(f"{kind}: {requests:,} requests in all samples; instructions, "
          "accesses to memory-mapped registers, function")
    ranked = sorted(total.items(), key=lambda item: -item[1][0])
    for function, (executed, accesses) in ranked[:FUNCTIONS_SHOWN]:
        print(f"  {executed:>10,} {accesses:>8,}  {function}")


__all__ = ["GOALS", "VIRTIO", "Device", "attempt", "checked", "count_row",
           "measure_linux", "measure_ours", "our_guest", "print_functions",
           "print_table", "rate_row", "rates_of", "run_linux"]
