#!/bin/sh
# build.sh - the one command: builds, runs, tests BareMetal OS.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
caller=$PWD
cd "$(dirname "$0")"
top=$PWD
# Users other than root don't have sfdisk and mkfs.fat on their path.
export PATH="$PATH:/usr/sbin:/sbin"
# Python leaves nothing between the sources.
export PYTHONDONTWRITEBYTECODE=1

# Debian packages, the only place where they are named.
PACKAGES_BUILD='gcc libc6-dev binutils make nasm mtools fdisk'
PACKAGES_RUN='qemu-system-x86 ovmf'
PACKAGES_DEBUG='gdb'
PACKAGES_BOCHS='bochs bochs-term bochsbios vgabios'
PACKAGES_TEST="$PACKAGES_RUN $PACKAGES_DEBUG $PACKAGES_BOCHS python3
    python3-pytest dosfstools qemu-utils gdisk clang g++ gfortran"
# Only unpacked for its font, see tools/build.mk.
PACKAGE_FONT=console-setup-linux

OVMF=/usr/share/OVMF

help() {
    cat <<'TEXT'
./build.sh                build everything: build/disk.img and what is in it
./build.sh run            build, boot in QEMU by BIOS, console in this terminal
./build.sh run uefi       the same by UEFI
./build.sh run [uefi] NAME [ARGUMENT...]
                          the same, and start the program NAME at once, on a
                          copy of the disk (build/run.img)
./build.sh new NAME       make a program to begin with: programs/NAME.c
./build.sh new NAME.asm   the same in assembly
./build.sh put FILE...    copy files and folders to the root of build/disk.img
./build.sh get FILE       copy a file or folder from there to where you are
./build.sh ls [FOLDER]    list what is there
./build.sh debug [uefi]   QEMU waiting for gdb; prints the gdb command
./build.sh debug NAME [ARGUMENT...]
                          gdb at the first line of a program
./build.sh bochs          Bochs with its debugger, magic breakpoints on
./build.sh test           build and run all tests
./build.sh bench [PART]   measure: start, cpus, calls, smp, interference, disk,
                          files, net (all of these if none is named), memory
                          (the smallest that does), disk-functions, net-functions
./build.sh explain FILE [PROGRAM]
                          the lines of source of a crash report (crash.txt)
./build.sh sizes          bytes of each part of the kernel
./build.sh image KERNEL [FILE...]
                          build/kernel.img and build/BOOTX64-KERNEL.EFI, which
                          boot a kernel of your own: docs/loader.md
./build.sh usb DEVICE     write the image to a USB stick (asks first)
./build.sh usb --update DEVICE
                          renew the system on such a stick, and keep its files
./build.sh clean          remove what was built (build/, but for downloads)
./build.sh help           this text

run and debug pass further options to QEMU (-smp 8, -display gtk, ...), run NAME
those behind --; test passes its own to pytest (-x, -k uefi, ...). CPUS=n and
MEMORY=size (default 4 and 256M) set the machine. Files that you or a program
put on build/disk.img stay there. Missing Debian packages are installed first.
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

# The compilers of programs that are not in C or assembly.
need_languages() {
    for file in programs/*.cpp; do
        [ ! -e "$file" ] || need g++
    done
    for file in programs/*.f90; do
        [ ! -e "$file" ] || need gfortran
    done
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
    need_languages
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

# Runs QEMU on $image, its console at $serial; $1 is bios or uefi, the rest goes
# to QEMU.
image=build/disk.img
serial=mon:stdio
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
        -drive if=none,id=disk,format=raw,file=$image \
        -device virtio-blk-pci,drive=disk -serial "$serial" -display none "$@"
}

# Makes build/run.img, which starts the program $1 with the arguments behind it.
autostart() {
    if [ ! -f "build/programs/$1.app" ]; then
        programs=$(find build/programs -name '*.app' -printf '%f\n' |
            sed 's/\.app$//' | sort | tr '\n' ' ')
        fail "there is no program '$1' in programs/; ./build.sh new $1 makes" \
            "one. There are: $programs"
    fi
    tools/autostart.sh disk.img.template "$image" build/run.img "$@"
    image=build/run.img
    echo "$1 runs on a copy of the disk, $image; build/disk.img stays as it is."
}

# run [uefi|bios] [QEMU OPTION...], or [uefi|bios] NAME [ARGUMENT...] [-- ...].
# The words of the program are counted, and then gone through once: they stay
# whole, whatever is in them.
run() {
    firmware=bios
    case ${1:-} in
    bios | uefi)
        firmware=$1
        shift
        ;;
    esac
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_RUN
    build
    case ${1:-} in
    '' | -*) ;;
    *)
        words=0
        for word in "$@"; do
            [ "$word" != -- ] || break
            words=$((words + 1))
        done
        run_program "$words" "$@"
        shift "$words"
        ;;
    esac
    [ "${1:-}" != -- ] || shift
    echo "Ctrl-C goes to the guest, Ctrl-A X ends QEMU."
    qemu "$firmware" "$@"
}

# The first $1 of the words behind it are a program and its arguments.
run_program() {
    count=$1
    shift
    total=$#
    i=0
    for word in "$@"; do
        [ "$i" -ge "$count" ] || set -- "$@" "$word"
        i=$((i + 1))
    done
    shift "$total"
    autostart "$@"
}

new() {
    tools/new.sh "$@"
}

# put, get and ls: file names count from where the caller is.
disk() {
    [ -f build/disk.img ] || build
    (cd "$caller" && "$top/tools/disk.sh" "$top/disk.img.template" \
        "$top/build/disk.img" "$@")
}

# gdb here, at the first line of program $1; the words behind it are its
# arguments. Its console is a terminal of its own.
debug_program() {
    program=build/programs/$1.app
    start=main
    if [ -f "programs/$1.asm" ]; then
        program=
        start="*$(sed -n 's/^%define BAREMETAL_PROGRAM  *//p' \
            build/include/baremetal.inc)"
    fi
    autostart "$@"
    serial="chardev:console"
    qemu "$firmware" -S -gdb tcp:127.0.0.1:1234 -chardev \
        pty,id=console,logfile=build/console.txt >build/debug.txt 2>&1 &
    machine=$!
    trap 'kill "$machine" 2>/dev/null || true' EXIT
    tries=0
    until terminal=$(grep -o '/dev/pts/[0-9]*' build/debug.txt); do
        tries=$((tries + 1))
        { [ "$tries" -lt 100 ] && kill -0 "$machine" 2>/dev/null; } ||
            fail "QEMU does not start: $(cat build/debug.txt)"
        sleep 0.1
    done
    echo "The program's console: screen $terminal, or its text in" \
        "build/console.txt. 'quit' ends all."
    gdb -q -ex 'set confirm off' -ex 'set architecture i386:x86-64' \
        ${program:+-ex "file $program"} -ex 'target remote 127.0.0.1:1234' \
        -ex "hbreak $start" -ex continue
}

# debug [uefi|bios] [QEMU OPTION...], or [uefi|bios] NAME [ARGUMENT...]
debug() {
    firmware=bios
    case ${1:-} in
    bios | uefi)
        firmware=$1
        shift
        ;;
    esac
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_DEBUG
    build
    case ${1:-} in
    '' | -*) ;;
    *)
        debug_program "$@"
        return
        ;;
    esac
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

