#!/bin/sh
# kernel_image.sh - pure64 as the loader of another kernel: image and EFI file.
# SPDX-License-Identifier: BSD-3-Clause
#
# kernel_image.sh TEMPLATE BUILD KERNEL [FILE...]
#
# Makes BUILD/kernel.img and BUILD/BOOTX64-KERNEL.EFI of what is built there.
# The FILEs follow the kernel in memory, without a gap. See docs/loader.md.
set -eu

template=$1 build=$2
shift 2
tools=${0%/*}
boot=${template%/*}/pure64/boot

for file in "$@"; do
    [ -f "$file" ] || {
        echo "image: there is no file '$file'" >&2
        exit 1
    }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat "$@" >"$tmp/kernel"
memory=$(nm "$build/pure64.elf" | sed -n 's/ [A-Za-z] pure64_memory_size$//p')
"$build/tools/payload" "$tmp/payload.bin" "$build/bios.bin" \
    "$build/pure64.sys" "0x$memory" "$tmp/kernel"
nasm -f bin -w+error -I"$build/include/" -I"$boot/" \
    -DPAYLOAD_FILE="'$tmp/payload.bin'" "$boot/uefi.asm" -o "$tmp/BOOTX64.EFI"
"$tools/image.sh" "$template" "$build/mbr.bin" "$tmp/payload.bin" \
    "$tmp/BOOTX64.EFI" "$build/options.bin" "$tmp/kernel.img"
mv "$tmp/kernel.img" "$build/kernel.img"
mv "$tmp/BOOTX64.EFI" "$build/BOOTX64-KERNEL.EFI"
echo "made build/kernel.img (disk, BIOS and UEFI) and" \
    "build/BOOTX64-KERNEL.EFI (as EFI/BOOT/BOOTX64.EFI on any FAT volume)"
