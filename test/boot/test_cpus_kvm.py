"""test_cpus_kvm.py - what only KVM has: x2APIC mode and more than 255 CPUs.

SPDX-License-Identifier: BSD-3-Clause

Where KVM is a software emulation these are left out: it takes minutes, and
cannot run SSE instructions in ring 0. TEST_KVM_288=1 runs them there too,
with what that can do:

    TEST_KVM_288=1 /usr/bin/python3 -B -m pytest test/boot/test_cpus_kvm.py
"""

import os
from pathlib import Path

import pytest
from cpus import check_list, check_work, list_cpus, machine

FORCED = bool(os.environ.get("TEST_KVM_288"))
LIMIT = 900 if FORCED else 90
# Ids above 255 need interrupt remapping; the kernel's own I/O APIC has none.
OPTIONS = {
    "accel": "kvm", "machine": "q35,kernel-irqchip=split", "cpu": "host",
    "memory": "512M", "video": "none", "limit": LIMIT,
    "extra": ["-device", "intel-iommu,intremap=on,eim=on"],
}
LARGE_ID = 287


def kvm_is_real():
    """As build.sh decides it."""
    module = Path("/sys/module")
    return os.access("/dev/kvm", os.W_OK) and \
        not (module / "kvm_pvm").exists() and \
        ((module / "kvm_intel").exists() or (module / "kvm_amd").exists())


REAL = kvm_is_real()
pytestmark = pytest.mark.skipif(not (REAL or FORCED),
                                reason="the processor's own KVM is not here")


def check_machine(guest, count):
    guest.prompt(LIMIT)
    assert f"processors: {count} of {count} CPUs\n" in \
        guest.command("ver", LIMIT)
    check_list(guest, count, LIMIT)
    assert guest.command("smp-count", LIMIT) == \
        f"smp-count: {count} CPUs, 100000 items, all is well\n"
    if REAL:
        check_work(guest, count, LIMIT)
    check_list(guest, count, LIMIT)


@pytest.mark.parametrize("count", [2, 288])
def test_cpus(count):
    with machine(f"kvm-{count}", str(count), **OPTIONS) as guest:
        check_machine(guest, count)


def test_large_id():
    """Two CPUs, the second of which only x2APIC mode can reach."""
    second = f"host-x86_64-cpu,socket-id={LARGE_ID},core-id=0,thread-id=0"
    options = {**OPTIONS, "extra": [*OPTIONS["extra"], "-device", second]}
    with machine("kvm-large-id", f"1,maxcpus={LARGE_ID + 1},sockets="
                 f"{LARGE_ID + 1},cores=1,threads=1", **options) as guest:
        check_machine(guest, 2)
        assert [cpu.apic_id for cpu in list_cpus(guest)] == [0, LARGE_ID]
