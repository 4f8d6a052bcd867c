#!/bin/sh
# image.sh - makes a disk image from disk.img.template, without root.
# SPDX-License-Identifier: BSD-3-Clause
#
# image.sh TEMPLATE MBR PAYLOAD BOOTX64.EFI OPTIONS OUT [--keep] PROGRAM...
# image.sh TEMPLATE get KEY          prints a value of the template
#
# OPTIONS is a block of boot options (tools/options.c), or - for none.
#
# The same input gives the same bytes: signature, serial and times are fixed.
# With --keep, an image that is there already is renewed and keeps its files;
# if the template has changed since, it is kept as OUT.old (OUT.old2 and so on
# if there is one) beside a new one.
# Its boot options it keeps, too, unless OPTIONS is newer.
set -eu
# sfdisk is there, which only root has on the path.
PATH=$PATH:/usr/sbin:/sbin

template=$1

fail() {
    echo "image.sh: $*" >&2
    exit 1
}

get() {
    sed -n "s/^$1 *= *//p" "$template" | sed 's/ *$//'
}

number() {
    value=$(get "$1")
    case $value in
    '' | *[!0-9]*) fail "$template: $1 = '$value' is not a number" ;;
    esac
    echo "$value"
}

if [ "$2" = get ]; then
    get "$3"
    exit
fi

mbr=$2 payload=$3 efi=$4 options=$5 out=$6
shift 6

keep=
if [ "${1:-}" = --keep ]; then
    keep=yes
    shift
fi

# Does a virtual machine have it open? QEMU locks what it writes to.
in_use() {
    grep -q ":$(stat -c %i "$1") " /proc/locks 2>/dev/null
}

# The parts of an image that its layout decides: partition table; the first
# 65 bytes of the file system, up to where it is marked as in use; its label.
layout_of() {
    start=$((partition_sector * 512))
    stat -c %s "$1"
    od -An -tx1 -j440 -N72 "$1"
    od -An -tx1 -j$start -N65 "$1"
    od -An -tx1 -j$((start + 66)) -N24 "$1"
}

size_mib=$(number size_mib)
payload_sector=$(number payload_sector)
partition_sector=$(number partition_sector)
sectors=$((size_mib * 2048 - partition_sector))
payload_sectors=$((($(stat -c %s "$payload") + 511) / 512))
[ $((payload_sector + payload_sectors)) -le "$partition_sector" ] ||
    fail "payload of $payload_sectors sectors does not fit between sector" \
        "$payload_sector and the partition at $partition_sector"

[ "$payload_sector" -ge 2 ] ||
    fail "$template: payload_sector = $payload_sector: the sector before it" \
        "is for the boot options, and sector 0 has the boot sector"

# Seconds since 1970 for every date in the file system.
export SOURCE_DATE_EPOCH=1577836800 TZ=UTC MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null

tmp=$out.tmp
trap 'rm -f "$tmp"' EXIT
rm -f "$tmp"
truncate -s "${size_mib}M" "$tmp"
active=
[ "$(get partition_active)" = yes ] && active=', bootable'
sfdisk --quiet "$tmp" <<TABLE
label: dos
label-id: $(get disk_signature)
start=$partition_sector, size=$sectors, type=$(get partition_type)$active
TABLE
# Only the code: the disk signature and partition table are sfdisk's.
dd if="$mbr" of="$tmp" bs=440 count=1 conv=notrunc status=none
[ "$options" = - ] || dd if="$options" of="$tmp" bs=512 count=1 \
    seek=$((payload_sector - 1)) conv=notrunc status=none
dd if="$payload" of="$tmp" bs=512 seek="$payload_sector" conv=notrunc status=none

fs=$tmp@@$((partition_sector * 512))
fat32=
[ "$(number fat_bits)" = 32 ] && fat32=-F
# shellcheck disable=SC2086
mformat -i "$fs" $fat32 -T "$sectors" -h 255 -s 63 -H "$partition_sector" \
    -c "$(number fat_sectors_per_cluster)" -N "$(get volume_serial)" \
    -v "$(get volume_label)" ::
if [ "$keep" ] && [ -f "$out" ]; then
    ! in_use "$out" ||
        fail "$out is in use: end the virtual machine that runs from it first"
    if [ "$(layout_of "$out")" = "$(layout_of "$tmp")" ]; then
        # In a copy: a failure leaves the disk as it was.
        cp --sparse=always "$out" "$tmp"
        [ "$options" -nt "$out" ] || options=-
        "${0%/*}/update.sh" "$template" "$mbr" "$payload" "$efi" "$options" \
            "$tmp" "$@"
        mv "$tmp" "$out"
        exit
    fi
    old=$out.old number=1
    while [ -e "$old" ]; do
        number=$((number + 1))
        old=$out.old$number
    done
    mv "$out" "$old"
    echo "$out: its layout has changed: it is made anew, the old one with its" \
        "files is $old"
fi
mmd -i "$fs" ::EFI ::EFI/BOOT
mcopy -i "$fs" "$efi" ::EFI/BOOT/BOOTX64.EFI
[ "$options" = - ] || mcopy -i "$fs" "$options" ::EFI/BOOT/baremetal.cfg
[ $# -eq 0 ] || mcopy -i "$fs" "$@" ::
mv "$tmp" "$out"