# image KERNEL [FILE...]: pure64 as the loader of another kernel.
image() {
    [ $# -gt 0 ] || fail "usage: ./build.sh image KERNEL [FILE...]"
    build
    (cd "$caller" && "$top/tools/kernel_image.sh" "$top/disk.img.template" \
        "$top/build" "$@")
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

# Asks before something is written to $1.
confirm() {
    [ ! -b "$1" ] || lsblk -o NAME,SIZE,MODEL,TRAN,LABEL "$1"
    printf '%s Type yes to go on: ' "$2"
    read -r answer || answer=
    [ "$answer" = yes ] || fail "nothing was written"
}

# An image in the place of the device will do.
usb_update() {
    [ -f "$1" ] || check_usb "$1"
    build
    confirm "$1" "The system on $1 becomes new, its files stay."
    if [ -w "$1" ]; then
        as=
    else
        as=as_root
    fi
    $as tools/update.sh disk.img.template build/mbr.bin build/payload.bin \
        build/BOOTX64.EFI - "$1"
    echo "done: the system on $1 is the one in build/"
}

usb() {
    if [ $# -eq 2 ] && [ "$1" = --update ]; then
        case $2 in
        /*) usb_update "$2" ;;
        *) usb_update "$caller/$2" ;;
        esac
        return
    fi
    [ $# -eq 1 ] || fail "usage: ./build.sh usb [--update] DEVICE (see: lsblk)"
    check_usb "$1"
    build
    confirm "$1" "Everything on $1 will be lost."
    as_root dd if=build/disk.img of="$1" bs=1M conv=fsync status=progress
    echo "done: boot from it by BIOS or UEFI"
}

# FILE may be named as seen from where the user is.
explain() {
    [ $# -eq 1 ] || [ $# -eq 2 ] ||
        fail "usage: ./build.sh explain FILE [PROGRAM.app]"
    need binutils
    exec tools/explain.sh build "$OLDPWD" "$@"
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
new) new "$@" ;;
put | get | ls) disk "$command" "$@" ;;
debug) debug "$@" ;;
bochs) bochs ;;
test) run_tests "$@" ;;
bench) bench "$@" ;;
image) image "$@" ;;
usb) usb "$@" ;;
explain) explain "$@" ;;
clean) clean ;;
help | --help | -h) help ;;
*)
    help >&2
    fail "unknown command: $command"
    ;;
esac
