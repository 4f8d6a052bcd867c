#!/bin/sh
# build.sh - the one command: builds, runs, tests BareMetal OS.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
cd "$(dirname "$0")"
# Users other than root don't have sfdisk and mkfs.fat on their path.
export PATH="$PATH:/usr/sbin:/sbin"
# Python leaves nothing between the sources.
export PYTHONDONTWRITEBYTECODE=1

# Debian packages, the only place where they are named.
PACKAGES_BUILD='gcc libc6-dev binutils make nasm mtools fdisk'
PACKAGES_RUN='qemu-system-x86 ovmf'
PACKAGES_DEBUG='gdb'
PACKAGES_BOCHS='bochs bochs-term bochsbios vgabios'
PACKAGES_TEST="$PACKAGES_RUN $PACKAGES_BOCHS python3 python3-pytest
    dosfstools gdisk clang"
# Only unpacked for its font, see tools/build.mk.
PACKAGE_FONT=console-setup-linux

OVMF=/usr/share/OVMF

help() {
    cat <<'TEXT'
./build.sh                build everything: build/disk.img and what is in it
./build.sh run            build, boot in QEMU by BIOS, console in this terminal
./build.sh run uefi       the same by UEFI
./build.sh debug [uefi]   QEMU waiting for gdb; prints the gdb command
./build.sh bochs          Bochs with its debugger, magic breakpoints on
./build.sh test           build and run all tests
./build.sh bench [PART]   measure: start, cpus, calls, smp, interference, disk, net (all
                          of these if none is named), memory (the smallest that
                          does), disk-functions, net-functions
./build.sh sizes          bytes of each part of the kernel
./build.sh usb DEVICE     write the image to a USB stick (asks first)
./build.sh clean          remove what was built (build/, but for downloads)
./build.sh help           this text

run and debug pass further options to QEMU (-smp 8, -display gtk, ...), test
passes its own to pytest (-x, -k uefi, ...). CPUS=n and MEMORY=size (default 4
and 256M) set the machine. Missing Debian packages are installed first.
TEXT
}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

no_arguments() {
    [ $# -eq 0 ] || fail "$command takes no argument '$1'; see ./build.sh help"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

# Installs those of the named packages that are not there yet. A failed
# update is no error: what apt knows already may do.
need() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
            grep -q 'ok installed' || missing="$missing $package"
    done
    missing=${missing# }
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null ||
        fail "this needs Debian's packages: $missing"
    can_be_root || fail "packages are missing and there is no sudo; as root:" \
        "apt-get update && apt-get install $missing"
    echo "installing: $missing"
    as_root apt-get -qq update || echo "apt-get update failed, going on" >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        install --no-install-recommends $missing >/dev/null ||
        fail "could not be installed: $missing"
}

download_font() {
    (cd build/download/new && apt-get -qq download "$PACKAGE_FONT")
}

need_font() {
    font=build/download/$PACKAGE_FONT.deb
    [ ! -f "$font" ] || return 0
    rm -rf build/download/new
    mkdir -p build/download/new
    if ! download_font 2>/dev/null; then
        ! can_be_root || as_root apt-get -qq update || true
        download_font || fail "the package $PACKAGE_FONT, whose font is" \
            "used, could not be downloaded; a copy of it as $font will do"
    fi
    mv build/download/new/"$PACKAGE_FONT"_*.deb "$font"
    rmdir build/download/new
}

# Arguments are make's.
build() {
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD
    need_font
    make --no-print-directory -f tools/build.mk -j"$(nproc)" "$@"
}

# KVM only where it is the processor's own: software emulations of it can't
# run all of a kernel's instructions.
accelerator() {
    if [ -w /dev/kvm ] && [ ! -e /sys/module/kvm_pvm ] &&
        { [ -e /sys/module/kvm_intel ] || [ -e /sys/module/kvm_amd ]; }; then
        echo kvm
    else
        echo tcg
    fi
}

# Runs QEMU on the image; $1 is bios or uefi, the rest goes to QEMU.
qemu() {
    firmware=$1
    shift
    if [ "$firmware" = uefi ]; then
        cp "$OVMF/OVMF_VARS_4M.fd" build/ovmf_vars.fd
        set -- "$@" \
            -drive "if=pflash,format=raw,unit=0,readonly=on,file=$OVMF/OVMF_CODE_4M.fd" \
            -drive if=pflash,format=raw,unit=1,file=build/ovmf_vars.fd
    fi
    accel=$(accelerator)
    cpu=max
    [ "$accel" = kvm ] && cpu=host
    exec qemu-system-x86_64 -machine "q35,accel=$accel" -cpu "$cpu" \
        -smp "${CPUS:-4}" -m "${MEMORY:-256M}" -nodefaults -vga std \
        -drive if=none,id=disk,format=raw,file=build/disk.img \
        -device virtio-blk-pci,drive=disk -serial mon:stdio -display none "$@"
}

# The first argument of run and debug: a firmware, or QEMU's first option.
firmware_of() {
    case ${1:-} in
    uefi) echo uefi ;;
    bios | '' | -*) echo bios ;;
    *) fail "$command: '$1' is neither uefi nor an option of QEMU" ;;
    esac
}

