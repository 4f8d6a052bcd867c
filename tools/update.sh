#!/bin/sh
# update.sh - renews the system on a disk that has it, and keeps its files.
# SPDX-License-Identifier: BSD-3-Clause
#
# update.sh TEMPLATE MBR PAYLOAD BOOTX64.EFI OPTIONS DISK [PROGRAM...]
#
# DISK is an image, or a device that may be written to. Boot sector code,
# payload and BOOTX64.EFI become new, programs of the same names, too. Nothing
# is written unless the disk was made from the template. OPTIONS is a block of
# boot options, or - for those that the disk has.
set -eu

template=$1 mbr=$2 payload=$3 efi=$4 options=$5 disk=$6
shift 6

fail() {
    echo "update.sh: $disk: $*" >&2
    exit 1
}

get() {
    "${0%/*}/image.sh" "$template" get "$1"
}

# The 32-bit number at a byte of the disk.
read_number() {
    od -An -tu4 -j"$1" -N4 "$disk" | tr -d ' '
}

export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null

{ [ -r "$disk" ] && [ -w "$disk" ]; } || fail "cannot be read and written"
payload_sector=$(get payload_sector)
partition_sector=$(get partition_sector)
fs=$disk@@$((partition_sector * 512))

# Is it ours? The offsets are those of an MBR: signature, first partition.
[ "$(read_number 440)" = "$(($(get disk_signature)))" ] ||
    fail "has no BareMetal OS: its disk signature is another"
[ "$(read_number 454)" = "$partition_sector" ] ||
    fail "its first partition is not at sector $partition_sector"
magic=$(od -An -tu4 -j4 -N4 "$payload" | tr -d ' ')
[ "$(read_number $((payload_sector * 512 + 4)))" = "$magic" ] ||
    fail "has no payload of BareMetal OS at sector $payload_sector"
mdir -b -i "$fs" ::EFI/BOOT/BOOTX64.EFI >/dev/null 2>&1 ||
    fail "has no EFI/BOOT/BOOTX64.EFI in its first partition"
size=$(stat -c %s "$payload")
[ $((payload_sector * 512 + size)) -le $((partition_sector * 512)) ] ||
    fail "the payload of $size bytes does not fit before its partition"

# The new BOOTX64.EFI is whole on the disk before the old one goes.
mcopy -o -i "$fs" "$efi" ::EFI/BOOT/BOOTX64.NEW ||
    fail "not changed: there is no room for the new BOOTX64.EFI"
mdel -i "$fs" ::EFI/BOOT/BOOTX64.EFI
mren -i "$fs" ::EFI/BOOT/BOOTX64.NEW BOOTX64.EFI
dd if="$payload" of="$disk" bs=512 seek="$payload_sector" conv=notrunc,fsync \
    status=none
if [ "$options" != - ]; then
    mcopy -o -i "$fs" "$options" ::EFI/BOOT/baremetal.cfg
    dd if="$options" of="$disk" bs=512 count=1 seek=$((payload_sector - 1)) \
        conv=notrunc,fsync status=none
fi
dd if="$mbr" of="$disk" bs=440 count=1 conv=notrunc,fsync status=none
[ $# -eq 0 ] || mcopy -o -i "$fs" "$@" :: ||
    fail "there is no room for all programs; remove files, or" \
        "./build.sh clean and lose them all"