run() {
    firmware=$(firmware_of "$@")
    [ "${1:-}" = "$firmware" ] && shift
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_RUN
    build
    echo "Ctrl-C goes to the guest, Ctrl-A X ends QEMU."
    qemu "$firmware" "$@"
}

debug() {
    firmware=$(firmware_of "$@")
    [ "${1:-}" = "$firmware" ] && shift
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_DEBUG
    build
    place=$(sed -n 's/^%define LAYOUT_PURE64_BIOS  *//p' build/include/layout.inc)
    pure64=" -ex 'add-symbol-file build/pure64.elf -o $place'"
    [ "$firmware" = bios ] || pure64=
    echo "QEMU waits. In another terminal, in $PWD:"
    echo "  gdb -ex 'file build/kernel.elf' -ex 'add-symbol-file build/os.elf'$pure64" \
        "-ex 'target remote :1234'"
    echo "Then 'hbreak kernel_main' and 'continue'. Ctrl-A X ends QEMU."
    [ "$firmware" = bios ] ||
        echo "UEFI decides where pure64 stands: use BIOS to see its symbols."
    qemu "$firmware" -s -S "$@"
}

bochs() {
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_BOCHS
    build
    echo "COM1 is written to build/bochs-com1.txt; screen and keyboard are at VNC :0."
    echo "Type 'c' to continue, Ctrl-C to stop, 'q' to end; 'xchg bx,bx' in code stops."
    exec bochs -q -f tools/bochsrc
}

run_tests() {
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_TEST
    build all tests
    exec /usr/bin/python3 -m pytest -q "$@" test
}

bench() {
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_RUN python3
    build all bench
    exec /usr/bin/python3 test/bench/bench.py "$@"
}

# Fails unless $1 is a whole disk that nothing uses.
check_usb() {
    [ -b "$1" ] || fail "$1 is not a block device"
    type=$(lsblk -dno TYPE "$1") || fail "$1: lsblk does not know it"
    case $type in
    disk) ;;
    part) fail "$1 is a partition; name the whole disk" ;;
    *) fail "$1 is not a disk but a '$type' device" ;;
    esac
    ! lsblk -no MOUNTPOINTS "$1" | grep -q . ||
        fail "$1 is in use (mounted); unmount it first"
}

usb() {
    [ $# -eq 1 ] || fail "usage: ./build.sh usb DEVICE (see: lsblk)"
    check_usb "$1"
    build
    lsblk -o NAME,SIZE,MODEL,TRAN,LABEL "$1"
    printf 'Everything on %s will be lost. Type yes to go on: ' "$1"
    read -r answer || answer=
    [ "$answer" = yes ] || fail "nothing was written"
    as_root dd if=build/disk.img of="$1" bs=1M conv=fsync status=progress
    echo "done: boot from it by BIOS or UEFI"
}

clean() {
    [ ! -d build ] ||
        find build -mindepth 1 -maxdepth 1 ! -name download -exec rm -rf {} +
}

command=${1:-build}
[ $# -eq 0 ] || shift
case $command in
build | bochs | sizes | clean | help | --help | -h) no_arguments "$@" ;;
esac
case $command in
build) build ;;
sizes) build all sizes ;;
run) run "$@" ;;
debug) debug "$@" ;;
bochs) bochs ;;
test) run_tests "$@" ;;
bench) bench "$@" ;;
usb) usb "$@" ;;
clean) clean ;;
help | --help | -h) help ;;
*)
    help >&2
    fail "unknown command: $command"
    ;;
esac
